"""Events by user, against a model that keeps every row and answers by looking through all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.serving.live import MOST_PER_USER, Live

from .shop import event

names = st.sampled_from(["ann", "bob", None])
sessions = st.sampled_from(["s1", "s2", "ann"])
rows = st.builds(event, names, st.sampled_from(["hat", "cap"]), st.integers(0, 3), sessions)
tellings = st.lists(rows, max_size=15)


def owner(told, row):
    """The user of a row: its own, else the first that its session was told with, else the session."""
    session = row["SESSION_ID"]
    for other in [row, *told]:
        if other["SESSION_ID"] == session and other.get("USER_ID") not in (None, session):
            return other["USER_ID"]
    return session


def expected(told, user):
    """Places of the different rows that are a user's, by time."""
    mine = [(row["TIMESTAMP"], place, row) for place, row in enumerate(told, 1) if owner(told, row) == user]
    kept = [one for i, one in enumerate(mine) if one[2] not in [other[2] for other in mine[:i]]]
    return [place for _, place, _ in sorted(kept, key=lambda one: one[:2])]


@given(tellings)
def test_each_event_is_somebodys_once_and_in_order(told):
    live = Live()
    for place, row in enumerate(told, 1):
        live.tell("INTERACTIONS", place, row)
    for user in ("ann", "bob", "s1", "s2"):
        assert [found.seq for found in live.events(user)] == expected(told, user)


@given(tellings, st.data())
def test_telling_again_changes_nothing(told, data):
    numbered = list(enumerate(told, 1))
    live = Live()
    for place, row in numbered:
        live.tell("INTERACTIONS", place, row)
    before = [live.events(user) for user in ("ann", "bob", "s1", "s2")]
    changes = [live.changes(user) for user in ("ann", "bob", "s1", "s2")]
    for place, row in data.draw(st.permutations(numbered)):
        live.tell("INTERACTIONS", place, row)
    assert [live.events(user) for user in ("ann", "bob", "s1", "s2")] == before
    assert [live.changes(user) for user in ("ann", "bob", "s1", "s2")] == changes


def test_an_anonymous_session_is_asked_for_by_its_id_until_it_is_linked():
    live = Live()
    live.tell("INTERACTIONS", 1, event(None, "hat", 10, session="s9"))
    assert [found.row["ITEM_ID"] for found in live.events("s9")] == ["hat"]
    before = live.changes("ann")
    live.tell("INTERACTIONS", 2, event("ann", "cap", 20, session="s9"))
    live.tell("INTERACTIONS", 3, event(None, "tie", 30, session="s9"))
    assert [found.row["ITEM_ID"] for found in live.events("ann")] == ["hat", "cap", "tie"]
    assert live.events("s9") == []
    assert live.uses == {"hat": 1, "cap": 1, "tie": 1}
    assert live.user_of("s9") == "ann"
    assert live.changes("ann") > before


def test_an_event_id_counts_once():
    live = Live()
    live.tell("INTERACTIONS", 1, event("ann", "hat", 10, EVENT_ID="e"))
    live.tell("INTERACTIONS", 2, event("ann", "cap", 20, EVENT_ID="e"))
    assert [found.seq for found in live.events("ann")] == [1]


@pytest.mark.parametrize("lack", ["ITEM_ID", "TIMESTAMP"])
def test_an_event_without_item_or_time_is_dropped(lack):
    live = Live()
    live.tell("INTERACTIONS", 1, event("ann", "hat", 10) | {lack: None})
    assert live.events("ann") == []


def test_only_the_latest_events_are_kept():
    live = Live()
    for place in range(MOST_PER_USER + 3):
        live.tell("INTERACTIONS", place, event("ann", "hat", place))
    found = [event.seq for event in live.events("ann")]
    assert found == list(range(3, MOST_PER_USER + 3))


def test_what_every_model_has_learnt_is_forgotten():
    live = Live()
    live.tell("INTERACTIONS", 1, event("ann", "hat", 10))
    live.tell("INTERACTIONS", 2, event("bob", "hat", 10))
    live.tell("INTERACTIONS", 3, event("ann", "cap", 20))
    live.forget(2)
    assert [found.seq for found in live.events("ann")] == [3]
    assert live.events("bob") == []
    assert live.uses == {"cap": 1}


def test_the_last_record_of_a_user_or_item_holds():
    live = Live()
    for age in (20, 30, 10, 30):
        live.tell("USERS", age, {"USER_ID": "ann", "AGE": age})
        live.tell("ITEMS", age, {"ITEM_ID": "hat", "PRICE": age})
    live.tell("ACTIONS", 40, {"ACTION_ID": "hat"})
    assert (live.user("ann")["AGE"], live.item("hat")["PRICE"]) == (30, 30)
    assert (live.user("bob"), live.item("cap")) == (None, None)
    assert live.changes("ann") == 2
    assert live.newest == 40
