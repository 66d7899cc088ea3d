"""A pipeline as it is written: Amazon States Language in JSON, or presage's short form in YAML."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from cronsim import CronSim, CronSimError

from presage.errors import shown
from presage.wording import in_words

from .language.definition import Machine
from .language.validation import InvalidDefinition, read_machine
from .short import Short, compiled
from .steps.registry import check_task
from .written import loaded

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_\-]{0,62}")
NAME_RULE = "it must have letters, digits, - and _ alone, 63 at most, and begin with a letter or digit"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A pipeline that can be run.

    Parameters
    ----------
    asl : the state machine as an object of the States Language, with presage's few additions
    name : what the text calls it; empty if it does not
    cron, timezone : when it begins by itself; empty = never
    on_failure : the channels that hear of a run that failed
    input : what a run is given unless its starter says otherwise
    is_short : whether the text is in the short form: steps see $input, $run and $steps
    """

    machine: Machine
    asl: dict[str, Any]
    name: str = ""
    cron: str = ""
    timezone: str = "UTC"
    on_failure: tuple[str, ...] = ()
    input: dict[str, Any] = field(default_factory=dict[str, Any])
    is_short: bool = False


@lru_cache(maxsize=64)
def read_definition(text: str) -> Definition:
    """The pipeline that a text describes. Raises InvalidDefinition, with every fault."""
    written = loaded(text)
    if "States" in written:
        return Definition(machine=read_machine(written, check_task), asl=written)
    if "steps" not in written:
        text = "it has neither States, as Amazon States Language, nor steps, as presage's short form"
        raise InvalidDefinition([text])
    return _short(written)


def _short(written: dict[str, Any]) -> Definition:
    try:
        short = msgspec.convert(written, Short)
    except msgspec.ValidationError as error:
        raise InvalidDefinition([in_words(str(error), written)]) from None
    if short.name and not NAME.fullmatch(short.name):
        raise InvalidDefinition([f"name is {shown(short.name)}; {NAME_RULE}"])
    asl = compiled(short)
    if short.schedule:
        try:
            next_time(short.schedule, short.timezone, datetime.now(UTC).timestamp())
        except ValueError as error:
            raise InvalidDefinition([str(error)]) from None
    return Definition(
        machine=read_machine(asl, _checked_already),
        asl=asl,
        name=short.name,
        cron=short.schedule,
        timezone=short.timezone,
        on_failure=tuple(short.on_failure_channels),
        input=short.input,
        is_short=True,
    )


def _checked_already(_resource: str, _arguments: Any) -> None:
    """Steps of the short form are checked, by their names, when they are translated."""


def next_time(cron: str, timezone: str, after: float) -> float:
    """When a schedule is due next after a time, in seconds since 1970, UTC. Raises ValueError.

    Where clocks are set, it is due as Debian's cron is: a time that the day leaves out comes at once after.
    """
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"the time zone is {shown(timezone)}; it must be such as Europe/Berlin") from None
    try:
        return next(CronSim(cron, datetime.fromtimestamp(after, zone))).timestamp()
    except (CronSimError, StopIteration) as error:
        text = "it must be minute, hour, day, month, weekday, such as '0 3 * * *'"
        raise ValueError(f"the schedule is {shown(cron)}: {error}; {text}") from None
