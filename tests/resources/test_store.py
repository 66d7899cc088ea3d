import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.errors import (
    ResourceAlreadyExistsException,
    ResourceInUseException,
    ResourceNotFoundException,
    TooManyTagKeysException,
    TooManyTagsException,
)
from presage.resources.database import open_database
from presage.resources.kinds import (
    ACTIVE,
    CREATION,
    DELETE_PENDING,
    FAILED,
    IN_PROGRESS,
    PENDING,
    PERSONALIZE,
)
from presage.resources.store import Store

GROUP, DATASET, SCHEMA = PERSONALIZE["DatasetGroup"], PERSONALIZE["Dataset"], PERSONALIZE["Schema"]


@pytest.fixture
def store(tmp_path):
    store = Store(open_database("", tmp_path))
    yield store
    store.close()


def test_a_record_starts_pending_and_is_found_again(store):
    made = store.add(GROUP, arn="a", name="shop", body={"domain": "ECOMMERCE"})
    assert made.status == PENDING
    assert store.find(GROUP, "a") == made
    assert made["domain"] == "ECOMMERCE"


def test_a_kind_without_a_walk_has_no_status(store):
    assert store.add(SCHEMA, arn="s", name="s", body={}).status == ""


def test_an_arn_is_taken_once(store):
    store.add(GROUP, arn="a", name="shop", body={})
    with pytest.raises(ResourceAlreadyExistsException, match="Another resource with Arn a already exists"):
        store.add(GROUP, arn="a", name="shop", body={})


def test_an_arn_of_another_kind_is_not_found(store):
    store.add(GROUP, arn="a", name="shop", body={})
    with pytest.raises(ResourceNotFoundException, match="No dataset has the ARN a"):
        store.find(DATASET, "a")


def test_moves_follow_the_walk(store):
    store.add(GROUP, arn="a", name="shop", body={"kept": 1})
    store.move("a", IN_PROGRESS, walk=GROUP.walk)
    assert store.move("a", ACTIVE, walk=GROUP.walk, added=2).body == {"kept": 1, "added": 2}
    with pytest.raises(ResourceInUseException, match="from where it cannot become CREATE FAILED"):
        store.move("a", FAILED, walk=GROUP.walk)


def test_only_one_of_many_wins_a_move(store):
    store.add(GROUP, arn="a", name="shop", body={})
    won = []

    def race():
        try:
            store.move("a", IN_PROGRESS, walk=CREATION)
            won.append(1)
        except ResourceInUseException:
            pass

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_lists_are_newest_first_by_parent_state_and_page(store):
    for n in range(5):
        store.add(DATASET, arn=f"d{n}", name=f"d{n}", body={}, parents=("g0" if n % 2 else "g1",))
    assert [r.arn for r in store.list(DATASET)] == ["d4", "d3", "d2", "d1", "d0"]
    assert [r.arn for r in store.list(DATASET, parent="g0")] == ["d3", "d1"]
    assert store.list(DATASET, statuses=(ACTIVE,)) == []
    first = store.list(DATASET, limit=2)
    assert [r.arn for r in store.list(DATASET, before=first[-1].number, limit=2)] == ["d2", "d1"]


def test_a_removed_record_leaves_no_trace(store):
    store.add(DATASET, arn="d", name="d", body={}, parents=("g",), tags=[{"tagKey": "k", "tagValue": "v"}])
    store.remove("d")
    assert store.get("d") is None
    assert store.list(DATASET, parent="g") == []
    assert store.tags("d") == {}
    store.add(DATASET, arn="d", name="d", body={}, parents=("g",))


def test_records_outlive_the_process_that_wrote_them(tmp_path):
    first = Store(open_database("", tmp_path))
    made = first.add(GROUP, arn="a", name="shop", body={"n": [1, {"x": None}]})
    first.close()
    second = Store(open_database("", tmp_path))
    assert second.get("a") == made
    second.close()


def test_data_of_a_newer_presage_is_left_alone(tmp_path):
    engine = open_database("", tmp_path)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE layout SET format = 99")
    engine.dispose()
    with pytest.raises(RuntimeError, match="newer presage"):
        open_database("", tmp_path)


def test_tags_are_counted_over_requests(store):
    store.add(GROUP, arn="a", name="shop", body={})
    store.tag("a", [{"tagKey": f"k{n}", "tagValue": "1"} for n in range(50)])
    store.tag("a", [{"tagKey": "k0", "tagValue": "2"}])
    with pytest.raises(TooManyTagsException, match="51 tags; at most 50"):
        store.tag("a", [{"tagKey": "one more", "tagValue": ""}])
    assert store.tags("a")["k0"] == "2"
    with pytest.raises(TooManyTagKeysException):
        store.untag("a", [f"k{n}" for n in range(51)])
    store.untag("a", ["k0", "never there"])
    assert len(store.tags("a")) == 49


STEPS = sorted({step for pair in GROUP.walk for step in pair})


@given(st.lists(st.sampled_from(STEPS), max_size=6))
@settings(max_examples=30, deadline=None)
def test_no_sequence_of_moves_leaves_the_walk(tmp_path_factory, targets):
    store = Store(open_database("", tmp_path_factory.mktemp("walk")))
    store.add(GROUP, arn="a", name="shop", body={})
    at = PENDING
    for target in targets:
        if (at, target) in GROUP.walk:
            at = store.move("a", target, walk=GROUP.walk).status
        else:
            with pytest.raises(ResourceInUseException):
                store.move("a", target, walk=GROUP.walk)
        assert store.get("a").status == at
    store.close()
    assert DELETE_PENDING in STEPS
