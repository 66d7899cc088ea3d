"""Forecast's dataset import jobs: CSV or Parquet from S3 into a dataset, one at a time."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from presage.errors import InvalidInputException, ResourceInUseException
from presage.resources.record import Record
from presage.resources.records import Writer
from presage.resources.states import Motion
from presage.tables.forecast.geolocation import FORMATS as GEOLOCATION_FORMATS
from presage.tables.forecast.layout import FORMATS, SECOND
from presage.tables.forecast.schema import GEOLOCATION, METADATA
from presage.works.forecast.sources import import_under_way, imports_of

from ..kinds import GOES, Kind, Move
from ..lifecycle import create, find
from ..server import Server
from ..views import Answer, Request
from . import datasets
from .remaining import remaining

KIND = Kind(
    service="forecast",
    name="DatasetImportJob",
    arn="dataset-import-job/{DatasetArn}/{name}",
    refers={"DatasetArn": "Dataset"},
    moves={Motion.CREATE: Move(job="import-series", in_order_of="DatasetArn"), Motion.DELETE: GOES},
    most_under_way=3,
    show=remaining,
)
DEFAULTS: Mapping[str, Any] = {
    "TimestampFormat": SECOND,
    "UseGeolocationForTimeZone": False,
    "Format": "CSV",
}
KEPT = (*DEFAULTS, "TimeZone", "GeolocationFormat")
"""What an INCREMENTAL import takes over from the FULL one before it, and must not change."""


def create_dataset_import_job(server: Server, request: Request) -> Answer:
    """CreateDatasetImportJob: queue the import; FULL replaces earlier imports, INCREMENTAL adds."""
    dataset = find(server.records, datasets.KIND, request["DatasetArn"])
    mode = request.get("ImportMode", "FULL")
    asked = {name: request[name] for name in KEPT if name in request}
    if "TimestampFormat" in asked:
        asked["TimestampFormat"] = asked["TimestampFormat"].replace("hh", "HH")
    before = _earlier(server, dataset, asked) if mode == "INCREMENTAL" else {}
    body = {**DEFAULTS, **before, **asked}
    _check_encryption(dataset, request["DataSource"]["S3Config"])
    _check_times(dataset, body["TimestampFormat"])
    _check_places(dataset, body)
    body = {**body, "ImportMode": mode}
    record = create(server, KIND, request, body, check=partial(_begin, dataset))
    return {"DatasetImportJobArn": record.arn}


def _earlier(server: Server, dataset: Record, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the imports that an INCREMENTAL one adds to; raises InvalidInputException."""
    imports = imports_of(server.records, dataset)
    if not imports:
        raise InvalidInputException(
            f"ImportMode is INCREMENTAL; the first import into {dataset.arn} must be FULL"
        )
    earlier = {name: imports[0][name] for name in KEPT if name in imports[0].body}
    for name, value in asked.items():
        if earlier.get(name) != value:
            raise InvalidInputException(
                f"{name} is {value!r}; an INCREMENTAL import must have the same as those that it adds to:"
                f" {earlier.get(name)!r}"
            )
    return earlier


def _check_encryption(dataset: Record, source: Mapping[str, str]) -> None:
    """Raise InvalidInputException unless key and role are those of the dataset, where it names any."""
    for name, value in dataset.get("EncryptionConfig", {}).items():
        if source.get(name) != value:
            raise InvalidInputException(
                f"S3Config has the {name} {source.get(name)!r}; it must be that of the EncryptionConfig of"
                f" {dataset.arn}: {value!r}"
            )


def _check_times(dataset: Record, timestamp_format: str) -> None:
    """Raise InvalidInputException unless times of a format can tell the steps of a dataset apart."""
    frequency = dataset.get("DataFrequency", "")
    is_by_day = frequency.endswith(("D", "W", "M", "Y")) or dataset["DatasetType"] == METADATA
    accepted = list(FORMATS) if is_by_day else [SECOND]
    if timestamp_format not in accepted:
        raise InvalidInputException(
            f"TimestampFormat is {timestamp_format!r}; it must be {' or '.join(accepted)}"
            f" for a dataset with the DataFrequency {frequency or 'none'}"
        )


def _check_places(dataset: Record, body: Mapping[str, Any]) -> None:
    """Raise InvalidInputException for a time zone or a format of places that is none, or has no use."""
    zone, places = body.get("TimeZone"), body.get("GeolocationFormat")
    if zone is not None and not _is_zone(zone):
        raise InvalidInputException(
            f"TimeZone is {zone!r}; it must be one of the time zone database, such as America/Los_Angeles"
        )
    if places is not None and places not in GEOLOCATION_FORMATS:
        raise InvalidInputException(
            f"GeolocationFormat is {places!r}; it must be {' or '.join(GEOLOCATION_FORMATS)}"
        )
    if not body["UseGeolocationForTimeZone"]:
        return
    if zone is not None:
        raise InvalidInputException(
            f"TimeZone is {zone!r} and UseGeolocationForTimeZone is true; give one of the two"
        )
    types = {one["AttributeType"] for one in dataset["Schema"]["Attributes"]}
    if GEOLOCATION not in types:
        raise InvalidInputException(
            f"UseGeolocationForTimeZone is true, but {dataset.arn} has no attribute of type {GEOLOCATION}"
        )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _begin(dataset: Record, records: Writer) -> None:
    """Raise ResourceInUseException if something is imported into the dataset; give its rows a place."""
    if other := import_under_way(records, dataset):
        raise ResourceInUseException(
            f"{dataset.arn} is being imported into by {other.arn}; wait until it is ACTIVE, or stop that job"
        )
    if "_folder" not in find(records, datasets.KIND, dataset.arn).body:
        records.change(dataset.arn, _folder=uuid4().hex)
