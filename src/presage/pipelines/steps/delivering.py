"""The step that delivers: a message to each user of an audience, once a period however often it is done."""

from typing import Any

import msgspec

from presage.deliveries import DeliveryError, Means, Spec, deliver, read_file, read_spec
from presage.errors import shown
from presage.pipelines.language.faults import RUNTIME, TASK_FAILED, StateError
from presage.pipelines.tasks import Call

from . import places
from .clients import SERVICES, Tools

_BY_CLIENT = {client: service for service, (client, _) in SERVICES.items()}


def deliver_messages(tools: Tools, call: Call) -> dict[str, Any]:
    """Send a delivery: what the step is told, or the `file` that it names. Raises StateError."""
    spec = _spec(tools, call.arguments)
    means = Means(
        engine=tools.engine,
        client=lambda name: tools.clients.of(_BY_CLIENT[name]),
        clock=tools.clock,
        channels=tools.config.channels,
        databases=tools.config.databases,
    )

    def report(step: str, done: float) -> None:
        call.tell(f"{step} {done:.0%}")

    try:
        outcome = deliver(spec, means, report)
    except DeliveryError as error:
        raise StateError(TASK_FAILED, str(error)) from None
    return {"delivery": outcome.delivery, "period": outcome.period, "counts": outcome.counts}


def _spec(tools: Tools, told: Any) -> Spec:
    """The delivery that a step is told. Raises StateError."""
    try:
        if isinstance(told, dict) and set(told) == {"file"}:
            return read_file(places.file_of(tools, str(told["file"])))
        spec = read_spec(told)
    except (ValueError, OSError) as error:
        raise StateError(RUNTIME, str(error)) from None
    if not tools.is_local:
        _check_places(tools, msgspec.to_builtins(spec))
    return spec


def _check_places(tools: Tools, value: Any) -> None:
    """Raise StateError if a delivery that came through the door names a database or channel by its URL."""
    if isinstance(value, dict):
        if isinstance(value.get("database"), str):
            places.database_url(tools, value["database"])
        for channel in value.get("channels") or ():
            if "://" in str(channel):
                text = f"{shown(str(channel).partition('://')[0])}://... is a URL; name a channel"
                raise StateError(RUNTIME, f"{text} of [channels] in presage.toml")
        for one in value.values():
            _check_places(tools, one)
    elif isinstance(value, list):
        for one in value:
            _check_places(tools, one)
