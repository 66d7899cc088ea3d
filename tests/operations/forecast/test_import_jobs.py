"""Forecast's dataset import jobs through boto3."""

import pytest
from botocore.exceptions import ClientError

from ...market import METADATA, SERIES

DAYS = "a,2024-01-01,1\na,2024-01-02,2.5\nb,2024-01-01,\n"


def error_of(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


class TestOne:
    def test_it_is_described_as_it_was_asked_for_and_done(self, market):
        dataset = market.dataset(name="sales")
        path = market.put("days.csv", DAYS)
        arn = market.begin(dataset, path, DatasetImportJobName="one")
        assert arn.endswith(":dataset-import-job/sales/one")
        assert market.described(arn)["Status"] == "CREATE_PENDING"
        market.running.run_jobs()
        found = market.described(arn)
        assert (found["Status"], found["Format"], found["ImportMode"]) == ("ACTIVE", "CSV", "FULL")
        assert (found["DatasetArn"], found["TimestampFormat"]) == (dataset, "yyyy-MM-dd")
        assert found["UseGeolocationForTimeZone"] is False
        assert found["DataSource"]["S3Config"]["Path"] == path

    def test_it_tells_figures_of_each_attribute(self, market):
        found = market.load(market.dataset(), DAYS + "b,2024-01-02,NaN\n")["FieldStatistics"]
        counts = {"Count": 4, "CountDistinct": 2, "CountNull": 0}
        longs = {"CountLong": 4, "CountDistinctLong": 2, "CountNullLong": 0}
        assert found["item_id"] == counts | longs
        assert found["timestamp"] == counts | longs | {
            "Min": "2024-01-01T00:00:00Z",
            "Max": "2024-01-02T00:00:00Z",
        }
        assert found["target_value"] == {
            "Count": 4,
            "CountDistinct": 2,
            "CountNull": 1,
            "CountNan": 1,
            "CountLong": 4,
            "CountDistinctLong": 2,
            "CountNullLong": 1,
            "CountNanLong": 1,
            "Min": "1.0",
            "Max": "2.5",
            "Avg": 1.75,
            "Stddev": 0.75,
        }

    def test_its_name_is_free_in_another_dataset(self, market):
        first, second = market.dataset(), market.dataset()
        assert market.load(first, DAYS, DatasetImportJobName="same")["Status"] == "ACTIVE"
        assert market.load(second, DAYS, DatasetImportJobName="same")["Status"] == "ACTIVE"
        code, message = error_of(market.load, dataset=first, data=DAYS, DatasetImportJobName="same")
        assert code == "ResourceAlreadyExistsException"
        assert "dataset-import-job/" in message


class TestTimes:
    @pytest.mark.parametrize(
        ("frequency", "text", "status"),
        [
            ("D", "yyyy-MM-dd", 1),
            ("2W", "yyyy-MM-dd HH:mm:ss", 0),
            ("H", "yyyy-MM-dd hh:mm:ss", 0),
        ],
    )
    def test_formats_that_fit_a_frequency(self, market, frequency, text, status):
        dataset = market.dataset(DataFrequency=frequency)
        data = DAYS if status else DAYS.replace("-01,", "-01 13:00:00,").replace("-02,", "-02 0:00:00,")
        assert market.load(dataset, data, TimestampFormat=text)["Status"] == "ACTIVE"

    @pytest.mark.parametrize(("frequency", "text"), [("H", "yyyy-MM-dd"), ("D", "dd.MM.yyyy")])
    def test_formats_that_do_not(self, market, frequency, text):
        dataset = market.dataset(DataFrequency=frequency)
        code, message = error_of(market.begin, dataset=dataset, path="s3://b/x.csv", TimestampFormat=text)
        assert code == "InvalidInputException"
        assert text in message
        assert "yyyy-MM-dd HH:mm:ss" in message


class TestFiles:
    @pytest.mark.parametrize(
        "text",
        [
            "item_id,timestamp,target_value\na,2024-01-01,1\n",
            "\ufeffSKU, day, qty\r\na, 2024-01-01, 1\r\n",
            "\ufeffa,2024-1-1,1\n",
            '"a","2024-01-01","1"',
        ],
    )
    def test_whether_a_csv_has_a_header_is_found_out(self, market, text):
        found = market.load(market.dataset(), text)
        assert found["Status"] == "ACTIVE", found
        assert found["FieldStatistics"]["item_id"]["Count"] == 1
        assert found["FieldStatistics"]["timestamp"]["Max"] == "2024-01-01T00:00:00Z"

    def test_a_header_of_metadata_is_known_by_the_names_of_the_schema(self, market):
        found = market.load(market.dataset(METADATA), "\ufeffitem_id,type\nclient_0,A\nclient_1,A\n")
        assert found["FieldStatistics"]["item_id"]["Count"] == 2

    def test_item_ids_keep_their_zeros(self, market):
        arn = market.dataset(attributes=[SERIES[1], SERIES[0], SERIES[2]])
        assert (
            market.load(arn, "2024-01-01,007,1\n2024-01-01,7,1\n")["FieldStatistics"]["item_id"][
                "CountDistinct"
            ]
            == 2
        )
