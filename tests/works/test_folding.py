"""One job folds what every dataset was told."""

import pytest

from presage.recipes.data import silent
from presage.works import folding

from .conftest import add_dataset

EVENT = {"USER_ID": "u", "ITEM_ID": "i", "TIMESTAMP": 5}


@pytest.fixture
def log(stores):
    """The log of a folder with three datasets; the second has a schema that nobody can read."""
    with stores.records.writing() as records:
        bad = records.add("personalize", "Schema", arn="bad", name="bad", body={"schema": "{"})
        records.settle(bad)
    add_dataset(stores, "two", "bad")
    add_dataset(stores, "three")
    return stores.log


def put(stores, name):
    return stores.table(stores.records.get(f"arn:{name}")).rows().put


def test_every_dataset_is_folded_and_one_that_fails_keeps_up_nobody(stores, log, capsys):
    for name in ("one", "two", "three"):
        log.append(name, [EVENT]).result()
    told = []
    folding.run(stores.config, "fold", lambda *step: told.append(step))
    assert [put(stores, name) for name in ("one", "two", "three")] == [1, 0, 1]
    assert [fraction for _, fraction in told] == sorted(fraction for _, fraction in told)
    assert len(told) == 3
    assert "arn:two" in capsys.readouterr().out
    assert [held.read_through for held in log.backlog("dataset")] == [1, 0, 3]


def test_what_is_folded_leaves_the_log_with_the_next_fold(stores, log):
    log.append("one", [EVENT]).result()
    folding.run(stores.config, "fold", silent)
    log.append("one", [EVENT]).result()
    assert [r.place for r in log.read(0, 9)] == [1, 2]
    folding.run(stores.config, "fold", silent)
    assert [r.place for r in log.read(0, 9)] == [2]
    folding.run(stores.config, "fold", silent)
    assert log.read(0, 9) == []
    assert put(stores, "one") == 2


def test_no_table_is_opened_without_new_records(stores, log, monkeypatch):
    log.append("one", [EVENT]).result()
    folding.run(stores.config, "fold", silent)
    monkeypatch.setattr(folding, "fold", lambda *_: pytest.fail("there is nothing to fold"))
    folding.run(stores.config, "fold", silent)
    folding.run(stores.config, "fold", silent)


def test_a_stream_without_a_dataset_is_left_alone(stores, log):
    log.open_stream("strange", "dataset")
    log.append("strange", [EVENT])
    log.append("one", [EVENT]).result()
    folding.run(stores.config, "fold", silent)
    assert put(stores, "one") == 1
    assert [r.stream for r in log.read(0, 9)] == ["strange", "one"]
