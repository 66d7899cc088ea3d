"""Opening the records: data that an older presage wrote is brought to today's layout first, step by step."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import Connection, Engine, inspect, select, text, update

from .database import aliases, connect, exclusive, layout, links, make_tables, metadata, records, records_url
from .states import Motion, Phase, State

SECONDS_PER_HOUR = 3600.0


def open_database(url: str, folder: Path) -> Engine:
    """The engine of the records: for `url`, or for `records.sqlite` in `folder` when the URL is empty.

    Raises RuntimeError when the data was written by a newer presage.
    """
    engine = connect(records_url(url, folder))
    with exclusive(engine).begin() as connection:
        found = _format(connection)
        if found is not None and found > FORMAT:
            raise RuntimeError(
                f"the data was written by a newer presage (format {found}); this one knows up to {FORMAT}"
            )
        if found is None:
            make_tables(connection, metadata)
            connection.execute(layout.insert().values(format=FORMAT, revision=0))
        elif found < FORMAT:
            for migrate in MIGRATIONS[found - 1 :]:
                migrate(connection)
            connection.execute(update(layout).values(format=FORMAT))
    return engine


def _format(connection: Connection) -> int | None:
    if not inspect(connection).has_table("layout"):
        return None
    return connection.execute(select(layout.c.format)).scalar()


def _states_and_aliases(connection: Connection) -> None:
    """Format 1 to 2: a status in AWS's words becomes state, motion and phase; tracking ids become aliases."""
    connection.execute(text("ALTER TABLE layout ADD COLUMN revision INTEGER NOT NULL DEFAULT 0"))
    connection.execute(text("DROP INDEX records_by_kind"))
    connection.execute(text("ALTER TABLE records RENAME TO records_1"))
    make_tables(connection, metadata)
    rows = connection.execute(text("SELECT * FROM records_1 ORDER BY number")).mappings().all()
    for row in rows:
        fresh = record_of_format_1({str(name): value for name, value in row.items()})
        connection.execute(records.insert().values(**fresh))
        if tracking_id := orjson.loads(fresh["body"]).get("trackingId"):
            connection.execute(aliases.insert().values(alias=tracking_id, arn=row["arn"]))
            connection.execute(links.delete().where(links.c.parent == tracking_id))
    if connection.dialect.name == "postgresql" and rows:
        last = max(row["number"] for row in rows)
        connection.execute(text(f"SELECT setval(pg_get_serial_sequence('records', 'number'), {last})"))
    connection.execute(text("DROP TABLE records_1"))


def record_of_format_1(row: Mapping[str, Any]) -> dict[str, Any]:
    """A record as format 2 has it, from a row of format 1."""
    body: dict[str, Any] = orjson.loads(row["body"])
    state, motion, phase = _FORMAT_1_STATUS[row["status"]]
    last_update = body.pop(f"latest{row['kind']}Update", None)
    if last_update:
        word = last_update.pop("status").removeprefix("CREATE ")
        body["_update"] = {
            "state": word,
            "created_at": last_update.pop("creationDateTime"),
            "updated_at": last_update.pop("lastUpdatedDateTime"),
            "reason": last_update.pop("failureReason", None),
            "changes": last_update,
        }
        if word in (Phase.PENDING, Phase.IN_PROGRESS):
            motion, phase = Motion.UPDATE, Phase(word)
    if "failureReason" in body:
        body["_reason"] = body.pop("failureReason")
    if row["kind"] == "DatasetGroup":
        body["_folder"] = uuid4().hex
    trains = row["kind"] == "Solution" and body.get("performAutoTraining")
    return {
        **{name: row[name] for name in ("number", "arn", "kind", "name", "created_at", "updated_at")},
        "service": "personalize",
        "state": state,
        "motion": motion,
        "phase": phase,
        "due_at": row["created_at"] + SECONDS_PER_HOUR if trains else None,
        "revision": 0,
        "body": orjson.dumps(body).decode(),
    }


_FORMAT_1_STATUS = {
    "": (State.ACTIVE, Motion.NONE, Phase.NONE),
    "ACTIVE": (State.ACTIVE, Motion.NONE, Phase.NONE),
    "CREATE PENDING": (State.NONE, Motion.CREATE, Phase.PENDING),
    "CREATE IN_PROGRESS": (State.NONE, Motion.CREATE, Phase.IN_PROGRESS),
    "CREATE FAILED": (State.FAILED, Motion.NONE, Phase.NONE),
    "CREATE STOPPING": (State.NONE, Motion.CREATE, Phase.STOPPING),
    "CREATE STOPPED": (State.STOPPED, Motion.NONE, Phase.NONE),
    "DELETE PENDING": (State.ACTIVE, Motion.DELETE, Phase.PENDING),
    "DELETE IN_PROGRESS": (State.ACTIVE, Motion.DELETE, Phase.IN_PROGRESS),
}
MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_states_and_aliases,)
"""Step n brings data of format n + 1 to format n + 2."""
FORMAT = 1 + len(MIGRATIONS)
"""The format that this presage writes."""
