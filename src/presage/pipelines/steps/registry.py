"""Which function does what a resource names."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any

import structlog
from msgspec import UNSET

from presage.errors import Unavailable, shown
from presage.pipelines.language.faults import TASK_FAILED, StateError
from presage.pipelines.tasks import Call, Work

from . import checking, operations
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
    "deliver": ("delivering", "deliver_messages", "check_delivery"),
    "notify": ("notifying", "notify", "Notify"),
}
"""A step of presage's own -> its module, the function `(tools, call) -> result`, and what that is told: a
structure, or a function that raises ValueError for what cannot be told."""
PUBLISHES = ("notifying", "notify", "Publish")
log = structlog.get_logger()


def check_task(resource: str, arguments: Any) -> None:
    """Raise ValueError if nothing does what a resource names, or not with these arguments.

    Parameters
    ----------
    arguments : a template; UNSET = the task is told what the state is given, which nobody knows yet
    """
    if resource in PUBLISH:
        module, _, told = PUBLISHES
    elif resource.startswith(OWN):
        name = resource.removeprefix(OWN)
        if name not in STEPS:
            raise ValueError(f"{shown(resource)} is no step; there are: {', '.join(STEPS)}")
        module, _, told = STEPS[name]
    elif resource.startswith(operations.PREFIX):
        _, operation = operations.operation_of(resource)
        if arguments is not UNSET:
            _named(resource, checking.check_operation, operation, arguments)
        return
    else:
        raise ValueError(
            f"{shown(resource)} is not done here; a task calls {operations.PREFIX}SERVICE:ACTION with one of "
            f"{', '.join(SERVICES)} or sns:publish, or {OWN}STEP with one of {', '.join(STEPS)}"
        )
    if arguments is not UNSET:
        kind = _load(module, told)
        check = partial(checking.check_arguments, kind) if isinstance(kind, type) else kind
        _named(resource, check, arguments)


def _named(resource: str, check: Callable[..., None], *values: Any) -> None:
    """Let a check say what it is about."""
    try:
        check(*values)
    except ValueError as error:
        raise ValueError(f"{resource}: {error}") from None


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
