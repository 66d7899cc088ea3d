"""What goes wrong in the company's nights, and what somebody on call does about it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from presage.demo.service import Service

from .app import CompanyApp
from .setting_up import BUCKET

GONE_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault of one step of the nightly run.

    Parameters
    ----------
    step : the step that fails by it
    story : what happened, in words
    cause : lets it happen
    mend : undoes it, given the name of the run that failed
    """

    step: str
    story: str
    cause: Callable[[], None]
    mend: Callable[[str], None]


class Faults:
    """All of them, in the order of the steps.

    Parameters
    ----------
    solution, filter_ : make those of posts again
    """

    def __init__(
        self, app: CompanyApp, service: Service, *, solution: Callable[[], None], filter_: Callable[[], None]
    ) -> None:
        self._app, self._service = app, service
        self._solution, self._filter = solution, filter_
        self._lock: Connection | None = None

    def all(self) -> list[Fault]:
        """One for each step."""
        return [
            Fault(
                step="extract",
                story="a table of the app was renamed",
                cause=lambda: self._say("ALTER TABLE follows RENAME TO follows_old"),
                mend=lambda _: self._say("ALTER TABLE follows_old RENAME TO follows"),
            ),
            Fault(
                step="import",
                story="a row without a user",
                cause=lambda: self._say("INSERT INTO follows VALUES ('', 'u00001', 1700000000)"),
                mend=self._drop_row,
            ),
            Fault(
                step="train",
                story="a solution was deleted",
                cause=lambda: self._delete("solution", "post"),
                mend=lambda _: self._solution(),
            ),
            Fault(
                step="batch",
                story="a filter was deleted",
                cause=lambda: self._delete("filter", "post-new"),
                mend=lambda _: self._filter(),
            ),
            Fault(
                step="load",
                story="another program holds the app's database",
                cause=self._take_lock,
                mend=lambda _: self._free_lock(),
            ),
        ]

    def _say(self, sql: str) -> None:
        with self._app.engine.begin() as connection:
            connection.execute(text(sql))

    def _drop_row(self, run: str) -> None:
        """Out of the app's table, and out of the file that was extracted already."""
        self._say("DELETE FROM follows WHERE user_id = ''")
        key = f"{run.rpartition('.')[2]}/person.csv"
        rows: bytes = self._service.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        kept = b"".join(row for row in rows.splitlines(keepends=True) if not row.startswith(b","))
        self._service.s3.put_object(Bucket=BUCKET, Key=key, Body=kept)

    def _delete(self, kind: str, name: str) -> None:
        arn = f"arn:aws:personalize:us-east-1:000000000000:{kind}/{name}"
        personalize: Any = self._service.personalize
        getattr(personalize, f"delete_{kind}")(**{f"{kind}Arn": arn})
        deadline = time.monotonic() + GONE_SECONDS
        while time.monotonic() < deadline:
            try:
                getattr(personalize, f"describe_{kind}")(**{f"{kind}Arn": arn})
            except personalize.exceptions.ResourceNotFoundException:
                return
            time.sleep(0.05)

    def _take_lock(self) -> None:
        self._lock = self._app.engine.connect()
        self._lock.exec_driver_sql("BEGIN IMMEDIATE")

    def _free_lock(self) -> None:
        if self._lock is not None:
            self._lock.rollback()
            self._lock.close()
