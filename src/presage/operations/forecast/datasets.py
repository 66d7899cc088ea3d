"""Forecast's datasets: one type of data of one domain, shared by dataset groups."""

from presage.errors import InvalidInputException
from presage.resources.record import Record
from presage.resources.states import RESTING, Motion
from presage.tables.forecast.schema import check_frequency, check_schema

from ..kinds import Kind, Move
from ..lifecycle import create
from ..server import Server
from ..views import Answer, Request


def drop_rows(server: Server, record: Record) -> None:
    """Before a dataset is forgotten: its rows go."""
    if "_folder" in record.body:
        server.stores.table(record).delete()


KIND = Kind(
    service="forecast",
    name="Dataset",
    arn="dataset/{name}",
    moves={Motion.CREATE: Move(at_once=True), Motion.DELETE: Move(since=RESTING, work=drop_rows)},
    blocked_by=("DatasetImportJob",),
)


def create_dataset(server: Server, request: Request) -> Answer:
    """CreateDataset: an empty dataset, shaped by its domain, type and schema."""
    dataset_type = request["DatasetType"]
    try:
        check_schema(request["Domain"], dataset_type, request["Schema"].get("Attributes", ()))
        check_frequency(dataset_type, request.get("DataFrequency"))
    except ValueError as error:
        raise InvalidInputException(f"Invalid schema: {error}") from None
    return {"DatasetArn": create(server, KIND, request).arn}
