"""Presage's short form: named steps that need each other, translated into Amazon States Language.

All steps are branches of one Parallel state; a branch may need others, which is presage's one addition to it.
Texts between {% and %} are JSONata: they see $input, $run, $steps (the outputs of what a step needs) and,
within for_each, $item.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from presage.errors import shown
from presage.wording import in_words

from .language.expressions import is_expression
from .language.faults import ALL
from .language.validation import InvalidDefinition
from .lengths import LONGEST_SECONDS, seconds
from .steps.operations import PREFIX
from .steps.registry import OWN, STEPS, check_task

ALL_STEPS = "steps"
"""The state that all steps are branches of."""
CALL = "call"
"""The step that calls any operation."""
_NAMED = re.compile(r"\$steps\s*\.\s*(?:`([^`]+)`|([A-Za-z_]\w*))")


class Retrying(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a step that failed is tried again.

    Parameters
    ----------
    attempts : how often it is tried again
    after : how long the first time waits: seconds, or such as 30s, 5m, 2h
    factor : how many times as long each further time waits
    at_most : no time waits longer
    errors : the names of the errors that are tried again
    """

    attempts: Annotated[int, Meta(ge=0, le=LONGEST_SECONDS)] = 3
    after: int | str = 10
    factor: Annotated[float, Meta(ge=1)] = 2.0
    at_most: int | str = "1h"
    errors: list[str] = field(default_factory=lambda: [ALL])


class Failing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is done when a run has failed."""

    notify: str | list[str]


class Short(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pipeline in the short form.

    Parameters
    ----------
    schedule : a cron expression
    timeout : how long a run may take
    input : what steps see as $input, unless whoever starts a run says otherwise
    """

    steps: dict[str, Any]
    name: str = ""
    comment: str = ""
    schedule: str = ""
    timezone: str = "UTC"
    timeout: int | str = ""
    input: dict[str, Any] = field(default_factory=dict[str, Any])
    on_failure: Failing | None = None

    @property
    def on_failure_channels(self) -> list[str]:
        """The channels that hear of a run that failed."""
        notify = self.on_failure.notify if self.on_failure else []
        return [notify] if isinstance(notify, str) else notify


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every step may say, beside what it does."""

    needs: str | list[str] = field(default_factory=list[str])
    for_each: Any = None
    at_once: Annotated[int, Meta(ge=0)] = 0
    retry: Retrying | Annotated[int, Meta(ge=0, le=LONGEST_SECONDS)] | None = None
    timeout: int | str = ""
    comment: str = ""


def compiled(short: Short) -> dict[str, Any]:
    """The state machine of a pipeline. Raises InvalidDefinition, with every fault."""
    faults: list[str] = []
    timeout = 0
    try:
        timeout = _length("timeout", short.timeout) if short.timeout != "" else 0
    except ValueError as error:
        faults.append(str(error))
    branches: list[dict[str, Any]] = []
    for name, step in short.steps.items():
        try:
            branches.append(_branch(name, step, set(short.steps)))
        except ValueError as error:
            faults.append(f"steps.{name}: {error}")
    if not short.steps:
        faults.append("steps is empty; it must hold at least one")
    if faults:
        raise InvalidDefinition(faults)
    machine: dict[str, Any] = {
        "StartAt": ALL_STEPS,
        "QueryLanguage": "JSONata",
        "States": {ALL_STEPS: {"Type": "Parallel", "Branches": branches, "End": True}},
    }
    if short.comment:
        machine["Comment"] = short.comment
    return machine | ({"TimeoutSeconds": timeout} if timeout else {})


def _branch(name: str, step: Any, names: set[str]) -> dict[str, Any]:
    """The branch of a step. Raises ValueError."""
    if not isinstance(step, dict):
        raise ValueError(f"it is {shown(step)}; it must be an object such as {{notify: {{channel: oncall}}}}")
    own = {option: value for option, value in step.items() if option in Options.__struct_fields__}
    does = {word: value for word, value in step.items() if word not in own}
    words = ", ".join([*STEPS, CALL])
    unknown = [one for one in does if one not in (*STEPS, CALL)]
    if unknown and len(unknown) == len(does) - 1:
        options = ", ".join(Options.__struct_fields__)
        raise ValueError(f"{shown(unknown[0])} is no option of a step; there are: {options}")
    if len(does) != 1:
        raise ValueError(f"it says {shown(', '.join(map(str, does)))}; it must say exactly one of {words}")
    try:
        options = msgspec.convert(own, Options)
    except msgspec.ValidationError as error:
        raise ValueError(in_words(str(error), own)) from None
    each = options.for_each
    if not (each is None or isinstance(each, list) or is_expression(each)):
        raise ValueError(f"for_each is {shown(each)}; it must be a list or an expression")
    ((word, arguments),) = does.items()
    task = _task(word, arguments, options)
    stated = [options.needs] if isinstance(options.needs, str) else options.needs
    needs = [*stated, *(one for one in dict.fromkeys(_named(step)) if one not in stated)]
    if unknown := [one for one in needs if one not in names]:
        raise ValueError(f"it needs {shown(unknown[0])}; the steps are: {', '.join(sorted(names))}")
    state = task if options.for_each is None else _each(name, task, options)
    return {"Name": name, "Needs": needs, "StartAt": name, "States": {name: {**state, "End": True}}}


def _task(word: str, arguments: Any, options: Options) -> dict[str, Any]:
    """The Task state of a step."""
    if word == CALL:
        if not isinstance(arguments, dict) or not isinstance(arguments.get("operation"), str):
            raise ValueError(
                "call must say operation, such as personalize:describeSolution, and may say with"
            )
        resource, arguments = PREFIX + arguments["operation"], arguments.get("with", {})
    elif word in STEPS:
        resource = OWN + word
    else:
        raise ValueError(f"{shown(word)} is no step; there are: {', '.join([*STEPS, CALL])}")
    check_task(resource, arguments)
    task: dict[str, Any] = {"Type": "Task", "Resource": resource, "Arguments": arguments}
    if options.comment:
        task["Comment"] = options.comment
    if options.timeout != "":
        task["TimeoutSeconds"] = _length("timeout", options.timeout)
    if options.retry is not None:
        task["Retry"] = [_retrier(options.retry)]
    return task


def _retrier(retry: Retrying | int) -> dict[str, Any]:
    retrying = retry if isinstance(retry, Retrying) else Retrying(attempts=retry)
    after = _length("retry.after", retrying.after)
    return {
        "ErrorEquals": retrying.errors,
        "MaxAttempts": retrying.attempts,
        "IntervalSeconds": after,
        "BackoffRate": retrying.factor,
        "MaxDelaySeconds": max(after + 1, _length("retry.at_most", retrying.at_most)),
    }


def _length(option: str, length: int | str) -> int:
    """A length of time in seconds. Raises ValueError that names the option."""
    try:
        return seconds(length)
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from None


def _each(name: str, task: dict[str, Any], options: Options) -> dict[str, Any]:
    """The Map state of a step that is done for each of several."""
    inner = f"{name} each"
    state: dict[str, Any] = {
        "Type": "Map",
        "Items": options.for_each,
        "ItemProcessor": {"Name": "item", "StartAt": inner, "States": {inner: {**task, "End": True}}},
    }
    return state | ({"MaxConcurrency": options.at_once} if options.at_once else {})


def _named(value: Any) -> Iterator[str]:
    """The steps that the expressions in a value name."""
    if isinstance(value, str) and value.startswith("{%"):
        yield from (quoted or plain for quoted, plain in _NAMED.findall(value))
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _named(one)
    elif isinstance(value, list):
        for one in value:
            yield from _named(one)
