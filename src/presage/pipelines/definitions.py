"""A pipeline as it is written: Amazon States Language in JSON, or presage's short form in YAML."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from cronsim import CronSim, CronSimError

from presage import yaml_text
from presage.errors import shown

from .language.definition import Machine
from .language.validation import InvalidDefinition, in_words, read_machine
from .short import Short, compiled
from .steps.registry import check_task

LONGEST_TEXT = 512 * 1024
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
    if len(text) > LONGEST_TEXT:
        raise InvalidDefinition([f"the definition has {len(text)} characters; it may have {LONGEST_TEXT}"])
    written = _loaded(text)
    if "States" in written:
        return Definition(machine=read_machine(written, check_task), asl=written)
    if "steps" not in written:
        text = "it has neither States, as Amazon States Language, nor steps, as presage's short form"
        raise InvalidDefinition([text])
    return _short(written)


def _loaded(text: str) -> dict[str, Any]:
    is_json = text.lstrip().startswith("{")
    try:
        found = json.loads(text) if is_json else yaml_text.load(text)
    except (ValueError, RecursionError) as error:
        said = " ".join(str(error).split())
        raise InvalidDefinition([f"this is no JSON: {said}" if is_json else said]) from None
    if not isinstance(found, dict):
        raise InvalidDefinition([f"it is {shown(found)}; it must be an object"])
    return found


def _short(written: dict[str, Any]) -> Definition:
    try:
        short = msgspec.convert(written, Short)
    except msgspec.ValidationError as error:
        raise InvalidDefinition([in_words(str(error))]) from None
    if short.name and not NAME.fullmatch(short.name):
        raise InvalidDefinition([f"name is {shown(short.name)}; {NAME_RULE}"])
    asl = compiled(short)
    if short.schedule:
        next_time(short.schedule, short.timezone, datetime.now(UTC).timestamp())
    return Definition(
        machine=read_machine(asl, check_task),
        asl=asl,
        name=short.name,
        cron=short.schedule,
        timezone=short.timezone,
        on_failure=tuple(short.on_failure_channels),
        input=short.input,
        is_short=True,
    )


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
