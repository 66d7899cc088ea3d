"""A company's first nights and days with presage, on a clock that is turned: `presage demo company`."""

import shutil
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from presage.demo.calls import Calls
from presage.demo.page import render
from presage.demo.service import DemoError, Record, connect, plain_errors
from presage.demo.steps import Steps
from presage.health.chart import conversion_chart
from presage.health.widgets import Widget
from presage.worlds.company import CompanyWorld

from .app import DAY, CompanyApp
from .faults import Fault, Faults
from .receiving import Received, receiving
from .running import Watched
from .setting_up import make_filter, make_solution, set_up
from .showing import open_app, widgets

HOUR = 3600.0
NOTICE_SECONDS = 30.0
GUESSING_DAYS = 3
SHORT = {"n_users": 800, "n_programs": 60, "n_posts": 150}
"""A small company, for a short demonstration."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Where the demonstration runs.

    Parameters
    ----------
    data : a folder of its own
    serve : (folder, seconds that the clock is ahead, channels, databases) -> a server while it lasts; its URL
    mail_port : a port of this machine that nobody listens on
    """

    data: Path
    serve: Callable[[Path, float, dict[str, str], dict[str, str]], AbstractContextManager[str]]
    mail_port: int


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large the company is, and how long it is watched.

    Parameters
    ----------
    n_days : so many days follow the first night
    hidden_dimension : of the models
    """

    world: CompanyWorld = field(default_factory=CompanyWorld)
    n_days: int = 3
    hidden_dimension: int = 64


SMALL = Size(world=CompanyWorld(**SHORT), n_days=1, hidden_dimension=32)


@dataclass(frozen=True, kw_only=True)
class Night:
    """A fault, and what came of it.

    Parameters
    ----------
    notices : what somebody on call read
    """

    fault: Fault
    notices: list[str]


@dataclass(frozen=True, kw_only=True)
class CompanyStory:
    """What a run has to tell.

    Parameters
    ----------
    nights : the faults of the first night, in their order
    states : how each state of that run stood in the end
    pushes, mails : how many there were after each run of the weekly pipeline
    n_without : how many users have no programme
    seconds : step -> wall-clock seconds
    """

    world: CompanyWorld
    nights: list[Night]
    states: list[Record]
    pushes: list[int]
    mails: list[int]
    n_pushed: int
    n_mailed: int
    n_without: int
    widgets: list[Widget]
    seconds: Mapping[str, float]


def run_company_demo(machine: Machine, *, out: Path, console: Console, size: Size | None = None) -> None:
    """Run the company, show what came of it, and leave a page at `out`.

    Raises DemoError, in one line, when the server refuses or fails.
    """
    steps = Steps(console)
    shutil.rmtree(machine.data, ignore_errors=True)
    machine.data.mkdir(parents=True)
    received = Received()
    with plain_errors("the server"), receiving(received, machine.mail_port) as channels:
        story = _Company(machine, size or Size(), steps, received, channels).live()
    show(console, story)
    page = render("company.html", story=story, chart=conversion_chart)
    out.write_text(page, encoding="utf-8")
    console.print(f"\nThe page with the plots: [bold]{out.resolve()}[/]", soft_wrap=True)


class _Company:
    """The company, from the day before its first night."""

    def __init__(
        self, machine: Machine, size: Size, steps: Steps, received: Received, channels: dict[str, str]
    ) -> None:
        self._machine, self._size, self._steps = machine, size, steps
        self._received, self._channels = received, channels
        self._monday = _next_monday()
        url = f"sqlite:///{(machine.data / 'app.sqlite').absolute()}"
        self._app = CompanyApp(world=size.world, url=url, began_at=self._monday - GUESSING_DAYS * DAY)
        self._rng = np.random.default_rng(size.world.seed)
        self._settings = {"hidden_dimension": str(size.hidden_dimension)}

    def live(self) -> CompanyStory:
        """All nights and days."""
        with self._steps.step("Build the app's database") as step:
            n_acts = self._app.build()
            step.result = f"{self._size.world.n_users:,} users, who acted {n_acts:,} times"
        with self._steps.step("Days on which the app guesses"):
            for day in range(GUESSING_DAYS, 0, -1):
                open_app(self._app, self._monday - day * DAY + 12 * HOUR, 0, self._rng)
        with (
            self._at(0.5) as (endpoint, calls),
            self._steps.step("Datasets, solutions, two pipelines") as step,
        ):
            set_up(connect(endpoint), calls, step, self._settings)
        with self._at(3.0) as (endpoint, calls):
            nights, states = self._first_night(endpoint, calls)
        pushes, mails = [], []
        for hour in (10.0, 19.5):
            self._week(hour, len(pushes))
            pushes.append(len(self._received.pushes))
            mails.append(len(self._received.mails))
        for day in range(self._size.n_days):
            with self._steps.step(f"Day {day + 1}: users open the app"):
                open_app(self._app, self._monday + day * DAY + 12 * HOUR, 1 + day, self._rng)
            if day + 1 < self._size.n_days:
                with self._at(24.0 * (day + 1) + 3.0) as (_, calls):
                    self._night(calls, day + 1)
        return CompanyStory(
            world=self._size.world,
            nights=nights,
            states=states,
            pushes=pushes,
            mails=mails,
            n_pushed=len(set(self._received.pushes)),
            n_mailed=len(set(self._received.mails)),
            n_without=self._app.n_without_program(),
            widgets=widgets(self._app),
            seconds=self._steps.seconds,
        )

    @contextmanager
    def _at(self, hours: float) -> Generator[tuple[str, Calls]]:
        """A server whose clock says so many hours after the beginning of Monday, UTC; its URL, its calls."""
        ahead = self._monday + hours * HOUR - time.time()
        folder, databases = self._machine.data / "server", {"app": self._app.url}
        with (
            self._machine.serve(folder, ahead, self._channels, databases) as endpoint,
            closing(Calls(endpoint)) as calls,
        ):
            yield endpoint, calls

    def _first_night(self, endpoint: str, calls: Calls) -> tuple[list[Night], list[Record]]:
        """The nightly run begins by its schedule, and each of its steps fails in turn."""
        service, pipeline = connect(endpoint), Watched(calls, "daily")
        nights: list[Night] = []
        with self._steps.step("The first night: every step fails once") as step:
            faults = Faults(
                self._app,
                service,
                solution=partial(make_solution, service, step, "post", self._settings),
                filter_=partial(make_filter, service, step, "post"),
            ).all()
            faults[0].cause()
            run = pipeline.started(0)
            for fault, following in zip(faults, [*faults[1:], None], strict=True):
                run = pipeline.ended(run, step)
                nights.append(Night(fault=fault, notices=self._heard(fault, run)))
                fault.mend(run["name"])
                if following is not None:
                    following.cause()
                pipeline.resume(run)
            run = _succeeded(pipeline.ended(run, step))
            step.result = f"{len(faults)} faults, {len(faults)} notices, one run"
        return nights, run["states"]

    def _heard(self, fault: Fault, run: Record) -> list[str]:
        """What was said of a fault. Raises DemoError unless that is one notice that names the step."""
        if run["status"] != "FAILED":
            raise DemoError(f"{fault.story}, and yet the run {run['name']} has {run['status']}")
        deadline = time.monotonic() + NOTICE_SECONDS
        while not (heard := self._received.about(run["name"])) and time.monotonic() < deadline:
            time.sleep(0.05)
        self._received.notices.clear()
        if len(heard) != 1 or fault.step not in heard[0]:
            raise DemoError(f"{fault.story}: one notice must name {fault.step!r}, but there are {heard}")
        return heard

    def _week(self, hour: float, n_known: int) -> None:
        with (
            self._at(hour) as (_, calls),
            self._steps.step(f"Monday, {_clock(hour)}: pushes and mails") as step,
        ):
            before = len(self._received.pushes), len(self._received.mails)
            pipeline = Watched(calls, "weekly")
            _succeeded(pipeline.ended(pipeline.started(n_known), step))
            pushes, mails = len(self._received.pushes) - before[0], len(self._received.mails) - before[1]
            step.result = f"{pushes:,} pushes, {mails:,} mails"

    def _night(self, calls: Calls, n_known: int) -> None:
        pipeline = Watched(calls, "daily")
        with self._steps.step(f"Night {n_known + 1}: what users did since is learned") as step:
            _succeeded(pipeline.ended(pipeline.started(n_known), step))


def _succeeded(run: Record) -> Record:
    """A run that succeeded. Raises DemoError."""
    if run["status"] != "SUCCEEDED":
        raise DemoError(f"{run['name']} has {run['status']}: {run.get('reason', '')}")
    return run


def _next_monday() -> float:
    """The beginning of the next Monday but one, UTC, in seconds since 1970."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (today + timedelta(days=14 - today.weekday())).timestamp()


def _clock(hours: float) -> str:
    return f"{int(hours):02d}:{round(hours % 1 * 60):02d} UTC"


def show(console: Console, story: CompanyStory) -> None:
    """The figures, in the terminal."""
    faults = Table("step", "what happened", "what somebody on call read", title="The first night")
    for night in story.nights:
        faults.add_row(night.fault.step, night.fault.story, night.notices[0][:200])
    console.print(faults)
    table = Table(
        "widget", "displays before", "rate before", "after", "rate after", title="What widgets bring"
    )
    for widget in story.widgets:
        days = list(widget.days.values())
        cells = [widget.name]
        for part in (days[:GUESSING_DAYS], days[GUESSING_DAYS:]):
            rate = replace(widget, days=dict(zip(map(str, range(len(part))), part, strict=True))).total
            low, high = rate.interval
            cells += [f"{rate.displays:,}", f"{rate.share or 0:.2%} ({low:.2%} to {high:.2%})"]
        table.add_row(*cells)
    console.print(table)
    users = story.world.n_users
    console.print(
        f"Pushes: {story.pushes[-1]:,} to {story.n_pushed:,} of {users:,} users. "
        f"Mails: {story.mails[-1]:,} to {story.n_mailed:,} of {story.n_without:,} without a programme."
    )
