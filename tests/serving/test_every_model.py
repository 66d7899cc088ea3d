"""What is trained can be saved, deployed and asked, and has not changed on the way."""

import numpy as np
import polars as pl
import pytest

from presage.features.columns import Columns, Fields
from presage.features.encode import encode
from presage.recipes import RANKING
from presage.recipes.data import History, Query, Training
from presage.recipes.ranking.selection import history_of
from presage.recipes.ranking.states import user_states
from presage.serving.version import save_version

from .group import Group
from .shop import Shop, ask, event

N_USERS, N_ITEMS = 20, 12


def data(n_events=200):
    rng = np.random.default_rng(0)
    interactions = [
        {"USER_ID": f"u{user}", "ITEM_ID": f"i{item}", "TIMESTAMP": 3600 * n, "DEVICE": device}
        for n, (user, item, device) in enumerate(
            zip(
                rng.integers(0, N_USERS, n_events),
                rng.integers(0, N_ITEMS, n_events),
                rng.choice(["phone", "desk"], n_events).tolist(),
                strict=True,
            )
        )
    ]
    items = [{"ITEM_ID": f"i{n}", "PRICE": price} for n, price in enumerate(rng.random(N_ITEMS).tolist())]
    users = [{"USER_ID": f"u{n}", "AGE": n % 5} for n in range(N_USERS)]
    return {"INTERACTIONS": interactions, "ITEMS": items, "USERS": users}


def encoded(tables):
    columns = Columns(
        context=Fields(categorical=("DEVICE",)),
        item=Fields(numeric=("PRICE",)),
        user=Fields(numeric=("AGE",)),
    )
    frames = [pl.DataFrame(tables[kind]) for kind in ("INTERACTIONS", "ITEMS", "USERS")]
    return encode(*frames, columns)


@pytest.mark.parametrize(
    ("name", "moves_on"),
    [
        ("aws-popularity-count", False),
        ("aws-sims", False),
        ("aws-user-personalization", True),
        ("aws-user-personalization-v2", True),
        ("presage-blend", True),
        ("presage-ease", True),
        ("presage-linear-recurrence", True),
        ("presage-rp3beta", True),
        ("presage-sequential-ridge", True),
        ("presage-sequential-rules", True),
    ],
)
def test_a_trained_model_is_served_as_it_was_trained(name, moves_on, tmp_path):
    tables = data()
    group = Group(tmp_path / "group")
    for kind, rows in tables.items():
        group.bring(kind, rows)
    learnt = encoded(tables)
    log, words = learnt.log, learnt.vocabulary
    model = RANKING[name]().fit(log, Training(seed=1))
    facts = {"recipe": name, "arn": "v", "seq": 0}
    save_version(tmp_path / "version", model, learnt, user_states(model, log), facts)
    shop = Shop(group, tmp_path / "version")

    user = words.users.row("u3")
    start, stop = np.searchsorted(log.user, [user, user + 1])
    history = history_of(log, user, start, stop)
    query = Query(
        silence=10.0**6 - history.time[-1],
        user_features=history.user_features,
        seed_item=words.items.row("i5"),
    )
    scores = model.score(model.represent(model.read([history]), [query]))[0]
    expected = dict(zip(words.items, scores.tolist(), strict=True))
    asked = {"item_id": "i5", "now": 10.0**6, "n": N_ITEMS}
    served = dict(ask(shop, "u3", **asked))
    assert served == pytest.approx(expected, rel=1e-4)
    assert sum(served.values()) == pytest.approx(1, abs=1e-5)

    shop.learn(event("u3", "i7", 10**6, DEVICE="desk"))
    told = dict(ask(shop, "u3", **asked))
    assert (told != pytest.approx(served, rel=1e-4)) == moves_on

    longer = History(
        item=np.append(history.item, words.items.row("i7")).astype(np.int32),
        time=np.append(history.time, 10**6),
        context={"DEVICE": words.context["DEVICE"].column(pl.Series([*_devices(tables), "desk"]))},
        user_features=history.user_features,
    )
    query = Query(user_features=history.user_features, seed_item=words.items.row("i5"))
    again = model.score(model.represent(model.read([longer]), [query]))[0]
    assert told == pytest.approx(dict(zip(words.items, again.tolist(), strict=True)), rel=1e-3)
    group.close()


def _devices(tables):
    return [row["DEVICE"] for row in tables["INTERACTIONS"] if row["USER_ID"] == "u3"]
