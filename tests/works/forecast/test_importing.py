"""Forecast's import job: it counts once, whatever kills it."""

import pytest

from presage.recipes.data import silent
from presage.works.forecast import importing
from presage.works.forecast.importing import import_series

from ...market import BUCKET, Market
from ...operations.inprocess import InProcess


@pytest.fixture
def market(tmp_path):
    process = InProcess(tmp_path / "data")
    yield Market(process)
    process.close()


def test_one_that_was_killed_after_it_stored_its_rows_counts_once(market):
    dataset = market.stocked("a,2024-01-01,1\n")
    arn = market.begin(dataset, market.put("more.csv", "a,2024-01-02,1\n"), ImportMode="INCREMENTAL")
    stores = market.running.stores
    import_series(stores, stores.records.expect(arn), silent)
    market.s3.delete_object(Bucket=BUCKET, Key="more.csv")
    market.running.run_jobs()
    found = market.described(arn)
    assert (found["Status"], found["FieldStatistics"]["item_id"]["Count"]) == ("ACTIVE", 1)
    assert stores.table(stores.records.expect(dataset)).rows().bulk == 2


def test_one_that_is_stopped_while_it_waits_stores_nothing(market):
    dataset = market.dataset()
    arn = market.begin(dataset, market.put("x.csv", "a,2024-01-02,1\n"))
    market.forecast.stop_resource(ResourceArn=arn)
    market.running.run_jobs()
    assert market.described(arn)["Status"] == "CREATE_STOPPED"
    stores = market.running.stores
    assert stores.table(stores.records.expect(dataset)).rows().bulk == 0


@pytest.mark.parametrize(("limit", "most"), [("MOST_FILES", 1), ("MOST_GB", 1e-9)])
def test_more_than_one_import_may_read_is_refused(market, monkeypatch, limit, most):
    monkeypatch.setattr(importing, limit, most)
    dataset = market.dataset()
    for day in (1, 2):
        market.put(f"in/{day}.csv", f"a,2024-01-0{day},1\n")
    arn = market.begin(dataset, f"s3://{BUCKET}/in/")
    market.running.run_jobs()
    found = market.described(arn)
    assert found["Status"] == "CREATE_FAILED"
    assert "Quota limit of" in found["Message"]
    assert "INCREMENTAL" in found["Message"]
