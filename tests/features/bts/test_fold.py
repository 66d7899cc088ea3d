"""One fold everywhere: whole or by single events, now or later, the same; and what comes after changes nothing before."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.features.bts import (
    Fold,
    TransformError,
    Windows,
    dump_state,
    event_of,
    fold_all,
    load,
    load_state,
    parse_streaming,
    parse_window,
)
from presage.features.bts.transform import printed

from .documents import ACTIVITY, BLOCK, LABEL, WINDOW

START = datetime(2024, 1, 1, tzinfo=UTC)
KINDS = ("play", "buy", "look")


def fold_of(text):
    return Fold(parse_streaming(load(text)))


def sessions(rng, n_sessions):
    """[(time, event)] of a user: sessions hours apart, of three events each."""
    at, found = START, []
    for session in range(n_sessions):
        at += timedelta(hours=float(rng.uniform(1, 40)))
        for turn in range(3):
            kind = KINDS[rng.integers(3)]
            event = {
                "kind": kind,
                "session": session,
                "paid": float(rng.integers(1, 9)) if kind == "buy" else None,
            }
            found.append((at + timedelta(minutes=2 * turn), event_of(event)))
    return found


def features(row):
    return {name: value for name, value in row.items() if not name.startswith("next_week")}


@pytest.mark.parametrize("text", [ACTIVITY, BLOCK], ids=["activity", "block"])
def test_training_rows_equal_serving_rows_on_5000_anchors_and_no_later_event_changes_them(text):
    rng = np.random.default_rng(9)
    fold = fold_of(text)
    windows = Windows(parse_window(load(WINDOW)), fold)
    training = Windows(parse_window(load(WINDOW + LABEL)), fold)
    n_anchors = 0
    for user in range(210):
        events = sessions(rng, 40)
        rows = {row["now.start"]: features(row) for row in training.run(fold.start(f"u{user}"), events)}
        state = fold.start(f"u{user}")
        for (time, event), (_, after) in pairwise(events):
            fold.fold(state, event, time)
            if after["session"] != event["session"]:
                row = windows.latest(state)
                if row is not None and row["now.start"] in rows:
                    assert row == rows.pop(row["now.start"])
                    n_anchors += 1
        assert rows == {}
    assert n_anchors >= 5_000


def test_an_event_of_the_future_changes_no_feature():
    rng = np.random.default_rng(1)
    fold = fold_of(BLOCK)
    training = Windows(parse_window(load(WINDOW + LABEL)), fold)
    events = sessions(rng, 40)
    rows = training.run(fold.start("u"), events)
    others = [(time, event_of(dict(event) | {"kind": "buy", "paid": 99.0})) for time, event in events]
    for row in rows[:: len(rows) // 8]:
        anchor = datetime.fromisoformat(row["now.start"])
        past = [one for one in events if one[0] < anchor + timedelta(minutes=5)]
        changed = training.run(fold.start("u"), [*past, *others[len(past) :]])
        (now,) = [one for one in changed if one["now.start"] == row["now.start"]]
        assert features(now) == features(row)
        assert now["next_week.spent"] > row["next_week.spent"]


def test_with_compat_an_identity_is_seen_as_it_ends():
    fold = Fold(parse_streaming(load(BLOCK)), compat=True)
    windows = Windows(parse_window(load(WINDOW)), fold)
    rows = windows.run(fold.start("u"), sessions(np.random.default_rng(1), 40))
    assert len(rows) > 10
    assert len({row["now.spent"] for row in rows}) == 1


def through_json(fold, state):
    return load_state(fold, json.loads(json.dumps(dump_state(state))))


one_event = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([*KINDS, None]),
        "session": st.integers(0, 3),
        "paid": st.sampled_from([None, 0.5, 2]),
        "minute": st.integers(0, 300),
        "hours_east": st.sampled_from([0, 0, 0, 2, -5]),
    }
)


def timed(raws):
    zones = [datetime.fromisoformat(f"2024-01-01T00:00:00{raw['hours_east']:+03d}:00").tzinfo for raw in raws]
    at = [
        (START + timedelta(minutes=raw["minute"])).astimezone(zone)
        for raw, zone in zip(raws, zones, strict=True)
    ]
    return [(time, event_of(raw)) for time, raw in zip(at, raws, strict=True)]


@pytest.mark.parametrize("text", [ACTIVITY, BLOCK], ids=["activity", "block"])
@settings(max_examples=30)
@given(raws=st.lists(one_event, max_size=15))
def test_a_state_may_wait_on_a_disk_between_any_two_events(text, raws):
    fold = fold_of(text)
    whole, waiting = fold.start("u"), fold.start("u")
    for time, event in timed(raws):  # in no order: late events too
        fold.fold(whole, event, time)
        waiting = fold.fold(through_json(fold, waiting), event, time)
        assert printed("u", fold.records(waiting)) == printed("u", fold.records(whole))


@settings(max_examples=30)
@given(raws=st.lists(one_event, max_size=25, unique_by=lambda raw: raw["minute"]), seed=st.integers(0, 99))
def test_the_order_of_reading_does_not_matter(raws, seed):
    fold = fold_of(BLOCK)
    events = timed(raws)
    shuffled = [events[place] for place in np.random.default_rng(seed).permutation(len(events))]
    first, second = (
        fold.records(fold_all(fold, "u", sorted(order, key=lambda one: one[0])))
        for order in (events, shuffled)
    )
    assert printed("u", first) == printed("u", second)


def test_states_of_several_identities_are_folded_in_turn():
    fold = fold_of(ACTIVITY)
    events = {name: sessions(np.random.default_rng(seed), 5) for seed, name in enumerate("abc")}
    states = {name: fold.start(name) for name in events}
    for turn in range(15):
        for name, found in events.items():
            fold.fold(states[name], found[turn][1], found[turn][0])
    for name, found in events.items():
        whole = fold.records(fold_all(fold, name, found))
        assert printed(name, fold.records(states[name])) == printed(name, whole)


def test_fields_that_share_a_list_share_it_after_the_disk_too():
    fold = fold_of(BLOCK)
    state = through_json(fold, fold_all(fold, "u", sessions(np.random.default_rng(0), 1)))
    values = state.slots["session"].values
    assert values["same"] is values["trail"]
    assert len(values["trail"]) == 3


@pytest.mark.parametrize("wrong", [{}, {"identity": "u"}, {"identity": "u", "slots": {"nobody": {}}}])
def test_what_is_no_state_is_refused(wrong):
    with pytest.raises(TransformError, match="no state of game"):
        load_state(fold_of(BLOCK), wrong)


def test_there_is_no_latest_row_before_the_windows_have_blocks():
    fold = fold_of(ACTIVITY)
    windows = Windows(parse_window(load(WINDOW)), fold)
    state = fold.start("u")
    assert windows.latest(state) is None
    for time, event in sessions(np.random.default_rng(3), 1):
        fold.fold(state, event, time)
    assert windows.latest(state) is None


def test_the_public_state_is_that_after_events_up_to_an_instant():
    events = sessions(np.random.default_rng(5), 6)
    fold = fold_of(BLOCK)
    state = fold.start("u")
    for number, (time, event) in enumerate(events, 1):
        fold.fold(state, event, time)
        whole = fold.records(fold_all(fold, "u", events[:number]))
        assert printed("u", fold.records(state)) == printed("u", whole)
