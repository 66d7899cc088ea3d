"""From CSV files on S3 to a panel of series."""

import numpy as np
import pytest

from presage.errors import JobFailure
from presage.features.series.rows import SeriesPlan
from presage.recipes.forecasting.frequency import Frequency
from presage.works.forecast.series import check_series, series_of

from ...market import METADATA, RELATED, Market
from ...operations.inprocess import InProcess

DAILY = Frequency(1, "D")
SALES = "a,2024-01-01,1\na,2024-01-01,2\na,2024-01-04,5\nb,2024-01-02,NaN\nb,2024-01-03,7\n"
PRICES = "".join(f"{item},2024-01-0{day},{day}\n" for item in "ab" for day in range(1, 8))


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    process = InProcess(tmp_path_factory.mktemp("market") / "data")
    yield Market(process)
    process.close()


@pytest.fixture(scope="module")
def datasets(market):
    return [
        market.stocked(SALES),
        market.stocked(PRICES, RELATED),
        market.stocked("a,x\nb,y\nc,x\n", METADATA),
    ]


def series(market, *datasets, horizon=3, **more):
    stores = market.running.stores
    group = stores.records.expect(market.group(*datasets))
    return series_of(stores, group, SeriesPlan(frequency=DAILY, horizon=horizon, **more))


def test_rows_of_all_three_datasets_become_one_panel(market, datasets):
    found = series(market, *datasets, holiday="US", starts_cold=True)
    assert found.dimensions == ("item_id",)
    assert found.keys == [("a",), ("b",), ("c",)]
    nan = np.nan
    np.testing.assert_array_equal(found.panel.target, [[3, 0, 0, 5], [nan, nan, 7, 0], [nan, nan, nan, nan]])
    assert (found.panel.first, found.panel.n_ahead) == (np.datetime64("2024-01-01T00:00:00"), 3)
    price = found.panel.related["price"]
    assert price.is_known_ahead
    np.testing.assert_array_equal(price.values[:2], [range(1, 8)] * 2)
    np.testing.assert_array_equal(found.panel.shared["Holiday_US"], [1, 0, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(found.panel.attributes["category"].code, [0, 1, 0])
    assert found.categories == {"category": ["x", "y"]}
    assert found.take([1]).keys == [("b",)]


def test_rows_that_come_later_take_the_place_of_those_of_the_same_time(market):
    dataset = market.stocked(SALES)
    market.load(dataset, "a,2024-01-01,10\na,2024-01-01,20\nb,2024-01-05,1\n", ImportMode="INCREMENTAL")
    assert series(market, dataset).panel.target[0].tolist() == [30, 0, 0, 5, 0]
    market.load(dataset, "z,2024-01-01,8\n")
    found = series(market, dataset)
    assert (found.keys, found.panel.target.tolist()) == ([("z",)], [[8]])


def test_a_group_without_a_target_that_holds_data_has_no_series(market):
    for datasets in ([], [market.dataset()]):
        with pytest.raises(JobFailure, match="no TARGET_TIME_SERIES dataset that holds data"):
            series(market, *datasets)


def test_what_is_wrong_with_the_data_fails_the_job(market, datasets):
    short = market.stocked("".join(PRICES.splitlines(keepends=True)[:7]), RELATED)
    with pytest.raises(JobFailure, match=r"missing in the related time series.*item_id 'b'"):
        series(market, datasets[0], short)


def test_a_plan_is_checked_without_data(market, datasets):
    stores = market.running.stores
    group = stores.records.expect(market.group(*datasets))
    check_series(stores.records, group, SeriesPlan(frequency=DAILY, horizon=3))
    for plan, says in (
        (SeriesPlan(frequency=Frequency(1, "H"), horizon=3), "must not be finer"),
        (SeriesPlan(frequency=Frequency(7, "D"), horizon=3), "ForecastFrequency is '7D'"),
        (SeriesPlan(frequency=DAILY, horizon=3, dimensions=("shop",)), "'shop' is no dimension"),
        (SeriesPlan(frequency=DAILY, horizon=3, holiday="ZZ"), "'ZZ' is no country"),
        (SeriesPlan(frequency=DAILY, horizon=3, boundary={"Month": "MAY"}), "Hour alone"),
        (
            SeriesPlan(frequency=DAILY, horizon=3, transformations={"price": {"frontfill": "zero"}}),
            "'price': 'frontfill' is no transformation",
        ),
    ):
        with pytest.raises(ValueError, match=says):
            check_series(stores.records, group, plan)
