"""The job that runs a pipeline: it goes on from its journal, and tells whom it concerns when it fails."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from presage.errors import JobFailure
from presage.notices import NoticeError, send
from presage.resources.record import Record
from presage.stores import Stores
from presage.works.driver import driven

from .definitions import Definition, read_definition
from .interpreter import Interpreter
from .journal import Position
from .keeping import pipeline_of
from .language.faults import PERMISSIONS, StateError
from .steps.clients import Clients, Tools
from .steps.registry import work_with
from .stored import StoredJournal

REPORT_SECONDS = 2.0
NOTICED = "!noticed"
"""The flow of the journal that says for which failure the notices were sent."""
Report = Callable[[str, float], None]
log = structlog.get_logger()


def run_pipeline(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Run a pipeline to its end, from wherever it stood. Raises JobFailure, which says where it failed."""
    definition = read_definition(record["definition"])
    journal = StoredJournal(stores.engine, record.arn, stores.clock)
    try:
        output = asyncio.run(_run(stores, record, definition, journal, report))
    except StateError as error:
        _tell(stores, record, definition, journal, error)
        raise JobFailure(f"{failed_at(journal)}{error}") from None
    return {"_output": output}


async def _run(
    stores: Stores, record: Record, definition: Definition, journal: StoredJournal, report: Report
) -> Any:
    tools = _tools(stores, record)
    interpreter = Interpreter(
        journal=journal,
        work=work_with(tools),
        execution=_execution(record, tools),
        resumes=record["_resumes"],
    )
    seen = {"input": record["input"], "run": _seen(record, tools)} if definition.is_short else {}
    reporting = asyncio.create_task(_report(journal, report))
    try:
        return await interpreter.run(
            definition.machine, record["input"], started_at=record["_started_at"], **seen
        )
    finally:
        reporting.cancel()


def _tools(stores: Stores, record: Record) -> Tools:
    """What the steps of a run work with. Raises StateError if its access key is gone."""
    key = None
    if record["_key"]:
        found = stores.keys.find(record["_key"])
        if found is None:
            text = f"the access key {record['_key']} that the run acts with is gone"
            raise StateError(PERMISSIONS, text)
        key = (found.access_key_id, found.secret)
    return Tools(
        config=stores.config,
        clients=Clients(stores.config, key),
        clock=stores.clock,
        pipeline=pipeline_of(record),
        run=record.name,
        is_local=record["_local"],
        folder=stores.draft_folder(record.arn),
        stores=stores,
    )


def _execution(record: Record, tools: Tools) -> dict[str, Any]:
    """What the context object holds of a run."""
    machine = record.arn.replace(":run/", ":pipeline/").rpartition("/")[0]
    return {
        "Execution": {
            "Id": record.arn,
            "Input": record["input"],
            "Name": record.name,
            "RoleArn": f"arn:aws:iam::{tools.config.account}:role/presage",
            "StartTime": _time(record.created_at),
            "RedriveCount": record["_resumes"],
        },
        "StateMachine": {"Id": machine, "Name": tools.pipeline},
    }


def _seen(record: Record, tools: Tools) -> dict[str, Any]:
    """What steps of the short form see as $run."""
    started = _time(record.created_at)
    return {"name": record.name, "pipeline": tools.pipeline, "started_at": started, "date": started[:10]}


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def _report(journal: StoredJournal, report: Report) -> None:
    """Say again and again that the run goes on, and where it is."""
    while True:
        report(", ".join(journal.under_way()) or "waiting", journal.n_events / (journal.n_events + 20.0))
        await asyncio.sleep(REPORT_SECONDS)


def failed_at(journal: StoredJournal) -> str:
    """Where a run failed, as the beginning of a sentence; empty if it was in no state."""
    failure = journal.failure()
    return f"{failure.state}: " if failure else ""


def _tell(
    stores: Stores, record: Record, definition: Definition, journal: StoredJournal, error: StateError
) -> None:
    """Tell the channels of a pipeline that a run failed, once for each failure."""
    if not definition.on_failure:
        return
    told = journal.position(NOTICED)
    if told is not None and told.resumes == record["_resumes"]:
        return
    where, name = failed_at(journal), f"{pipeline_of(record)}.{record.name}"
    title = f"{pipeline_of(record)} failed{f' at {where[:-2]}' if where else ''}"
    body = f"{where}{error}\n\nRun: {name}\nGo on at this step: presage pipeline resume {name}"
    try:
        send(definition.on_failure, title, body, known=stores.config.channels)
    except NoticeError as failure:
        log.error("nobody could be told that a run failed", run=record.arn, reason=str(failure))
    journal.put(NOTICED, Position(state="", data=None, resumes=record["_resumes"]))


run = driven(run_pipeline)
