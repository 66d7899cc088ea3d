"""Forecast's dataset import jobs through boto3."""

import io
from contextlib import nullcontext
from datetime import date, timedelta
from unittest.mock import patch

import polars as pl
import pytest
from botocore.exceptions import ClientError

from presage.recipes.data import silent
from presage.works import driver

from ...market import METADATA, ROLE, SERIES

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

    def test_all_files_below_a_folder_are_read_each_with_or_without_a_header(self, market):
        market.put("parts/one.csv", "item_id,timestamp,target_value\na,2024-01-01,1\n")
        market.put("parts/more/two.csv", "b,2024-01-01,1\n")
        market.put("parts/_SUCCESS", "")
        arn = market.begin(market.dataset(), "s3://market/parts/")
        market.running.run_jobs()
        found = market.described(arn)
        assert (found["Status"], found["FieldStatistics"]["item_id"]["Count"]) == ("ACTIVE", 2)

    def test_item_ids_keep_their_zeros(self, market):
        arn = market.dataset(attributes=[SERIES[1], SERIES[0], SERIES[2]])
        assert (
            market.load(arn, "2024-01-01,007,1\n2024-01-01,7,1\n")["FieldStatistics"]["item_id"][
                "CountDistinct"
            ]
            == 2
        )


def rows(n):
    return "".join(f"a,2024-01-{day:02},{day}\n" for day in range(1, n + 1))


class TestModes:
    def test_an_incremental_import_adds_and_takes_the_settings_of_those_before(self, market):
        dataset = market.stocked(rows(2))
        path = market.put("more.csv", "a,2024-01-02,9\na,2024-01-03,9\n")
        request = {"DatasetImportJobName": "more", "DatasetArn": dataset, "ImportMode": "INCREMENTAL"}
        request["DataSource"] = {"S3Config": {"Path": path, "RoleArn": ROLE}}
        arn = market.forecast.create_dataset_import_job(**request)["DatasetImportJobArn"]
        market.running.run_jobs()
        found = market.described(arn)
        assert (found["Status"], found["TimestampFormat"]) == ("ACTIVE", "yyyy-MM-dd")
        assert found["FieldStatistics"]["item_id"]["Count"] == 2

    def test_the_first_import_must_be_full_and_later_ones_like_it(self, market):
        dataset = market.dataset()
        path = market.put("x.csv", rows(1))
        code, message = error_of(market.begin, dataset=dataset, path=path, ImportMode="INCREMENTAL")
        assert (code, "must be FULL" in message) == ("InvalidInputException", True)
        market.load(dataset, rows(1))
        code, message = error_of(
            market.begin, dataset=dataset, path=path, ImportMode="INCREMENTAL", Format="PARQUET"
        )
        assert (code, "Format is 'PARQUET'" in message) == ("InvalidInputException", True)

    def test_a_dataset_grows_with_each_import(self, market):
        dataset = market.dataset()
        first = market.load(dataset, rows(9))["DataSize"]
        assert 0 < first < 1e-5
        assert market.load(dataset, rows(9), ImportMode="INCREMENTAL")["DataSize"] > first


class TestParquet:
    def frame(self, kind):
        days = pl.Series([date(2024, 1, 1), date(2024, 1, 2)]).cast(kind)
        return pl.DataFrame(
            {"target_value": [1, 2], "timestamp": days, "item_id": ["a", "a"], "more": [0, 0]}
        )

    def parquet(self, frame):
        file = io.BytesIO()
        frame.write_parquet(file)
        return file.getvalue()

    @pytest.mark.parametrize("kind", [pl.String, pl.Date, pl.Datetime("ns")])
    @pytest.mark.parametrize("key", ["plain", "named.pqt"])
    def test_columns_are_found_by_name_and_times_may_have_a_type(self, market, kind, key):
        data = self.parquet(self.frame(kind))
        found = market.load(market.dataset(), data, key=key, Format="PARQUET")
        assert found["Status"] == "ACTIVE", found
        assert found["FieldStatistics"]["timestamp"]["Max"] == "2024-01-02T00:00:00Z"

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (lambda frame: frame.drop("timestamp"), "missing the following columns:[timestamp]"),
            (lambda frame: frame.with_columns(target_value=pl.lit("much")), "target_value must be a number"),
            (lambda frame: frame.with_columns(timestamp=pl.lit("soon")), "row 1, column timestamp: 'soon'"),
        ],
    )
    def test_what_is_wrong_is_named(self, market, change, says):
        data = self.parquet(change(self.frame(pl.String)))
        assert says in market.failure(market.dataset(), data, Format="PARQUET")

    def test_csv_is_no_parquet_and_parquet_no_csv(self, market):
        assert "not Parquet" in market.failure(market.dataset(), rows(1), Format="PARQUET")
        data = self.parquet(self.frame(pl.String))
        assert "Parquet, not CSV" in market.failure(market.dataset(), data, key="x.parquet")


PLACES = [*SERIES, ("place", "geolocation")]


class TestPlaces:
    @pytest.mark.parametrize(
        ("written", "cells", "says"),
        [
            ("LAT_LONG", ("47.61_-122.33", "40_-100.5"), ""),
            ("CC_POSTALCODE", ("US_98121", "US_00501"), ""),
            ("LAT_LONG", ("47.61,-122.33",), "5 columns"),
            ("LAT_LONG", ("47.61_-122.33", "US_98121"), "line 2, column place: 'US_98121'"),
            (
                "LAT_LONG",
                ("47.61_-122.33", "40_-100.5", "48.8_2.3"),
                "place '48.8_2.3' is not in the region US",
            ),
            ("CC_POSTALCODE", ("CA_98121",), "US_ and 5 digits"),
        ],
    )
    def test_they_are_of_the_format_and_in_one_region(self, market, written, cells, says):
        text = "".join(f"a,2024-01-01,1,{cell}\n" for cell in cells)
        dataset = market.dataset(attributes=PLACES)
        found = market.load(dataset, text, GeolocationFormat=written)
        if says:
            assert says in found["Message"]
        else:
            assert (found["Status"], found["GeolocationFormat"]) == ("ACTIVE", written)

    @pytest.mark.parametrize(
        ("more", "says"),
        [
            ({"TimeZone": "Mars/Olympus"}, "TimeZone is 'Mars/Olympus'"),
            ({"GeolocationFormat": "PLUS_CODE"}, "LAT_LONG or CC_POSTALCODE"),
            ({"UseGeolocationForTimeZone": True}, "no attribute of type geolocation"),
            ({"UseGeolocationForTimeZone": True, "TimeZone": "EST"}, "give one of the two"),
        ],
    )
    def test_zones_and_formats_are_checked(self, market, more, says):
        code, message = error_of(market.begin, dataset=market.dataset(), path="s3://b/x.csv", **more)
        assert (code, says in message) == ("InvalidInputException", True), message

    def test_a_zone_is_kept(self, market):
        assert market.load(market.dataset(), rows(1), TimeZone="America/Los_Angeles")["TimeZone"].endswith(
            "les"
        )


class TestWhileOneRuns:
    def test_its_dataset_says_how_it_stands_and_when_it_changed(self, own_market):
        def stands():
            found = own_market.forecast.describe_dataset(DatasetArn=dataset)
            return found["Status"], found["LastModificationTime"] - found["CreationTime"]

        dataset = own_market.dataset()
        arn = own_market.begin(dataset, own_market.put("x.csv", rows(1)))
        assert stands()[0] == "UPDATE_PENDING"
        own_market.running.clock.now += 60
        own_market.running.run_jobs()
        assert stands() == ("ACTIVE", timedelta(minutes=1))
        own_market.failure(dataset, "a\n")
        assert stands()[0] == "UPDATE_FAILED"
        assert own_market.load(dataset, rows(1))["Status"] == "ACTIVE"
        assert stands()[0] == "ACTIVE"
        assert own_market.described(arn)["Status"] == "ACTIVE"

    def test_it_was_changed_last_when_it_was_made_then_just_now_then_when_it_ended(self, own_market):
        def changed():
            found = own_market.described(arn)
            return found["LastModificationTime"] - found["CreationTime"]

        def look(stores, record, report):
            own_market.running.clock.now += 30
            assert own_market.described(arn)["Status"] == "CREATE_IN_PROGRESS"
            told.append(changed())
            return {}

        told = []
        arn = own_market.begin(own_market.dataset(), own_market.put("x.csv", rows(1)))
        own_market.running.clock.now += 30
        assert changed() == timedelta(0)
        with patch.object(driver, "open_stores", lambda _: nullcontext(own_market.running.stores)):
            driver.driven(look)(own_market.running.stores.config, arn, silent)
        own_market.running.clock.now += 30
        assert told == [timedelta(seconds=60)]
        assert changed() == timedelta(seconds=60)

    def test_another_is_refused_for_its_dataset_and_more_than_three_for_all(self, own_market):
        path = own_market.put("x.csv", rows(1))
        dataset = own_market.dataset()
        own_market.begin(dataset, path)
        code, message = error_of(own_market.begin, dataset=dataset, path=path)
        assert (code, "being imported into" in message) == ("ResourceInUseException", True)
        for _ in range(2):
            own_market.begin(own_market.dataset(), path)
        assert error_of(own_market.begin, dataset=own_market.dataset(), path=path) == (
            "LimitExceededException",
            "Quota limit of 3 concurrently creating dataset import jobs has been reached",
        )

    def test_no_predictor_is_made_of_its_dataset(self, own_market):
        dataset = own_market.stocked(rows(9))
        group = own_market.group(dataset)
        own_market.begin(dataset, own_market.put("x.csv", rows(1)))
        code, message = error_of(
            own_market.forecast.create_auto_predictor,
            PredictorName="p",
            ForecastHorizon=1,
            ForecastFrequency="D",
            DataConfig={"DatasetGroupArn": group},
        )
        assert (code, dataset in message) == ("ResourceInUseException", True)


class TestLists:
    def test_they_are_filtered_by_dataset_and_status(self, own_market):
        def names(*filters):
            asked = [dict(zip(("Key", "Value", "Condition"), one, strict=True)) for one in filters]
            found = own_market.forecast.list_dataset_import_jobs(Filters=asked)["DatasetImportJobs"]
            return [one["DatasetImportJobName"] for one in found]

        first, second = own_market.dataset(), own_market.dataset()
        own_market.load(first, rows(1), DatasetImportJobName="good")
        own_market.load(second, rows(1), DatasetImportJobName="fine")
        own_market.failure(second, "a\n", DatasetImportJobName="bad")
        assert names() == ["bad", "fine", "good"]
        assert names(("DatasetArn", second, "IS")) == ["bad", "fine"]
        assert names(("DatasetArn", second, "IS"), ("Status", "ACTIVE", "IS_NOT")) == ["bad"]
        assert names(("Status", "CREATE_FAILED", "IS_NOT")) == ["fine", "good"]
        code, message = error_of(
            own_market.forecast.list_dataset_import_jobs,
            Filters=[{"Key": "Kind", "Value": "x", "Condition": "IS"}],
        )
        assert (code, "DatasetArn" in message) == ("InvalidInputException", True)

    def test_a_summary_has_what_clients_sort_by(self, own_market):
        own_market.load(own_market.dataset(), rows(1))
        (found,) = own_market.forecast.list_dataset_import_jobs()["DatasetImportJobs"]
        assert {"CreationTime", "LastModificationTime", "Status", "DataSource", "ImportMode"} <= found.keys()


def test_key_and_role_are_those_of_the_dataset(own_market):
    key = "arn:aws:kms:us-east-1:000000000000:key/k"
    dataset = own_market.dataset(EncryptionConfig={"RoleArn": ROLE, "KMSKeyArn": key})
    code, message = error_of(own_market.begin, dataset=dataset, path="s3://b/x.csv")
    assert (code, key in message) == ("InvalidInputException", True)
    source = {"S3Config": {"Path": "s3://b/x.csv", "RoleArn": ROLE, "KMSKeyArn": key}}
    own_market.begin(dataset, "", DataSource=source)


def test_a_dataset_goes_once_its_imports_and_predictors_are_gone(own_market):
    dataset = own_market.dataset()
    job = own_market.load(dataset, rows(1))["DatasetImportJobArn"]
    stores = own_market.running.stores
    folder = stores.config.data / "tables" / stores.records.expect(dataset)["_folder"]
    assert folder.is_dir()
    code, message = error_of(own_market.forecast.delete_dataset, DatasetArn=dataset)
    assert (code, job in message) == ("ResourceInUseException", True)
    own_market.forecast.delete_dataset_import_job(DatasetImportJobArn=job)
    own_market.forecast.delete_dataset(DatasetArn=dataset)
    assert not folder.exists()
    assert error_of(own_market.forecast.delete_dataset, DatasetArn=dataset)[0] == "ResourceNotFoundException"
