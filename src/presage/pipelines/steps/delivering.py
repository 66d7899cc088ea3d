"""The step that delivers: a message to each user of an audience, once a period however often it is done."""

from functools import partial
from typing import Any

from presage.deliveries import DeliveryError, Means, Spec, databases_of, deliver, read_file, read_spec
from presage.deliveries.kept import find_spec
from presage.errors import shown
from presage.pipelines.language.faults import PERMISSIONS, RUNTIME, TASK_FAILED, StateError
from presage.pipelines.tasks import Call
from presage.works.audience import users_of

from . import places
from .checking import is_open
from .clients import SERVICES, Tools

EXPORT = "personalize:CreateDatasetExportJob"
"""The right to the rows of a dataset."""
_BY_CLIENT = {client: service for service, (client, _) in SERVICES.items()}


def deliver_messages(tools: Tools, call: Call) -> dict[str, Any]:
    """Send a delivery: what the step is told, or the `file` that it names. Raises StateError."""
    spec = _spec(tools, call.arguments)
    means = Means(
        engine=tools.stores.engine,
        client=lambda name: tools.clients.of(_BY_CLIENT[name]),
        clock=tools.clock,
        channels=tools.config.channels,
        databases=tools.config.databases,
        users_of=partial(_users_of, tools),
    )

    def report(step: str, done: float) -> None:
        call.tell(f"{step} {done:.0%}")

    try:
        outcome = deliver(spec, means, report)
    except DeliveryError as error:
        raise StateError(TASK_FAILED, str(error)) from None
    return {"delivery": outcome.delivery, "period": outcome.period, "counts": outcome.counts}


def check_delivery(told: Any) -> None:
    """Raise ValueError unless the step can be told this, as far as it stands there."""
    if isinstance(told, dict) and set(told) in ({"file"}, {"name"}):
        ((member, value),) = told.items()
        if not isinstance(value, str) or not value:
            raise ValueError(f"{member} is {shown(value)}; it must be a text")
    elif not is_open(told):
        read_spec(told)


def _users_of(tools: Tools, group: str, expression: str) -> list[dict[str, Any]]:
    """Users whom a filter lets through, if the run's access key may have the rows of a dataset.

    Raises StateError, DeliveryError.
    """
    key = tools.clients.key and tools.stores.keys.find(tools.clients.key[0])
    if tools.clients.key and not (key and key.may(EXPORT)):
        raise StateError(
            PERMISSIONS, f"the run's access key may not {EXPORT}, as an audience by filter needs"
        )
    return users_of(tools.stores, group, expression)


def _spec(tools: Tools, told: Any) -> Spec:
    """The delivery that a step is told: whole, by the name under which it is kept, or by its file.

    Raises StateError.
    """
    try:
        if isinstance(told, dict) and set(told) == {"file"}:
            return read_file(places.file_of(tools, str(told["file"])))
        if isinstance(told, dict) and set(told) == {"name"}:
            return find_spec(tools.stores.records, str(told["name"]))
        spec = read_spec(told)
    except (ValueError, OSError) as error:
        raise StateError(RUNTIME, str(error)) from None
    for database in () if tools.is_local else databases_of(spec):
        places.database_url(tools, database)
    return spec
