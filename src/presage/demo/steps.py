"""What the person at the terminal sees: each step with its progress, then its result and its time."""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from .service import ENDED_BADLY, DemoError, Record

ProgressOf = Callable[[str], tuple[str, float] | None]
"""Tells of the job behind an ARN what it does now and how much of it is done, 0 to 1; None if unknown."""
POLL_SECONDS = 0.25


def unknown(arn: str) -> None:
    """A `ProgressOf` that sees no job: AWS's API tells the status alone."""


@dataclass(frozen=True, kw_only=True)
class Pending:
    """Something that the server is making."""

    arn: str
    look: Callable[[], Record]


@dataclass
class Step:
    """One step under way: `total` units of work of which some are done, and what came of it."""

    progress: Progress
    title: str
    progress_of: ProgressOf
    result: str = ""

    def of(self, total: float) -> Callable[[float], None]:
        """A function to be told of each piece of work that is done, until `total` is reached."""
        task = self.progress.add_task(self.title, total=total, status="")
        return lambda done: self.progress.advance(task, done)

    def wait(self, pending: Mapping[str, Pending]) -> dict[str, Record]:
        """Follow several things, by label, until all are ACTIVE; their records.

        Raises DemoError with the server's reason if one of them fails.
        """
        tasks = {label: self.progress.add_task(label, total=None, status="") for label in pending}
        settled: dict[str, Record] = {}
        while len(settled) < len(pending):
            for label in [label for label in pending if label not in settled]:
                record = self._look(pending[label], tasks[label])
                if record["status"] in ENDED_BADLY:
                    reason = record.get("failureReason", "no reason given")
                    raise DemoError(f"{label}: {record['status']}: {reason}")
                if record["status"] == "ACTIVE":
                    settled[label] = record
                    self.progress.update(tasks[label], total=1, completed=1)
            if len(settled) < len(pending):
                time.sleep(POLL_SECONDS)
        return settled

    def _look(self, pending: Pending, task: TaskID) -> Record:
        record = pending.look()
        self.progress.update(task, status=record["status"])
        under_way = self.progress_of(pending.arn)
        if under_way:
            doing, fraction = under_way
            self.progress.update(task, status=doing, total=1, completed=fraction)
        return record


@dataclass
class Steps:
    """The steps of a run, and how long each took.

    Parameters
    ----------
    seconds : step title -> wall-clock seconds
    """

    console: Console
    progress_of: ProgressOf = unknown
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    @contextmanager
    def step(self, title: str) -> Generator[Step]:
        """Show a step while the block runs; afterwards one line with its result and time stays."""
        progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("[dim]{task.fields[status]}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
        start = time.monotonic()
        with progress:
            step = Step(progress, title, self.progress_of)
            if not self.console.is_terminal:
                self.console.print(f"  {title} …", style="dim")
            yield step
        self.seconds[title] = time.monotonic() - start
        result = f"  [dim]{escape(step.result)}[/]" if step.result else ""
        self.console.print(
            f"[green]✓[/] {title}{result}  [cyan]{self.seconds[title]:.1f} s[/]", highlight=False
        )
