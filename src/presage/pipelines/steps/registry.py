"""Which function does what a resource names."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any

import structlog

from presage.errors import Unavailable, shown
from presage.pipelines.language.faults import TASK_FAILED, StateError
from presage.pipelines.tasks import Call, Work

from . import operations
from .clients import SERVICES, Tools

OWN = "presage:"
"""What the names of presage's own steps begin with."""
PUBLISH = ("arn:aws:states:::sns:publish", f"{operations.PREFIX}sns:publish")
_HERE = "presage.pipelines.steps"
STEPS: Mapping[str, str] = {
    "extract": f"{_HERE}.extracting:extract",
    "import": f"{_HERE}.training:import_data",
    "train": f"{_HERE}.training:train",
    "deploy": f"{_HERE}.training:deploy",
    "batch": f"{_HERE}.training:batch",
    "forecast": f"{_HERE}.forecasting:forecast",
    "load": f"{_HERE}.loading:load",
    "deliver": f"{_HERE}.delivering:deliver_messages",
    "notify": f"{_HERE}.notifying:notify",
}
"""A step of presage's own -> the function `(tools, call) -> result` that does it, as `module:function`."""
log = structlog.get_logger()


def check_resource(resource: str) -> None:
    """Raise ValueError if nothing does what a resource names."""
    if resource in PUBLISH:
        return
    if resource.startswith(OWN):
        if resource.removeprefix(OWN) not in STEPS:
            raise ValueError(f"{shown(resource)} is no step; there are: {', '.join(STEPS)}")
    elif resource.startswith(operations.PREFIX):
        operations.operation_of(resource)
    else:
        raise ValueError(
            f"{shown(resource)} is not done here; a task calls {operations.PREFIX}SERVICE:ACTION with one of "
            f"{', '.join(SERVICES)} or sns:publish, or {OWN}STEP with one of {', '.join(STEPS)}"
        )


def work_with(tools: Tools) -> Work:
    """What does the tasks of a run."""

    async def work(asked: Call) -> Any:
        call = replace(asked, name=tools.named(asked.name))
        try:
            if call.resource.startswith(operations.PREFIX) and call.resource not in PUBLISH:
                return await operations.call_operation(tools.clients, call)
            name = "notify" if call.resource in PUBLISH else call.resource.removeprefix(OWN)
            function = _function(name)
            if inspect.iscoroutinefunction(function):
                return await function(tools, call)
            return await tools.clients.beside(partial(function, tools, call))
        except (StateError, Unavailable):
            raise
        except Exception as error:
            log.exception("a step failed", resource=call.resource, run=tools.run)
            raise StateError(TASK_FAILED, f"{type(error).__name__}: {error}") from None

    return work


def _function(name: str) -> Callable[[Tools, Call], Any]:
    module, _, function = STEPS[name].partition(":")
    return getattr(import_module(module), function)
