"""Which function does what a resource names."""

import inspect
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any

import structlog
from msgspec.structs import fields

from presage.errors import Unavailable, few, shown
from presage.pipelines.language.faults import TASK_FAILED, StateError
from presage.pipelines.language.templates import ENDS
from presage.pipelines.tasks import Call, Work

from . import operations
from .clients import SERVICES, Tools

OWN = "presage:"
"""What the names of presage's own steps begin with."""
PUBLISH = ("arn:aws:states:::sns:publish", f"{operations.PREFIX}sns:publish")
STEPS: Mapping[str, tuple[str, str, str]] = {
    "extract": ("extracting", "extract", "Extract"),
    "import": ("training", "import_data", "Import"),
    "train": ("training", "train", "Train"),
    "deploy": ("training", "deploy", "Deploy"),
    "batch": ("training", "batch", "Batch"),
    "forecast": ("forecasting", "forecast", "Forecast"),
    "load": ("loading", "load", "Load"),
    "deliver": ("delivering", "deliver_messages", ""),
    "notify": ("notifying", "notify", "Notify"),
}
"""A step of presage's own -> its module, the function `(tools, call) -> result`, and what that is told."""
log = structlog.get_logger()


def check_task(resource: str, arguments: Any) -> None:
    """Raise ValueError if nothing does what a resource names, or not with these arguments.

    Parameters
    ----------
    arguments : a template; only the names of its members are looked at
    """
    if resource in PUBLISH:
        return
    if resource.startswith(OWN):
        name = resource.removeprefix(OWN)
        if name not in STEPS:
            raise ValueError(f"{shown(resource)} is no step; there are: {', '.join(STEPS)}")
        module, _, told = STEPS[name]
        declared = fields(_load(module, told)) if told else ()
        known = [field.encode_name for field in declared]
        needed = [field.encode_name for field in declared if field.required]
    elif resource.startswith(operations.PREFIX):
        _, operation = operations.operation_of(resource)
        known, needed = operations.members_of(operation)
    else:
        raise ValueError(
            f"{shown(resource)} is not done here; a task calls {operations.PREFIX}SERVICE:ACTION with one of "
            f"{', '.join(SERVICES)} or sns:publish, or {OWN}STEP with one of {', '.join(STEPS)}"
        )
    if known and isinstance(arguments, dict):
        _check_members(resource, [str(name).removesuffix(ENDS) for name in arguments], known, needed)


def _check_members(resource: str, given: list[str], known: list[str], needed: list[str]) -> None:
    if unknown := [name for name in given if name not in known]:
        raise ValueError(f"{resource} has no member {shown(unknown[0])}; it has {few(known)}")
    if missing := [name for name in needed if name not in given]:
        raise ValueError(f"{resource} lacks {', '.join(missing)}")


def work_with(tools: Tools) -> Work:
    """What does the tasks of a run."""

    async def work(asked: Call) -> Any:
        call = replace(asked, name=tools.named(asked.name))
        try:
            if call.resource.startswith(operations.PREFIX) and call.resource not in PUBLISH:
                return await operations.call_operation(tools.clients, call)
            name = "notify" if call.resource in PUBLISH else call.resource.removeprefix(OWN)
            function = _load(*STEPS[name][:2])
            if inspect.iscoroutinefunction(function):
                return await function(tools, call)
            return await tools.clients.beside(partial(function, tools, call))
        except (StateError, Unavailable):
            raise
        except Exception as error:
            log.exception("a step failed", resource=call.resource, run=tools.run)
            raise StateError(TASK_FAILED, f"{type(error).__name__}: {error}") from None

    return work


def _load(module: str, name: str) -> Any:
    return getattr(import_module(f"presage.pipelines.steps.{module}"), name)
