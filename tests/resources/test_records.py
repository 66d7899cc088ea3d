import threading
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from presage.errors import (
    ResourceAlreadyExistsException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from presage.resources.migrations import open_database
from presage.resources.records import Records
from presage.resources.states import RESTING, Motion, Phase, State

from ..servers import database_for_tests

ANY = frozenset(RESTING)


@pytest.fixture
def records(tmp_path):
    records = Records(open_database(database_for_tests(), tmp_path))
    yield records
    records.close()


def add(records, arn="a", kind="DatasetGroup", **more):
    with records.writing() as writer:
        return writer.add("personalize", kind, arn=arn, name=arn, body=more.pop("body", {}), **more)


def made(records, arn="a", **more):
    """A record that rests ACTIVE."""
    record = add(records, arn, **more)
    with records.writing() as writer:
        return writer.settle(record)


def test_a_record_begins_on_its_way_and_is_found_again(records):
    record = add(records, body={"domain": "ECOMMERCE"})
    assert (record.state, record.motion, record.phase) == (State.NONE, Motion.CREATE, Phase.PENDING)
    assert records.get("a") == record
    assert record["domain"] == "ECOMMERCE"
    assert records.get("b") is None
    with pytest.raises(ResourceNotFoundException):
        records.expect("b")


def test_what_needs_no_making_is_active_at_once(records):
    record = add(records, settled=True)
    assert (record.state, record.motion) == (State.ACTIVE, Motion.NONE)


def test_an_arn_is_taken_once_whatever_its_kind_and_service(records):
    add(records)
    with pytest.raises(ResourceAlreadyExistsException, match="Another resource with Arn a already exists"):
        add(records, kind="Dataset")


def test_the_same_kind_of_two_services_are_two_kinds(records):
    add(records, "p")
    with records.writing() as writer:
        writer.add("forecast", "DatasetGroup", arn="f", name="f", body={}, settled=True)
    assert [r.arn for r in records.of_kind("personalize", "DatasetGroup")] == ["p"]
    assert [r.arn for r in records.of_kind("forecast", "DatasetGroup")] == ["f"]


def test_a_motion_ends_where_it_should(records):
    made(records, body={"kept": 1})
    for motion, state in (
        (Motion.STOP, State.INACTIVE),
        (Motion.START, State.ACTIVE),
        (Motion.UPDATE, State.ACTIVE),
    ):
        with records.writing() as writer:
            began = writer.begin("a", motion, ANY, added=motion)
        assert (began.motion, began.phase, began["added"]) == (motion, Phase.PENDING, motion)
        with records.writing() as writer:
            ended = writer.settle(writer.step("a", Phase.IN_PROGRESS, (Phase.PENDING,)))
        assert (ended.state, ended.motion, ended.phase) == (state, Motion.NONE, Phase.NONE)
    assert ended["kept"] == 1


def test_a_motion_that_fails_says_why_until_one_succeeds(records):
    record = add(records)
    with records.writing() as writer:
        failed = writer.settle_failed(record, "no disk")
    assert (failed.state, failed["_reason"]) == (State.FAILED, "no disk")
    with records.writing() as writer:
        ended = writer.settle(writer.begin("a", Motion.UPDATE, {State.FAILED}))
    assert ended.state == State.ACTIVE
    assert ended.get("_reason") is None


def test_nothing_begins_while_something_is_under_way_or_from_another_state(records):
    add(records)
    with pytest.raises(ResourceInUseException, match="a is CREATE PENDING"), records.writing() as writer:
        writer.begin("a", Motion.DELETE, ANY)
    with records.writing() as writer:
        writer.settle(writer.expect("a"))
    with pytest.raises(ResourceInUseException, match="a is ACTIVE"), records.writing() as writer:
        writer.begin("a", Motion.START, {State.INACTIVE})


def test_a_record_that_has_moved_on_is_left_alone(records):
    record = add(records)
    with records.writing() as writer:
        writer.settle_stopped(record)
    with records.writing() as writer:
        assert writer.settle(record) is None
    with records.writing() as writer:
        writer.remove("a")
    with records.writing() as writer:
        assert writer.settle(record) is None
    add(records)
    with records.writing() as writer:
        assert writer.settle(record) is None, "another of the same name"


def test_one_of_many_wins_a_step(records):
    add(records)
    won = []

    def race():
        with records.writing() as writer:
            if writer.step("a", Phase.IN_PROGRESS, (Phase.PENDING,)):
                won.append(1)

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_what_a_writer_has_read_still_holds_when_it_writes(records):
    """A quota of 3, wanted by 12 at once: 3 get it."""

    def race(n):
        with records.writing() as writer:
            if len(writer.under_way()) < 3:
                writer.add("personalize", "Job", arn=f"j{n}", name="", body={})

    threads = [threading.Thread(target=race, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(records.under_way("personalize", "Job", Motion.CREATE)) == 3


def test_a_writer_that_fails_changes_nothing_and_nothing_follows(records):
    followed = []

    def fail():
        with records.writing() as writer:
            writer.add("personalize", "Job", arn="a", name="", body={})
            writer.after(lambda: followed.append(1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert records.get("a") is None
    assert followed == []
    with records.writing() as writer:
        writer.after(lambda: followed.append(records.get("b")))
        writer.add("personalize", "Job", arn="b", name="", body={})
    assert followed == [records.get("b")]


def test_lists_are_newest_first_by_parent_state_and_page(records):
    for n in range(5):
        add(records, f"d{n}", kind="Dataset", parents=("g0" if n % 2 else "g1",), settled=n > 2)
    dataset = ("personalize", "Dataset")
    assert [r.arn for r in records.of_kind(*dataset)] == ["d4", "d3", "d2", "d1", "d0"]
    assert [r.arn for r in records.of_kind(*dataset, parent="g0")] == ["d3", "d1"]
    assert [r.arn for r in records.of_kind(*dataset, state=State.ACTIVE)] == ["d4", "d3"]
    first = records.of_kind(*dataset, limit=2)
    assert [r.arn for r in records.of_kind(*dataset, before=first[-1].number, limit=2)] == ["d2", "d1"]
    assert [r.arn for r in records.children("g1", under_way=True)] == ["d2", "d0"]
    assert [r.arn for r in records.under_way()] == ["d0", "d1", "d2"]
    assert set(records.revisions(*dataset, State.ACTIVE)) == {"d3", "d4"}


def test_a_record_is_found_by_its_other_names_until_it_goes(records):
    add(records, other_names=["tracking"])
    assert records.find_alias("tracking").arn == "a"
    with records.writing() as writer:
        writer.remove("a")
    assert records.find_alias("tracking") is None
    add(records, other_names=["tracking"])


def test_a_removed_record_leaves_no_trace(records):
    add(records, kind="Dataset", parents=("g",))
    with records.writing() as writer:
        writer.put_tags("a", {"k": "v"})
        writer.remove("a")
    assert records.get("a") is None
    assert records.children("g") == []
    assert records.tags("a") == {}


def test_links_come_and_go(records):
    add(records, parents=("g",))
    with records.writing() as writer:
        writer.link("a", "h")
        writer.link("a", "h")
        writer.unlink("a", "g")
    assert records.children("g") == []
    assert [r.arn for r in records.children("h")] == ["a"]


def test_upkeep_finds_what_is_due(records):
    for n in range(4):
        add(records, f"s{n}", due_at=float(n) if n else None)
    assert [r.arn for r in records.due(2.0)] == ["s1", "s2"]
    with records.writing() as writer:
        writer.look_again("s1", 9.0)
        writer.look_again("s2", None)
    assert records.due(2.0) == []


def test_each_change_has_a_revision_of_its_own(records):
    seen = [records.revision()]
    add(records)
    seen.append(records.revision())
    with records.writing() as writer:
        writer.change("a", x=1)
    seen.append(records.revision())
    assert records.get("a").revision == seen[-1]
    with records.writing() as writer:
        writer.remove("a")
    seen.append(records.revision())
    assert seen == sorted(set(seen))
    with records.writing() as writer:
        writer.get("a")
    assert records.revision() == seen[-1], "a look is no change"


def test_what_is_changed_to_none_goes(records):
    made(records, body={"x": 1, "y": 2})
    with records.writing() as writer:
        assert writer.change("a", x=None, z=3).body == {"y": 2, "z": 3}


def test_records_outlive_the_process_that_wrote_them(tmp_path):
    first = Records(open_database("", tmp_path))
    record = add(first, body={"n": [1, {"x": None}]})
    first.close()
    second = Records(open_database("", tmp_path))
    assert second.get("a") == record
    second.close()


def test_tags_are_set_counted_and_taken_away(records):
    add(records)
    with records.writing() as writer:
        assert writer.put_tags("a", {"k": "1", "l": "1"}) == 2
        assert writer.put_tags("a", {"k": "2"}) == 2
        writer.drop_tags("a", ["l", "never there"])
    assert records.tags("a") == {"k": "2"}


def settle(writer, record, how):
    return {"done": writer.settle, "stopped": writer.settle_stopped}.get(
        how, lambda r: writer.settle_failed(r, "why")
    )(record)


ACTIONS = st.sampled_from([*(m for m in Motion if m), "step", "done", "failed", "stopped"])


@given(st.lists(ACTIONS, max_size=8))
@settings(max_examples=40, deadline=None)
def test_a_record_always_either_rests_or_has_a_motion_in_a_phase(tmp_path_factory, actions):
    records = Records(open_database("", tmp_path_factory.mktemp("walk")))
    add(records)
    for action in actions:
        try:
            with records.writing() as writer:
                current = writer.expect("a")
                if action == "step":
                    writer.step("a", Phase.IN_PROGRESS, (Phase.PENDING,))
                elif action in ("done", "failed", "stopped"):
                    if current.motion:
                        settle(writer, current, action)
                elif action != Motion.CREATE:
                    writer.begin("a", action, ANY)
        except ResourceInUseException:
            assert current.motion or current.state not in ANY
        record = records.get("a")
        assert bool(record.motion) == bool(record.phase)
        assert record.motion or record.state in ANY
    records.close()


def test_what_is_under_way_or_due_is_found_by_an_index(tmp_path):
    engine = open_database("", tmp_path)
    plans = []

    def explain(connection, _cursor, statement, values, *_):
        with closing(connection.connection.cursor()) as cursor:
            plans.extend(row[-1] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values))

    event.listen(engine, "before_cursor_execute", explain)
    with closing(Records(engine)) as records:
        records.under_way()
        records.due(1.0)
    assert plans == [
        "SCAN records USING INDEX records_under_way",
        "SEARCH records USING INDEX records_due (due_at<?)",
    ]
