"""Small logs of known shape for the tests of recipes."""

import numpy as np

from presage.recipes.data import Categories, History, Interactions, Numbers, Query

DAY = 86_400
START = 1_600_000_000


def log_of(histories, n_items=None, gap=DAY, **columns):
    """Interactions from one list of items per user, one event every `gap` seconds."""
    user = np.repeat(np.arange(len(histories)), [len(h) for h in histories])
    item = np.array([i for h in histories for i in h], np.int32)
    time = np.array([START + gap * k for h in histories for k in range(len(h))], np.int64)
    return Interactions(
        user=user.astype(np.int32),
        item=item,
        time=time,
        n_users=len(histories),
        n_items=int(item.max()) + 1 if n_items is None else n_items,
        **columns,
    )


def question_of(items=(), *, context=None, now_context=None, user_features=None, seed_item=None):
    """A history, a day between events, and a question a day later; its seed is the last item by default."""
    features = user_features or {}
    time = START + DAY * np.arange(len(items), dtype=np.int64)
    seed_item = items[-1] if seed_item is None and len(items) else seed_item
    return (
        History(item=np.array(items, np.int32), time=time, context=context or {}, user_features=features),
        Query(
            silence=DAY * bool(len(items)),
            context=now_context or {},
            user_features=features,
            seed_item=seed_item,
        ),
    )


def represented(model, questions):
    """(n_questions, d) from pairs of history and query."""
    states = model.read([history for history, _ in questions])
    return model.represent(states, [query for _, query in questions])


def scored(model, questions):
    """(n_questions, n_items) from pairs of history and query."""
    return model.score(represented(model, questions))


def categories(*rows, n_values=None):
    """A categorical column from one tuple of codes per row."""
    codes = np.array([code for row in rows for code in row], np.int32)
    start = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return Categories(start=start, codes=codes, n_values=n_values or int(codes.max(initial=0)) + 1)


def numbers(*values):
    """A numeric column."""
    return Numbers(values=np.array(values, np.float32))


def checkerboard(side=16, per_user=12, n_users=120, seed=0):
    """Users of even number use even items, the others odd ones, in a random order."""
    rng = np.random.default_rng(seed)
    return [list(2 * rng.permutation(side // 2)[:per_user] + u % 2) for u in range(n_users)]


def everything(histories, n_items):
    """A log with metadata of items and users, context and creation times."""
    rng = np.random.default_rng(1)
    n_events = sum(len(h) for h in histories)
    return log_of(
        histories,
        n_items,
        item_features={
            "GENRES": categories(*[(i % 2, 2 + i % 3) for i in range(n_items)], n_values=5),
            "PRICE": numbers(*rng.lognormal(size=n_items)),
        },
        user_features={"SEX": categories(*[(u % 2,) if u % 3 else () for u in range(len(histories))])},
        context={"DEVICE": categories(*[(e % 2,) for e in range(n_events)])},
        item_created_at=START - DAY * np.arange(n_items, dtype=np.int64),
    )
