"""A plan carried out: in the order in which things need each other, side by side where they do not."""

import time
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from threading import Event
from typing import Any

from .account import GONE, Account, Standing
from .changing import request_of
from .endpoints import AT_ONCE, CallError
from .finding import ItemId
from .kinds import KINDS
from .ordering import Task, needs_of
from .planning import Action, Plan, Step, updated_by
from .values import Ref, mapped

FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS, LONGEST_POLL_OF_AWS = 0.1, 1.0, 15.0
BUSY_SECONDS = 600.0
"""What is refused because something is still in use or under way is tried again so long."""
_BUSY = ("ResourceInUseException", "LimitExceededException")
Tell = Callable[[str, Step, str], None]


class NotMade(RuntimeError):
    """A resource that failed, in the server's words."""


@dataclass(kw_only=True)
class Outcome:
    """What came of a plan.

    Parameters
    ----------
    done : what was done
    failed : what was not, and why
    skipped : what was not begun, as it needs what failed
    """

    done: list[Task] = field(default_factory=list[Task])
    failed: dict[Task, str] = field(default_factory=dict[Task, str])
    skipped: dict[Task, Task] = field(default_factory=dict[Task, Task])

    @property
    def is_whole(self) -> bool:
        """Whether everything was done."""
        return not self.failed and not self.skipped


def carry_out(plan: Plan, account: Account, tell: Tell) -> Outcome:
    """Do what a plan says; what fails stops only what needs it.

    Parameters
    ----------
    tell : is told (what happens, the step, more of it) as things go on, from several threads
    """
    return _Run(plan, account, tell).run()


class _Run:
    def __init__(self, plan: Plan, account: Account, tell: Tell) -> None:
        self.account = account
        self.tell = tell
        self.needs = needs_of(plan)
        self.outcome = Outcome()
        self.stopping = Event()
        self.arns: dict[ItemId, str] = {
            step.item.id: step.stands.arn for step in plan.steps if step.item and step.stands
        }
        self.longest_poll = LONGEST_POLL_OF_AWS if account.endpoint.is_aws else LONGEST_POLL_SECONDS

    def run(self) -> Outcome:
        sorter = TopologicalSorter(self.needs)
        sorter.prepare()
        with ThreadPoolExecutor(4 * AT_ONCE) as threads:
            try:
                self._work_off(sorter, threads)
            except BaseException:  # interrupted: what waits gives up, what was not begun is not
                self.stopping.set()
                threads.shutdown(wait=False, cancel_futures=True)
                raise
        return self.outcome

    def _work_off(self, sorter: TopologicalSorter[Task], threads: ThreadPoolExecutor) -> None:
        running: dict[Future[None], Task] = {}
        while sorter.is_active():
            for task in sorter.get_ready():
                culprit = self._culprit(task)
                if culprit is None:
                    running[threads.submit(self._do, task)] = task
                else:
                    self.outcome.skipped[task] = culprit
                    sorter.done(task)
            for future in wait(running, return_when=FIRST_COMPLETED)[0]:
                task = running.pop(future)
                self._note(task, future)
                sorter.done(task)

    def _culprit(self, task: Task) -> Task | None:
        """What failed that a task needs."""
        for needed in self.needs[task]:
            if needed in self.outcome.failed:
                return needed
            if needed in self.outcome.skipped:
                return self.outcome.skipped[needed]
        return None

    def _note(self, task: Task, future: "Future[None]") -> None:
        try:
            future.result()
        except (CallError, NotMade) as error:
            self.outcome.failed[task] = str(error)
            self.tell("failed", task.step, str(error))
        else:
            self.outcome.done.append(task)

    def _do(self, task: Task) -> None:
        began = time.monotonic()
        step = task.step
        if task.deletes:
            self._delete(step)
            self.tell("deleted", step, _seconds(began))
            return
        if step.action == Action.UPDATE:
            self._update(step)
        elif step.action != Action.LEAVE:
            self._create(step)
        elif step.stands is None or not step.stands.is_moving:
            return
        stands = self._wait(step)
        words = {Action.UPDATE: "updated", Action.LEAVE: "ready"}
        self.tell(words.get(step.action, "created"), step, f"{stands.status}, {_seconds(began)}")

    def _create(self, step: Step) -> None:
        item = step.item
        assert item is not None
        members = mapped(item.members, self._arn)

        def create() -> str:
            return self.account.create(item.kind, step.name, members, item.tags)

        self.arns[item.id] = self._patiently(step, create)

    def _update(self, step: Step) -> None:
        item, stands = step.item, step.stands
        assert item is not None
        assert stands is not None
        ways = [updated_by(step.kind, change) for change in step.changes]
        if "tags" in ways and item.tags is not None:
            self.account.tag(step.kind, stands.arn, item.tags)
        if any(way != "tags" for way in ways):
            request = request_of(step, mapped(item.members, self._arn))
            self._patiently(step, lambda: self.account.update(step.kind, stands.arn, request))

    def _delete(self, step: Step) -> None:
        stands = step.stands
        assert stands is not None
        if not stands.status.startswith("DELETE"):
            self._patiently(step, lambda: self.account.delete(step.kind, stands.arn))
        for _ in self._polls():
            try:
                now = self.account.described(step.kind, stands.arn)
            except CallError as error:
                if error.code in GONE:
                    return
                raise
            if now.status.replace("_", " ") == "DELETE FAILED":
                raise NotMade(f"it is {now.status}: {now.reason}")

    def _wait(self, step: Step) -> Standing:
        """Wait until what was begun is over. Raises NotMade with the reason if it failed."""
        assert step.item is not None
        arn, shown, polls = self.arns[step.item.id], "", self._polls()
        stands = self.account.described(step.kind, arn)
        while stands.is_moving:
            seconds = next(polls)
            stands = self.account.described(step.kind, arn)
            if stands.is_moving and stands.status != shown and seconds >= LONGEST_POLL_SECONDS:
                shown = stands.status
                self.tell("waits", step, shown)
        if stands.status.replace("_", " ").endswith(("FAILED", "CREATE STOPPED")):
            raise NotMade(f"it is {stands.status}: {stands.reason}")
        return stands

    def _patiently(self, step: Step, call: Callable[[], Any]) -> Any:
        """What a call answers; it is made again while what stands in its way will be done in a while."""
        began, polls = time.monotonic(), self._polls()
        while True:
            next(polls)
            try:
                return call()
            except CallError as error:
                if error.code not in _BUSY or time.monotonic() - began > self._patience(error):
                    raise
                self.tell("waits", step, str(error))

    def _patience(self, error: CallError) -> float:
        """A quota may be full for long; what is still in use mostly is for a mistake."""
        return BUSY_SECONDS if error.code == _BUSY[1] or self.account.endpoint.is_aws else 5.0

    def _polls(self) -> Generator[float]:
        seconds = FIRST_POLL_SECONDS
        while True:
            yield seconds
            if self.stopping.wait(seconds):
                raise NotMade("interrupted; what was begun goes on there")
            seconds = min(1.5 * seconds, self.longest_poll)

    def _arn(self, ref: Ref) -> str:
        for kind in ref.kinds:
            if (*kind, ref.key) in self.arns:
                return f"{self.arns[*kind, ref.key]}{ref.suffix}"
        kinds = [KINDS[kind] for kind in ref.kinds]
        found = (one for kind in kinds for one in self.account.listed(kind) if one.name == ref.key)
        return f"{next(found).arn}{ref.suffix}"


def _seconds(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"
