"""Forecast's dataset import jobs: CSV or Parquet from S3 into a dataset, one at a time."""

from functools import partial
from uuid import uuid4

from presage.errors import InvalidInputException, ResourceInUseException
from presage.resources.records import Writer
from presage.resources.states import Motion
from presage.tables.forecast.layout import FORMATS, SECOND
from presage.tables.forecast.schema import METADATA

from ..kinds import GOES, Kind, Move
from ..lifecycle import create, find
from ..server import Server
from ..views import Answer, Request
from . import datasets

KIND = Kind(
    service="forecast",
    name="DatasetImportJob",
    arn="dataset-import-job/{DatasetArn}/{name}",
    refers={"DatasetArn": "Dataset"},
    moves={Motion.CREATE: Move(job="import-series", in_order_of="DatasetArn"), Motion.DELETE: GOES},
    most_under_way=3,
)


def create_dataset_import_job(server: Server, request: Request) -> Answer:
    """CreateDatasetImportJob: queue the import; FULL replaces earlier imports, INCREMENTAL adds."""
    dataset = find(server.records, datasets.KIND, request["DatasetArn"])
    body = {
        "TimestampFormat": request.get("TimestampFormat", SECOND).replace("hh", "HH"),
        "UseGeolocationForTimeZone": request.get("UseGeolocationForTimeZone", False),
        "Format": request.get("Format", "CSV"),
        "ImportMode": request.get("ImportMode", "FULL"),
    }
    _check_times(dataset["DatasetType"], dataset.get("DataFrequency", ""), body["TimestampFormat"])
    record = create(server, KIND, request, body, check=partial(_begin, dataset.arn))
    return {"DatasetImportJobArn": record.arn}


def _check_times(dataset_type: str, frequency: str, timestamp_format: str) -> None:
    """Raise InvalidInputException unless times of a format can tell the steps of a frequency apart."""
    is_by_day = frequency.endswith(("D", "W", "M", "Y"))
    accepted = list(FORMATS) if is_by_day or dataset_type == METADATA else [SECOND]
    if timestamp_format not in accepted:
        raise InvalidInputException(
            f"TimestampFormat is {timestamp_format!r}; it must be {' or '.join(accepted)}"
            f" for a dataset with the DataFrequency {frequency or 'none'}"
        )


def _begin(arn: str, records: Writer) -> None:
    """Raise ResourceInUseException if something is imported into the dataset; give its rows a place."""
    dataset = find(records, datasets.KIND, arn)
    for other in records.children(arn, KIND.name, under_way=True):
        if other.motion == Motion.CREATE:
            raise ResourceInUseException(
                f"{arn} is being imported into by {other.arn}; wait until it is ACTIVE, or stop that job"
            )
    if "_folder" not in dataset.body:
        records.change(arn, _folder=uuid4().hex)
