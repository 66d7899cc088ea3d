"""Pipelines and their runs as records, which the door and the shell make and change alike.

A run is a record that is being made by a job, whose id is the record's ARN. What is decided here is decided
in the transaction that writes it, so two servers cannot both start a scheduled run.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from secrets import token_hex
from typing import Any

from presage.errors import (
    InvalidInputException,
    ResourceInUseException,
    ResourceNotFoundException,
    shown,
)
from presage.resources.record import Record
from presage.resources.records import Writer
from presage.resources.states import Motion, Phase, State
from presage.stores import Stores

from . import stored
from .definitions import NAME, NAME_RULE, Definition, next_time, read_definition
from .picture import Picture, stands

SERVICE, PIPELINE, RUN = "pipelines", "Pipeline", "Run"
JOB = "run-pipeline"
"""The kind of job that runs them."""
MOST_RUNS = 100
"""So many runs of a pipeline that have ended are kept."""
LONGEST_SOURCE = 256


def arn_of(stores: Stores, resource: str) -> str:
    """The ARN of `pipeline/NAME` or `run/PIPELINE/NAME`."""
    return f"arn:aws:{SERVICE}:{stores.config.region}:{stores.config.account}:{resource}"


def find_pipeline(stores: Stores, name: str) -> Record:
    """The pipeline of a name. Raises ResourceNotFoundException."""
    record = stores.records.get(arn_of(stores, f"pipeline/{name}"))
    if record is None:
        known = ", ".join(one.name for one in stores.records.of_kind(SERVICE, PIPELINE, limit=10)) or "none"
        raise ResourceNotFoundException(f"no pipeline is called {shown(name)}; there are: {known}")
    return record


def find_run(stores: Stores, name: str) -> Record:
    """The run PIPELINE.RUN, or the latest of a PIPELINE. Raises ResourceNotFoundException."""
    pipeline, _, run = name.partition(".")
    if not run:
        latest = runs_of(stores, find_pipeline(stores, pipeline).name, most=1)
        if latest:
            return latest[0]
        raise ResourceNotFoundException(f"the pipeline {shown(pipeline)} has not run yet")
    record = stores.records.get(arn_of(stores, f"run/{pipeline}/{run}"))
    if record is None:
        raise ResourceNotFoundException(f"no run is called {shown(name)}; `presage pipeline list` shows them")
    return record


def runs_of(stores: Stores, name: str, most: int | None = None) -> list[Record]:
    """The runs of a pipeline, newest first."""
    parent = arn_of(stores, f"pipeline/{name}")
    return stores.records.of_kind(SERVICE, RUN, parent=parent, limit=most)


def put_pipeline(
    stores: Stores, name: str, text: str, *, key: str = "", is_local: bool = False, source: str = ""
) -> Record:
    """Make a pipeline, or give one that is there another definition; runs that have begun keep theirs.

    Parameters
    ----------
    key : the id of the access key that its scheduled runs act with
    is_local : whether its steps may name any file and database: it came from somebody who has the data folder
    source : the file that it came from, for people

    Raises InvalidDefinition, InvalidInputException.
    """
    definition = read_definition(text)
    if not NAME.fullmatch(name):
        raise InvalidInputException(f"the name is {shown(name)}; {NAME_RULE}")
    body = {
        "definition": text,
        "schedule": {"cron": definition.cron, "timezone": definition.timezone} if definition.cron else None,
        "source": source[:LONGEST_SOURCE] or None,
        "_key": key or None,
        "_local": is_local or None,
    }
    now = stores.clock()
    due_at = next_time(definition.cron, definition.timezone, now) if definition.cron else None
    arn = arn_of(stores, f"pipeline/{name}")
    with stores.records.writing() as records:
        if records.get(arn) is None:
            held = {member: value for member, value in body.items() if value is not None}
            return records.add(SERVICE, PIPELINE, arn=arn, name=name, body=held, settled=True, due_at=due_at)
        records.look_again(arn, due_at)
        return records.change(arn, **body)


def delete_pipeline(stores: Stores, name: str) -> None:
    """Delete a pipeline and its runs. Raises ResourceInUseException while one is under way."""
    pipeline = find_pipeline(stores, name)
    with stores.records.writing() as records:
        runs = records.children(pipeline.arn, RUN)
        for run in runs:
            if run.motion:
                raise ResourceInUseException(f"{run.name} is running; cancel it first")
        for record in (*runs, pipeline):
            records.remove(record.arn)
    _forget(stores, runs)


def start_run(
    stores: Stores,
    pipeline: Record,
    *,
    key: str = "",
    given: Mapping[str, Any] | None = None,
    name: str = "",
) -> Record:
    """Start a run of a pipeline, as its definition is now.

    Parameters
    ----------
    key : the id of the access key that it acts with; empty if the server knows none
    given : what it is given, over the pipeline's own input
    name : its own; made up if it is empty

    Raises ResourceAlreadyExistsException if the name is taken.
    """
    definition = read_definition(pipeline["definition"])
    with stores.records.writing() as records:
        return add_run(stores, records, pipeline, definition, key=key, given=given, name=name)


def add_run(
    stores: Stores,
    records: Writer,
    pipeline: Record,
    definition: Definition,
    *,
    key: str,
    given: Mapping[str, Any] | None = None,
    name: str = "",
) -> Record:
    """Write a run down, in a transaction; its job is asked for once that is on disk."""
    name = name or _new_name(records.now)
    if not NAME.fullmatch(name):
        raise InvalidInputException(f"the name is {shown(name)}; {NAME_RULE}")
    body: dict[str, Any] = {
        "definition": pipeline["definition"],
        "input": {**definition.input, **(given or {})},
        "_key": key,
        "_local": pipeline.get("_local", False),
        "_started_at": records.now,
        "_resumes": 0,
    }
    arn = arn_of(stores, f"run/{pipeline.name}/{name}")
    run = records.add(SERVICE, RUN, arn=arn, name=name, body=body, parents=[pipeline.arn])
    ended = [one for one in records.children(pipeline.arn, RUN) if not one.motion][MOST_RUNS:]
    for one in ended:
        records.remove(one.arn)
    records.after(partial(_forget, stores, ended))
    records.after(partial(stores.jobs.submit, JOB, arn))
    return run


def resume_run(stores: Stores, run: Record) -> Record:
    """Let a run that failed or was cancelled go on where it ended. Raises ResourceInUseException."""
    since = (State.FAILED, State.STOPPED)
    with stores.records.writing() as records:
        now = records.expect(run.arn)
        changes = {"_resumes": now["_resumes"] + 1, "_started_at": records.now}
        begun = records.begin(run.arn, Motion.CREATE, since, **changes)
        records.after(partial(stores.jobs.submit_again, JOB, run.arn))
    return begun


def cancel_run(stores: Stores, run: Record) -> Record:
    """End a run that is under way; it may be resumed. Raises ResourceInUseException."""
    with stores.records.writing() as records:
        now = records.expect(run.arn)
        if now.motion != Motion.CREATE or now.phase == Phase.STOPPING:
            raise ResourceInUseException(f"{run.name} is not running; only a run that is can be cancelled")
        if now.phase == Phase.PENDING:
            records.settle_stopped(now)
        else:
            records.step(run.arn, Phase.STOPPING, (Phase.IN_PROGRESS,))
        records.after(partial(stores.jobs.cancel, run.arn))
        return records.expect(run.arn)


def look_at_schedule(stores: Stores, pipeline: Record) -> None:
    """Start the run of a pipeline that is due, once: the times that were missed since count as this one."""
    definition = read_definition(pipeline["definition"])
    with stores.records.writing() as records:
        now = records.get(pipeline.arn)
        if now is None or now.due_at is None or now.due_at > records.now or not definition.cron:
            return
        name = datetime.fromtimestamp(now.due_at, UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        records.look_again(now.arn, next_time(definition.cron, definition.timezone, records.now))
        if records.get(arn_of(stores, f"run/{now.name}/{name}")) is None:
            add_run(stores, records, now, definition, key=now.get("_key", ""), name=name)


def _forget(stores: Stores, runs: list[Record]) -> None:
    for run in runs:
        stored.forget(stores.engine, run.arn)
        stores.jobs.forget(run.arn)


def _new_name(now: float) -> str:
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H-%M-%SZ}-{token_hex(2)}"


def status_of(run: Record) -> str:
    """RUNNING, SUCCEEDED, FAILED or CANCELLED."""
    if run.motion:
        return "RUNNING"
    return {State.ACTIVE: "SUCCEEDED", State.FAILED: "FAILED"}.get(run.state, "CANCELLED")


def picture_of(stores: Stores, run: Record) -> Picture:
    """A run as it stands, to be drawn."""
    definition = read_definition(run["definition"])
    events = [event for _, event in stored.history(stores.engine, run.arn, most=stored.MOST_EVENTS)]
    return Picture(
        name=f"{pipeline_of(run)}.{run.name}",
        status=status_of(run),
        machine=definition.machine,
        stands=stands(definition.machine, events, is_over=not run.motion),
        started_at=run["_started_at"],
        ended_at=0.0 if run.motion else run.updated_at,
        reason=run.get("_reason") or "",
    )


def pipeline_of(run: Record) -> str:
    """The name of the pipeline of a run."""
    return run.arn.split("/")[-2]
