"""Forecast's datasets: one type of data of one domain, shared by dataset groups."""

from presage.errors import InvalidInputException
from presage.resources.record import Record
from presage.resources.states import RESTING, Motion, State
from presage.tables.forecast.schema import check_frequency, check_schema
from presage.works.forecast.sources import IMPORT_JOB

from ..kinds import Kind, Move
from ..lifecycle import create
from ..server import Server
from ..views import Answer, Request

_SHOWN = {(State.NONE, Motion.CREATE), (State.FAILED, Motion.NONE)}
"""How the newest import stands whose Status a dataset shows."""


def drop_rows(server: Server, record: Record) -> None:
    """Before a dataset is forgotten: its rows go."""
    if "_folder" in record.body:
        server.stores.table(record).delete()


def show_import(server: Server, record: Record) -> Answer:
    """A dataset's Status tells how the newest import stands while that is under way, and if it failed."""
    imports = server.records.of_kind(KIND.service, IMPORT_JOB, parent=record.arn, limit=1)
    if record.motion or not imports or (imports[0].state, imports[0].motion) not in _SHOWN:
        return {}
    status = KIND.dialect.spell(imports[0])
    return {"Status": status.replace(Motion.CREATE, Motion.UPDATE)}


KIND = Kind(
    service="forecast",
    name="Dataset",
    arn="dataset/{name}",
    moves={Motion.CREATE: Move(at_once=True), Motion.DELETE: Move(since=RESTING, work=drop_rows)},
    blocked_by=("DatasetImportJob", "Predictor"),
    show=show_import,
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
