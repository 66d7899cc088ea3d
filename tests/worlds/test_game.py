"""A game whose players may be shown an offer."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from presage.features.bts import json_line
from presage.worlds.game import COUNTRIES, OFFERS, PACK, GameWorld
from presage.worlds.game_events import GameWeek

from ..features.bts.cases import made, read

WORLD = GameWorld(n_players=300, seed=2)
EVERYBODY = np.arange(300)


def test_revenue_is_on_average_what_the_world_says():
    rng = np.random.default_rng(0)
    for offer in (0, 2, 9):
        shown = np.full(300, offer)
        revenue = np.mean([WORLD.pay(EVERYBODY, shown, rng).revenue for _ in range(600)], axis=0)
        assert abs(revenue.mean() - WORLD.value[:, offer].mean()) < 0.05
        assert np.corrcoef(revenue, WORLD.value[:, offer])[0, 1] > 0.98


def test_nothing_is_never_bought_and_sure_buyers_pay_most_without_an_offer():
    paid = WORLD.pay(EVERYBODY, np.zeros(300, int), np.random.default_rng(1))
    assert not paid.taken.any()
    sure = WORLD.is_sure_buyer
    assert 0.02 < sure.mean() < 0.3
    assert np.all(WORLD.value[sure, 0] >= WORLD.value[sure].max(axis=1))
    assert WORLD.spend[sure].mean() > 5 * WORLD.spend[~sure].mean()


def test_who_is_best_shown_what_differs():
    best = Counter(WORLD.value.argmax(axis=1).tolist())
    assert len(best) == len(OFFERS)
    assert WORLD.value.max(axis=1).mean() > 1.2 * WORLD.value.mean(axis=0).max()


def is_first(event):
    """Whether an event opens the week's session of a player."""
    return event["event_id"] == "app_launched" and "shop" not in event["session_id"]


def test_events_tell_what_happened():
    rng = np.random.default_rng(3)
    session = WORLD.sessions(EVERYBODY, rng)
    shown = rng.integers(0, len(OFFERS), 300)
    paid = WORLD.pay(EVERYBODY, shown, rng)
    start = datetime(2026, 3, 2, tzinfo=UTC)
    week = GameWeek(world=WORLD, session=session, start=start, seed=[3])
    events = week.events(shown, paid)
    assert week.before() == [one for one in events if one["event_id"].startswith("game") or is_first(one)]
    times = [datetime.fromisoformat(event["event_time"]).replace(tzinfo=UTC) for event in events]
    assert times == sorted(times)
    assert start <= times[0] < times[-1] < start + timedelta(days=7)
    for player in (0, 7, 123):
        mine = [event for event in events if event["customer_identifier"] == f"player-{player:05d}"]
        kinds = Counter(event["event_id"] for event in mine)
        assert kinds["game_start"] == kinds["game_end"] == session.games[player]
        assert sum(event.get("won", False) for event in mine) == session.won[player]
        assert kinds["app_launched"] == 1 + paid.packs[player]
        assert {e["country"] for e in mine if "country" in e} == {COUNTRIES[WORLD.country[player]]}
    offers = {e["customer_identifier"]: e for e in events if e["event_id"] == "offer_shown"}
    assert len(offers) == (shown > 0).sum()
    bought = sum(float(e["txn_amount"]) for e in events if e["event_id"] == "purchase")
    np.testing.assert_allclose(bought, paid.revenue.sum())
    assert sum(e["offer_purchased"] for e in offers.values()) == paid.taken.sum()
    assert PACK * paid.packs.sum() < bought


def test_a_transform_spec_reads_from_the_events_what_happened():
    rng = np.random.default_rng(4)
    session = WORLD.sessions(EVERYBODY, rng)
    shown = rng.integers(1, len(OFFERS), 300)
    paid = WORLD.pay(EVERYBODY, shown, rng)
    week = GameWeek(world=WORLD, session=session, start=datetime(2026, 3, 2, tzinfo=UTC), seed=[4])
    events = map(json.dumps, week.events(shown, paid))
    groups, n_dropped = read(made("offer_ai", window=False, compat=False), events)
    assert (len(groups), n_dropped) == (300, 0)
    transform = made("offer_ai", window=False, compat=False)
    for player in range(0, 300, 30):
        name = f"player-{player:05d}"
        records = dict(json.loads(json_line(one)) for one in transform.output(name, groups[name]))
        offer, block = OFFERS[shown[player]], records[f"{name}/game_stats/{name}-20260302/"]
        assert (block["games_played"], block["games_won"]) == (session.games[player], session.won[player])
        assert (block["offer_type"], block["offer_price"]) == (offer.kind, offer.price)
        assert block["offer_purchased"] == paid.taken[player]
        assert block["purchase_amount"] == pytest.approx(offer.price * paid.taken[player])
