"""A seller's series on a server: datasets, imports and dataset groups in a call each."""

from collections.abc import Sequence

ROLE = "arn:aws:iam::000000000000:role/r"
BUCKET = "market"
TARGET, RELATED, METADATA = "TARGET_TIME_SERIES", "RELATED_TIME_SERIES", "ITEM_METADATA"
SERIES = [("item_id", "string"), ("timestamp", "timestamp"), ("target_value", "float")]
PRICES = [("item_id", "string"), ("timestamp", "timestamp"), ("price", "float")]
ITEMS = [("item_id", "string"), ("category", "string")]
SCHEMAS = {TARGET: SERIES, RELATED: PRICES, METADATA: ITEMS}


def schema(attributes: Sequence[tuple[str, str]]):
    return {"Attributes": [{"AttributeName": name, "AttributeType": kind} for name, kind in attributes]}


class Market:
    """Clients of a running server, in this process or not, and what tests do with them."""

    def __init__(self, running):
        self.running = running
        self.forecast = running.client("forecast")
        self.s3 = running.client("s3")
        self.s3.create_bucket(Bucket=BUCKET)
        self.n_made = 0

    def name(self):
        self.n_made += 1
        return f"made{self.n_made}"

    def put(self, key: str, data: str | bytes):
        """Upload a file; where it is."""
        body = data.encode() if isinstance(data, str) else data
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def dataset(self, kind=TARGET, attributes=None, name="", **more):
        request = {"Domain": "CUSTOM", "DatasetType": kind, "Schema": schema(attributes or SCHEMAS[kind])}
        if kind != METADATA:
            request["DataFrequency"] = "D"
        return self.forecast.create_dataset(DatasetName=name or self.name(), **(request | more))["DatasetArn"]

    def begin(self, dataset: str, path: str, **more):
        """An import job that has not been done yet."""
        request = {
            "DatasetImportJobName": self.name(),
            "DatasetArn": dataset,
            "DataSource": {"S3Config": {"Path": path, "RoleArn": ROLE}},
            "TimestampFormat": "yyyy-MM-dd",
        }
        return self.forecast.create_dataset_import_job(**(request | more))["DatasetImportJobArn"]

    def load(self, dataset: str, data: str | bytes, key="", **more):
        """An import job of one file, done; as it is described."""
        arn = self.begin(dataset, self.put(key or f"{self.name()}.csv", data), **more)
        self.running.run_jobs()
        return self.described(arn)

    def described(self, import_job: str):
        return self.forecast.describe_dataset_import_job(DatasetImportJobArn=import_job)

    def failure(self, dataset: str, data: str | bytes, **more):
        """Why an import of one file failed."""
        found = self.load(dataset, data, **more)
        assert found["Status"] == "CREATE_FAILED", found
        return found["Message"]

    def stocked(self, data: str, kind=TARGET, attributes=None, **more):
        """A dataset with rows."""
        arn = self.dataset(kind, attributes, **more)
        assert self.load(arn, data)["Status"] == "ACTIVE"
        return arn

    def group(self, *datasets: str, **more):
        request = {"DatasetGroupName": self.name(), "Domain": "CUSTOM", "DatasetArns": list(datasets)} | more
        return self.forecast.create_dataset_group(**request)["DatasetGroupArn"]
