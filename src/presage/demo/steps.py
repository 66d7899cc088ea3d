"""What the person at the terminal sees: each step with its progress, then its result and its time."""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from .service import ENDED_BADLY, DemoError, Record

Look = Callable[[], Record]
"""Asks the server for the record that is waited for."""
POLL_SECONDS = 0.25


@dataclass
class Step:
    """One step under way: `total` units of work of which some are done, and what came of it."""

    progress: Progress
    title: str
    result: str = ""

    def of(self, total: float) -> Callable[[float], None]:
        """A function to be told of each piece of work that is done, until `total` is reached."""
        task = self.progress.add_task(self.title, total=total, status="")
        return lambda done: self.progress.advance(task, done)

    def wait(self, looks: Mapping[str, Look]) -> dict[str, Record]:
        """Follow several records, by label, until all are ACTIVE.

        Raises DemoError with the server's reason if one of them fails.
        """
        tasks = {label: self.progress.add_task(label, total=None, status="") for label in looks}
        settled: dict[str, Record] = {}
        while len(settled) < len(looks):
            for label in [label for label in looks if label not in settled]:
                record = looks[label]()
                self.progress.update(tasks[label], status=record["status"])
                if record["status"] in ENDED_BADLY:
                    raise DemoError(
                        f"{label}: {record['status']}: {record.get('failureReason', 'no reason given')}"
                    )
                if record["status"] == "ACTIVE":
                    settled[label] = record
                    self.progress.update(tasks[label], total=1, completed=1)
            if len(settled) < len(looks):
                time.sleep(POLL_SECONDS)
        return settled


@dataclass
class Steps:
    """The steps of a run, and how long each took.

    Parameters
    ----------
    seconds : step title -> wall-clock seconds
    """

    console: Console
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
            step = Step(progress, title)
            if not self.console.is_terminal:
                self.console.print(f"  {title} …", style="dim")
            yield step
        self.seconds[title] = time.monotonic() - start
        result = f"  [dim]{escape(step.result)}[/]" if step.result else ""
        self.console.print(
            f"[green]✓[/] {title}{result}  [cyan]{self.seconds[title]:.1f} s[/]", highlight=False
        )
