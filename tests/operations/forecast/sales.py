"""Daily sales of a few items in two towns, on a server: what tests of predictors and forecasts need."""

import time
from datetime import date, timedelta
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

N_DAYS, HORIZON = 60, 7
ITEMS, TOWNS = ("hat", "shoe", "0042"), ("Bern", "Genève")
FIRST = date(2024, 1, 1)
ROLE = "arn:aws:iam::000000000000:role/r"
SERIES = [("item_id", "string"), ("timestamp", "timestamp"), ("demand", "float"), ("location", "string")]
ENDED = ("ACTIVE", "CREATE_FAILED", "CREATE_STOPPED")
PRICES = [("item_id", "string"), ("timestamp", "timestamp"), ("price", "float")]
NPTS = "arn:aws:forecast:::algorithm/NPTS"
TREES = "arn:aws:forecast:::algorithm/presage-lightgbm"
NAIVE = "arn:aws:forecast:::algorithm/presage-seasonal-naive"


def demand(item, town, day):
    """A week's shape, the level of an item, the weight of a town: whole numbers."""
    return (10 + 5 * item + (day % 7)) * (1 + town)


def rows(n_days=N_DAYS):
    """(item, day, demand, town) as text, each day of each series."""
    return [
        (item, str(FIRST + timedelta(days=day)), str(demand(i, t, day)), town)
        for day in range(n_days)
        for i, item in enumerate(ITEMS)
        for t, town in enumerate(TOWNS)
    ]


def price(item, day):
    """1 or 2: a price that changes at random, but the same each time."""
    return 1 + (item * 7919 + day * 104729) % 97 % 2


def priced_rows(n_days=N_DAYS):
    """(item, day, demand, town): twice the price, half the demand."""
    found = rows(n_days)
    return [
        (item, day, str(int(sold) // price(ITEMS.index(item), n // 6)), town)
        for n, (item, day, sold, town) in enumerate(found)
    ]


def prices(n_days=N_DAYS + HORIZON):
    """(item, day, price) as text, through the horizon."""
    return [
        (item, str(FIRST + timedelta(days=day)), str(price(i, day)))
        for day in range(n_days)
        for i, item in enumerate(ITEMS)
    ]


def csv(table):
    return "".join(",".join(row) + "\n" for row in table)


def schema(attributes):
    return {"Attributes": [{"AttributeName": name, "AttributeType": kind} for name, kind in attributes]}


def error_of(call, *given, **request):
    with pytest.raises(ClientError) as caught:
        call(*given, **request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


class Sales:
    """A dataset group with sales, and what is made from it; each has names of its own."""

    def __init__(self, server):
        self.server = server
        self.forecast, self.query, self.s3 = (server.client(n) for n in ("forecast", "forecastquery", "s3"))
        self.name = f"g{uuid4().hex[:8]}"
        self.bucket = f"b{uuid4().hex[:8]}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.group = self.forecast.create_dataset_group(DatasetGroupName=self.name, Domain="RETAIL")[
            "DatasetGroupArn"
        ]
        self.datasets = {}

    def path(self, key):
        return f"s3://{self.bucket}/{key}"

    def put(self, key, text):
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode())
        return {"S3Config": {"Path": self.path(key), "RoleArn": ROLE}}

    def dataset(self, kind="TARGET_TIME_SERIES", attributes=SERIES, **more):
        if kind != "ITEM_METADATA":
            more.setdefault("DataFrequency", "D")
        arn = self.forecast.create_dataset(
            DatasetName=f"{self.name}_{kind}",
            Domain="RETAIL",
            DatasetType=kind,
            Schema=schema(attributes),
            **more,
        )["DatasetArn"]
        self.datasets[kind] = arn
        self.forecast.update_dataset_group(DatasetGroupArn=self.group, DatasetArns=[*self.datasets.values()])
        return arn

    def start_import(self, text, kind="TARGET_TIME_SERIES", **more):
        request = {"TimestampFormat": "yyyy-MM-dd"} if kind != "ITEM_METADATA" else {}
        return self.forecast.create_dataset_import_job(
            DatasetImportJobName=f"i{uuid4().hex[:8]}",
            DatasetArn=self.datasets[kind],
            DataSource=self.put(f"{uuid4().hex[:8]}.csv", text),
            **{**request, **more},
        )["DatasetImportJobArn"]

    def import_(self, text, kind="TARGET_TIME_SERIES", **more):
        arn = self.start_import(text, kind, **more)
        self.wait(self.forecast.describe_dataset_import_job, DatasetImportJobArn=arn)
        return arn

    def stocked(self, table=None):
        """With a target time series."""
        self.dataset()
        self.import_(csv(table or rows()))
        return self

    def wait(self, describe, wanted="ACTIVE", seconds=60, **named):
        """What `describe` answers once it is at rest."""
        self.server.run_jobs()
        deadline = time.monotonic() + seconds
        while (found := describe(**named))["Status"] not in ENDED:
            assert time.monotonic() < deadline, found
            time.sleep(0.05)
        assert found["Status"] == wanted, found
        return found

    def start_predictor(self, algorithm=NAIVE, *, dimensions=("location",), frequency="D", extra=(), **more):
        request = {
            "PredictorName": f"p{uuid4().hex[:8]}",
            "AlgorithmArn": algorithm,
            "ForecastHorizon": HORIZON,
            "InputDataConfig": {
                "DatasetGroupArn": self.group,
                **({"SupplementaryFeatures": extra} if extra else {}),
            },
            "FeaturizationConfig": {
                "ForecastFrequency": frequency,
                **({"ForecastDimensions": list(dimensions)} if dimensions else {}),
            },
            **more,
        }
        given = {name: value for name, value in request.items() if value is not None}
        return self.forecast.create_predictor(**given)["PredictorArn"]

    def predictor(self, *args, **more):
        arn = self.start_predictor(*args, **more)
        self.wait(self.forecast.describe_predictor, PredictorArn=arn)
        return arn

    def start_auto(self, **more):
        request = {
            "PredictorName": f"a{uuid4().hex[:8]}",
            "ForecastHorizon": HORIZON,
            "ForecastFrequency": "D",
            "ForecastDimensions": ["location"],
            "DataConfig": {"DatasetGroupArn": self.group},
            **more,
        }
        given = {name: value for name, value in request.items() if value is not None}
        return self.forecast.create_auto_predictor(**given)["PredictorArn"]

    def start_forecast(self, predictor, **more):
        name = f"f{uuid4().hex[:8]}"
        return self.forecast.create_forecast(ForecastName=name, PredictorArn=predictor, **more)["ForecastArn"]

    def make_forecast(self, predictor, **more):
        arn = self.start_forecast(predictor, **more)
        self.wait(self.forecast.describe_forecast, ForecastArn=arn)
        return arn

    def ask(self, forecast, item="hat", town="Bern", **more):
        """Forecast type -> values of a series."""
        found = self.query.query_forecast(
            ForecastArn=forecast, Filters={"item_id": item, "location": town}, **more
        )["Forecast"]["Predictions"]
        return {name: [one["Value"] for one in points] for name, points in found.items()}

    def destination(self, folder):
        return {"S3Config": {"Path": self.path(folder), "RoleArn": ROLE}}

    def files(self, folder):
        """Name -> text of the files in a folder of the bucket."""
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=folder).get("Contents", [])
        keys = [one["Key"] for one in listed]
        return {
            key.removeprefix(folder): self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            for key in keys
        }
