"""A group's memory, against a model that keeps every row and answers by looking through all of them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from presage.serving.memory import GroupMemory, Limits, build_snapshot
from presage.serving.memory import group as module
from presage.serving.source import LAST_INTERACTIONS as MOST_OF_A_TYPE

from ..group import Group
from ..shop import event

USERS = ("ann", "bob", "s1", "s2")
names = st.sampled_from(["ann", "bob", None])
sessions = st.sampled_from(["s1", "s2", "ann"])
rows = st.builds(event, names, st.sampled_from(["hat", "cap"]), st.integers(0, 3), sessions)
MOVES = st.sets(st.integers(1, 15), max_size=3)
plain_rows = rows.filter(lambda row: row["SESSION_ID"] != "ann")  # no session is called as a user is
tellings = st.lists(rows, max_size=15)
reuse = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def owner(told, row):
    """The user of a row: its own, else the first that its session was told with, else the session."""
    session = row["SESSION_ID"]
    for other in [row, *told]:
        if other["SESSION_ID"] == session and other.get("USER_ID") not in (None, session):
            return other["USER_ID"]
    return session


def expected(told, user):
    """Places of the rows that are a user's, equal ones once, by time."""
    mine = [(row["TIMESTAMP"], place, row) for place, row in enumerate(told, 1) if owner(told, row) == user]
    plain = [(row["ITEM_ID"], row["TIMESTAMP"]) for _, _, row in mine]
    kept = [one for i, one in enumerate(mine) if plain[i] not in plain[:i]]
    return [place for _, place, _ in sorted(kept, key=lambda one: one[:2])]


def fresh(group):
    return GroupMemory(group.source, Limits(n_recent=0))


def places(memory, user, **options):
    return [found.place for found in memory.events(user, **options)]


def tell(memory, told, first=1, moves=()):
    """Tell rows one by one; before some of them all that was told is put in columns."""
    for place, row in enumerate(told, first):
        if place in moves:
            memory.refresh()
        memory.tell("INTERACTIONS", [place], [row])


@reuse
@given(tellings, MOVES)
def test_each_event_is_somebodys_once_and_in_order(empty, told, moves):
    memory = fresh(empty)
    tell(memory, told, moves=moves)
    for user in USERS:
        assert places(memory, user) == expected(told, user)


@reuse
@given(tellings, MOVES, st.data())
def test_telling_again_changes_nothing(empty, told, moves, data):
    memory = fresh(empty)
    tell(memory, told, moves=moves)
    before, arrivals = [memory.events(user) for user in USERS], memory.arrivals
    for place, row in data.draw(st.permutations(list(enumerate(told, 1)))):
        memory.tell("INTERACTIONS", [place], [row])
    assert [memory.events(user) for user in USERS] == before
    assert memory.arrivals == arrivals


@reuse
@given(st.lists(plain_rows, max_size=15), MOVES, st.integers(0, 15))
def test_news_and_what_was_known_are_all(empty, told, moves, n_known):
    """Unless more has changed than events on top: then whoever asks is told so."""
    memory = fresh(empty)
    tell(memory, told[:n_known], moves=moves)
    before, arrival = {user: memory.events(user) for user in USERS}, memory.arrivals
    tell(memory, told[n_known:], 1 + len(told[:n_known]), moves=moves)
    for user in USERS:
        if not memory.is_rearranged(user, arrival, record=False):
            known = [found.place for found in before[user]] + [e.place for e in memory.news(user, arrival)]
            assert sorted(known) == sorted(places(memory, user))


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(plain_rows, min_size=1, max_size=8), st.data())
def test_it_is_the_same_whatever_is_on_disk(tmp_path_factory, told, data):
    """What was told is in the log, in the datasets, in a snapshot: wherever, each event is somebody's once."""
    group = Group(tmp_path_factory.mktemp("group"))
    memory = fresh(group)
    memory.load(group.log)
    for row in told:
        memory.tell("INTERACTIONS", group.tell("INTERACTIONS", [row]), [row])
        for step in data.draw(st.lists(st.sampled_from(["fold", "build", "refresh", "load"]), max_size=1)):
            steps = {
                "fold": group.fold,
                "build": lambda: build_snapshot(group.source),
                "refresh": memory.refresh,
                "load": lambda: memory.load(group.log),
            }
            steps[step]()
    restarted = fresh(group)
    restarted.load(group.log)
    for user in USERS:
        assert places(memory, user) == places(restarted, user) == expected(told, user)
    group.close()


def test_an_anonymous_session_is_asked_for_by_its_id_until_it_is_linked(empty):
    memory = fresh(empty)
    tell(memory, [event(None, "hat", 10, session="s9")])
    assert [found.item_id for found in memory.events("s9")] == ["hat"]
    before = memory.arrivals
    tell(memory, [event("ann", "cap", 20, session="s9"), event(None, "tie", 30, session="s9")], 2)
    assert [found.item_id for found in memory.events("ann")] == ["hat", "cap", "tie"]
    assert memory.events("s9") == []
    assert memory.user_of("s9") == "ann"
    assert memory.is_rearranged("ann", before, record=False)
    assert memory.is_rearranged("s9", before, record=False)


@pytest.mark.parametrize("in_columns", [False, True])
def test_events_of_one_id_count_each_and_one_that_is_sent_again_once(empty, in_columns):
    memory = fresh(empty)
    sent = [event("ann", "hat", 10, EVENT_ID="e"), event("ann", "cap", 20, EVENT_ID="e")]
    for row in (*sent, *sent, *([] if in_columns else [sent[0] | {"DEVICE": "desk"}])):
        memory.tell("INTERACTIONS", empty.tell("INTERACTIONS", [row]), [row])
        if in_columns:
            empty.fold()
            build_snapshot(empty.source)
            memory.refresh()
    assert [found.item_id for found in memory.events("ann")] == ["hat", "cap"]
    restarted = fresh(empty)
    restarted.load(empty.log)
    assert [found.item_id for found in restarted.events("ann")] == ["hat", "cap"]


@pytest.mark.parametrize("lack", ["ITEM_ID", "TIMESTAMP"])
def test_an_event_without_item_or_time_is_dropped(empty, lack):
    memory = fresh(empty)
    tell(memory, [event("ann", "hat", 10) | {lack: None}])
    assert memory.events("ann") == []


@pytest.mark.parametrize("in_columns", [False, True])
def test_of_each_type_the_latest_events_are_kept(empty, in_columns):
    memory = fresh(empty)
    tell(memory, [event("ann", "hat", n, EVENT_TYPE="buy") for n in range(5)])
    tell(memory, [event("ann", "hat", n) for n in range(5, MOST_OF_A_TYPE + 8)], 6)
    if in_columns:
        memory.refresh()
        tell(memory, [event("ann", "hat", MOST_OF_A_TYPE + 8)], MOST_OF_A_TYPE + 9)
        memory.refresh()
    found = [one.row["EVENT_TYPE"] for one in memory.events("ann")]
    assert (found.count("buy"), found.count("view")) == (5, MOST_OF_A_TYPE)
    assert memory.events("ann")[-1].time == MOST_OF_A_TYPE + 7 + in_columns


def test_past_and_told_events_of_all_types_and_their_columns(memory, group):
    told = event("ann", "tie", 99, DEVICE="desk", EVENT_VALUE=0.1)
    memory.tell("INTERACTIONS", [1], [told])
    found = [(e.time, e.item_id, e.row.get("EVENT_TYPE"), e.row.get("DEVICE")) for e in memory.events("ann")]
    assert found == [(10, "hat", "view", "phone"), (20, "cap", "buy", None), (99, "tie", "view", "desk")]
    memory.refresh()
    (last,) = memory.events("ann", beyond=0)
    assert last.row["EVENT_VALUE"] == pytest.approx(0.1)
    memory.tell("INTERACTIONS", [2], [told])  # sent again: 0.1 is as far as a float of 32 bits goes
    assert len(memory.events("ann")) == 3


def test_the_last_record_of_a_user_or_item_holds(memory):
    assert memory.user("ann") == (0, {"AGE": 20})
    assert (memory.user("bob"), memory.item_text("cap", "PRICE")) == (None, None)
    assert memory.item_text("tie", "PRICE") == "2.5"
    before = memory.arrivals
    for price in (3, 5, 4):
        memory.tell("ITEMS", [price], [{"ITEM_ID": "tie", "PRICE": price, "WARM": True}])
        memory.tell("USERS", [price], [{"USER_ID": "ann", "AGE": price}])
    memory.tell("ACTIONS", [6], [{"ACTION_ID": "tie"}])
    assert memory.item_text("tie", "PRICE") == "5"
    assert memory.is_rearranged("ann", before, record=True)
    assert not memory.is_rearranged("ann", before, record=False)
    memory.refresh()
    assert memory.item_text("tie", "PRICE") == "5.0"
    assert (memory.item_text("tie", "WARM"), memory.item_text("tie", "COLOUR")) == ("true", None)
    assert memory.user("ann") == (5, {"AGE": 5})


def test_users_who_did_nothing_for_longest_are_forgotten_first(empty, capsys):
    memory = GroupMemory(empty.source, Limits(n_recent=0, n_owners=10))
    tell(memory, [event(f"u{n:02}", "hat", n) for n in range(12)])
    memory.refresh()
    left = [n for n in range(12) if memory.events(f"u{n:02}")]
    assert left == list(range(3, 12))


def test_what_is_kept_is_bounded_by_bytes(empty):
    memory = GroupMemory(empty.source, Limits(n_recent=0, n_bytes=20_000))
    for first in range(0, 2000, 500):
        tell(memory, [event(f"u{n % 300}", f"i{n}", n) for n in range(first, first + 500)], first + 1)
        memory.tell(
            "USERS",
            range(10**6 + first, 10**6 + first + 500),
            [{"USER_ID": f"{n}", "AGE": 1} for n in range(first, first + 500)],
        )
        memory.refresh()
    assert memory._held.events.nbytes < 40_000
    assert memory._held.records["USERS"].nbytes < 10_000
    assert memory.user("1999")
    assert not memory.user("0")


def test_rows_of_long_texts_are_put_in_columns_early(empty):
    memory = GroupMemory(empty.source, Limits(n_recent=100))
    long = "x" * 30_000
    memory.tell("ITEMS", [1, 2], [{"ITEM_ID": name, "COLOUR": long} for name in ("hat", "hat")])
    memory.tell("INTERACTIONS", [3], [event("ann", "hat", 10, DEVICE=long)])
    memory.refresh()
    assert memory._recent.size == 58, "kilobytes; of an item's records the last counts"
    memory.tell("ITEMS", [4, 5], [{"ITEM_ID": name, "COLOUR": long} for name in ("cap", "tie")])
    memory.refresh()
    assert memory._recent.size == 0
    assert memory.item_text("hat", "COLOUR") == long
    assert memory.events("ann")[0].row["DEVICE"] == long


def test_so_many_sessions_and_changed_users_are_known(empty):
    memory = GroupMemory(empty.source, Limits(n_sessions=3, n_marks=3))
    rows = [event(f"u{n}", "hat", n, session=f"s{n}") for n in range(5)]
    tell(memory, rows)
    assert [memory.user_of(f"s{n}") for n in range(5)] == [None, None, "u2", "u3", "u4"]
    memory.limits = Limits(n_sessions=1)
    tell(memory, [event("u5", "hat", 5, session="s5")], 6)
    assert [memory.user_of(f"s{n}") for n in range(6)] == [None] * 5 + ["u5"]
    memory.limits = Limits(n_marks=3)
    for n in range(50):
        memory.tell("USERS", [10 + n], [{"USER_ID": f"u{n}", "AGE": n}])
        assert len(memory._recorded) <= 3


@pytest.mark.parametrize("n_groups", [1, 10, 400])
def test_groups_share_what_there_is_room_for(n_groups):
    limits = Limits.shared(n_groups)
    assert limits.n_bytes * n_groups <= 2**30
    assert limits.n_owners * n_groups <= 4_000_000
    assert limits.n_recent * n_groups <= 100_000
    assert limits.n_sessions * n_groups <= 400_000
    assert limits.n_marks * n_groups <= 400_000


def test_sessions_without_a_user_are_looked_up_and_not_kept(group):
    group.tell("INTERACTIONS", [event(None, "hat", 10, session="s1"), event(None, "hat", 10, session="s2")])
    group.tell("INTERACTIONS", [event("bob", "cap", 20, session="s3")])
    group.fold()
    build_snapshot(group.source)
    group.tell("INTERACTIONS", [event("ann", "tie", 30, session="s1")])
    memory = fresh(group)
    memory.load(group.log)
    assert memory.user_of("s1") == "ann"
    assert [found.item_id for found in memory.events("ann")] == ["hat", "hat", "cap", "tie"]
    stored = memory._held.snapshot.events
    assert stored.anonymous_owners() == {"s1", "s2"}
    assert "owner" not in vars(stored), "a row for each event, of a file that is mapped"


def test_a_newer_memory_on_disk_is_taken_up(memory, group):
    group.bring("INTERACTIONS", [{"USER_ID": "ann", "ITEM_ID": "bow", "TIMESTAMP": 5}])
    told = event("ann", "tie", 30)
    memory.tell("INTERACTIONS", group.tell("INTERACTIONS", [told]), [told])
    epoch = memory.epoch
    memory.refresh()
    assert [found.item_id for found in memory.events("ann")] == ["hat", "cap", "tie"]
    build_snapshot(group.source)
    memory.refresh()
    assert [found.item_id for found in memory.events("ann")] == ["bow", "hat", "cap", "tie"]
    assert memory.epoch > epoch


def test_a_damaged_memory_on_disk_is_built_anew(memory, group):
    (file,) = group.source.snapshots.glob("*.safetensors")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.unlink()
    file.write_bytes(content)
    again = fresh(group)
    again.load(group.log)
    assert again.events("ann") == memory.events("ann") != []
    assert file not in list(group.source.snapshots.iterdir())


def test_what_is_told_while_it_loads_is_not_missed(group, monkeypatch):
    """Told before the log is read, it is met twice; told after, it is met here alone."""
    memory, read = fresh(group), module.read_told

    def reading(*args):
        for time in (30, 40):
            told = event("ann", "tie", time)
            memory.tell("INTERACTIONS", group.tell("INTERACTIONS", [told]), [told])
            if time == 30:
                found = read(*args)
        return found

    monkeypatch.setattr(module, "read_told", reading)
    memory.load(group.log)
    assert [found.time for found in memory.events("ann")] == [10, 20, 30, 40]
