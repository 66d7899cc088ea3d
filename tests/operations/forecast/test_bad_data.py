"""Every documented kind of bad data ends in a reason that names the row or the rule: at import, or for a predictor."""

import pytest

from ...market import METADATA, PRICES, RELATED, SERIES
from .sales import error_of


def days(item, n, value="1"):
    return "".join(f"{item},2024-01-{day:02},{value}\n" for day in range(1, n + 1))


class TestImports:
    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("timestamp,item_id,target_value\n2024-01-01,a,1\n", "in the order timestamp, item_id"),
            ("2024-01-01,a,1\n", "line 1, column timestamp: 'a'"),
            ("a,2024-01-01,1\na,01/02/2024,1\n", "line 2, column timestamp: '01/02/2024'"),
            (
                "a,2024-01-01,1\na,2024-01-01 00:00:00,1\n",
                "timestamp must be a time of the format yyyy-MM-dd",
            ),
            ("a,24-01-01,1\n", "timestamp must have a year of four digits"),
            ("a,2024-01-01,1\nb,2024-01-01,much\n", "line 2, column target_value: 'much'"),
            ("a,2024-01-01,inf\n", "target_value must be finite"),
            ("a,2024-01-01,1\n,2024-01-01,1\n", "item_id must not be empty"),
            ("a,2024-01-01,1\na,,1\n", "timestamp must not be empty"),
            (
                "a,2024-01-01,1,x\n",
                "The file has 4 columns, the dataset 3, in this order: item_id, timestamp",
            ),
            ("a;2024-01-01;1\n", "The file has 1 columns"),
            ("a,2024-01-01,1\na,2024-01-02\n", "line 2"),
            ("item_id,timestamp,target_value\n", "no row to import"),
            ("", "The file is empty"),
        ],
    )
    def test_of_a_target_names_line_column_and_value(self, market, text, says):
        found = market.failure(market.dataset(), text, key="bad.csv")
        assert says in found
        assert "Traceback" not in found

    @pytest.mark.parametrize(
        ("kind", "attributes", "text", "says"),
        [
            (
                RELATED,
                None,
                "a,2024-01-01,1\na,2024-01-01,2\n",
                "2 rows have item_id 'a', timestamp '2024-01-01",
            ),
            (RELATED, None, "a,2024-01-01,cheap\n", "column price: 'cheap'"),
            (
                METADATA,
                None,
                "a,x\nb,x\na,y\n",
                "2 rows have item_id 'a'; a ITEM_METADATA dataset has one row",
            ),
            (RELATED, [*PRICES[:2], ("sold", "integer")], "a,2024-01-01,1.5\n", "must be a whole number"),
        ],
    )
    def test_of_other_datasets_too(self, market, kind, attributes, text, says):
        assert says in market.failure(market.dataset(kind, attributes), text)

    def test_nothing_of_a_bad_file_is_kept(self, market):
        dataset = market.stocked(days("a", 2))
        market.failure(dataset, "a,2024-01-05,1\nb,soon,1\n")
        stores = market.running.stores
        assert stores.table(stores.records.expect(dataset)).rows().bulk == 2

    def test_files_that_are_not_there(self, market):
        arn = market.begin(market.dataset(), "s3://market/nothing.csv")
        market.running.run_jobs()
        assert "nothing.csv" in market.described(arn)["Message"]


STORES = [*SERIES, ("shop", "string")]
LEGACY = {"ForecastHorizon": 2, "AlgorithmArn": "arn:aws:forecast:::algorithm/presage-seasonal-naive"}


class TestPredictors:
    """What shows only when a dataset group is seen as a whole."""

    def start(self, market, datasets, *, frequency="D", dimensions=()):
        return market.forecast.create_predictor(
            PredictorName=market.name(),
            InputDataConfig={"DatasetGroupArn": market.group(*datasets)},
            FeaturizationConfig={
                "ForecastFrequency": frequency,
                **({"ForecastDimensions": list(dimensions)} if dimensions else {}),
            },
            **LEGACY,
        )["PredictorArn"]

    @pytest.mark.parametrize(
        ("others", "asked", "says"),
        [
            pytest.param(
                [], {"frequency": "H"}, "the target time series is recorded at the frequency D", id="finer"
            ),
            pytest.param(
                [(RELATED, PRICES, days("a", 12), {"DataFrequency": "W"})],
                {},
                "the related time series are recorded at the frequency W",
                id="mixed frequencies",
            ),
            pytest.param(
                [],
                {"dimensions": ["shop"]},
                "'shop' is no dimension of the target time series; its dimensions are: none",
                id="unknown dimension",
            ),
            pytest.param(
                [(RELATED, [*PRICES, ("weather", "string")], "a,2024-01-01,1,sun\n", {})],
                {},
                "attributes in its schema must be integer or float, or be forecast dimensions",
                id="feature that is no number",
            ),
        ],
    )
    def test_what_no_data_could_mend_is_refused(self, market, others, asked, says):
        target = market.stocked(days("a", 10))
        datasets = [target, *(market.stocked(text, kind, of, **more) for kind, of, text, more in others)]
        code, message = error_of(self.start, market=market, datasets=datasets, **asked)
        assert (code, says in message) == ("InvalidInputException", True), message

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            pytest.param(
                days("a", 12),
                "1 of 2 target time series are missing in the related time series, which must have all of"
                " them: item_id 'b'",
                id="item missing in related series",
            ),
            pytest.param(
                days("a", 12) + days("b", 11),
                "'price' of the related time series is missing 1 times, first for item_id 'b' at 2024-01-12",
                id="horizon not covered",
            ),
            pytest.param(
                days("a", 12) + days("b", 12).replace("b,2024-01-04,1\n", ""),
                "first for item_id 'b' at 2024-01-04 00:00:00; name a middlefill for it",
                id="gap",
            ),
        ],
    )
    def test_what_the_rows_show_fails_it(self, market, text, says):
        target = market.stocked(days("a", 10) + days("b", 10))
        predictor = self.start(market, [target, market.stocked(text, RELATED)])
        market.running.run_jobs()
        found = market.forecast.describe_predictor(PredictorArn=predictor)
        assert (found["Status"], says in found["Message"]) == ("CREATE_FAILED", True), found["Message"]
