import os
import signal
import time

import pytest

from presage.config import Config
from presage.jobs.children import Children
from presage.jobs.heartbeats import is_alive
from presage.jobs.messages import Exit, Limits, Progress, Stalled

from .running import RunningWorkers, eventually

WORKS = "tests.jobs.works"


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", RunningWorkers.environment()["PYTHONPATH"])
    made = []

    def make(lease_seconds=600.0, stall_seconds=600.0, silent_seconds=600.0):
        limits = Limits(stall_seconds=stall_seconds, silent_seconds=silent_seconds)
        config = Config(data=tmp_path)
        made.append(Children(config, lease_seconds=lease_seconds, limits=limits, threads=1, preload=()))
        return made[-1]

    yield make
    for children in made:
        children.close()


@pytest.fixture
def running(tmp_path):
    running = RunningWorkers(tmp_path)
    yield running
    running.close()


def exits(children, count=1):
    """The messages until so many children have ended."""
    heard = []
    eventually(lambda: heard.extend(children.receive(0.05)) or sum(type(n) is Exit for n in heard) >= count)
    return heard


def test_children_run_at_the_same_time_and_tell_how_they_ended(make, running):
    children = make()
    for arn in ("one", "two"):
        children.start(arn, f"{WORKS}:slow", arn, reports=True)
    for arn in ("one", "two"):
        running.began(arn)
        running.release(arn)
    heard = exits(children, 2)
    assert {one for one in heard if isinstance(one, Exit)} == {Exit("one", 0), Exit("two", 0)}
    assert Progress("one", "waiting", 0.25) in heard


def test_modules_are_imported_once_for_a_child_and_those_after_it(make, running):
    children = make()
    children.start("before", f"{WORKS}:loaded", "before", reports=True)
    children.start("first", f"{WORKS}:loaded", "first", reports=True, imports=("tabnanny",))
    children.start("later", f"{WORKS}:loaded", "later", reports=True)
    exits(children, 3)
    found = {arn: running.marks("loaded", arn) for arn in ("before", "first", "later")}
    assert found == {"before": ["False"], "first": ["True"], "later": ["True"]}


def test_a_module_that_cannot_be_imported_is_for_the_child_to_miss(make, running):
    children = make()
    children.start("one", f"{WORKS}:loaded", "one", reports=True, imports=("no_such_module", "tabnanny"))
    assert exits(children)[-1] == Exit("one", 0)
    assert running.marks("loaded")


def test_a_killed_child_takes_along_what_it_started(make, running):
    children = make()
    children.start("one", f"{WORKS}:with_grandchild", "one", reports=True)
    child, helper = running.began("one"), int(running.marks("helper")[0])
    children.kill("one")
    assert exits(children)[-1] == Exit("one", -signal.SIGKILL, from_outside=True)
    eventually(lambda: not is_alive(child) and not is_alive(helper))


@pytest.mark.parametrize(
    ("number", "from_outside"), [(signal.SIGKILL, True), (signal.SIGTERM, True), (signal.SIGSEGV, False)]
)
def test_a_child_that_somebody_ended_is_told_from_one_that_died_of_itself(
    make, running, number, from_outside
):
    children = make()
    children.start("one", f"{WORKS}:slow", "one", reports=True)
    os.kill(running.began("one"), number)
    assert exits(children)[-1] == Exit("one", -number, from_outside=from_outside)


def test_no_child_outlives_the_closing(make, running):
    children = make()
    children.start("one", f"{WORKS}:slow", "one", reports=True)
    child = running.began("one")
    children.close()
    assert not is_alive(child)


def test_children_live_as_long_as_the_lease_is_renewed(make, running):
    children = make(lease_seconds=3.0)
    children.start("one", f"{WORKS}:slow", "one", reports=True)
    deadline = time.monotonic() + 4.0
    while time.monotonic() < deadline or not running.marks("began"):
        children.renew(time.monotonic())
        time.sleep(0.1)
    assert is_alive(running.began("one"))
    assert exits(children)[-1] == Exit("one", -signal.SIGKILL, from_outside=True)


def test_a_guard_that_dies_is_replaced_and_its_children_count_as_killed_from_outside(make, running):
    children = make()
    children.start("one", f"{WORKS}:slow", "one", reports=True)
    child, guard = running.began("one"), children.guard_pid
    os.kill(guard, signal.SIGKILL)
    assert exits(children)[-1] == Exit("one", -signal.SIGKILL, from_outside=True)
    eventually(lambda: not is_alive(child))
    children.start("two", f"{WORKS}:quick", "two", reports=True)
    assert exits(children)[-1] == Exit("two", 0)
    assert children.guard_pid != guard


def test_what_a_child_leaves_running_is_killed_when_it_ends(make, running):
    children = make()
    children.start("one", f"{WORKS}:with_grandchild", "one", reports=True)
    running.began("one")
    running.release("one")
    assert exits(children)[-1] == Exit("one", 0)
    eventually(lambda: not is_alive(int(running.marks("helper")[0])))


def test_a_child_that_sleeps_and_says_nothing_is_ended_with_all_it_started(make, running):
    children = make(stall_seconds=1.5)
    children.start("one", f"{WORKS}:asleep", "one", reports=True)
    *_, stalled, end = exits(children)
    assert isinstance(stalled, Stalled)
    assert (stalled.step, stalled.fraction, stalled.idle) == ("waiting", 0.25, True)
    assert stalled.seconds >= 1.5
    assert end == Exit("one", -signal.SIGKILL, from_outside=True)
    eventually(lambda: not is_alive(int(running.marks("helper")[0])))


def test_a_child_that_computes_and_says_nothing_is_ended_much_later(make):
    children = make(stall_seconds=1.0, silent_seconds=4.0)
    children.start("one", f"{WORKS}:spinning", "one", reports=True)
    stalled, _ = exits(children)
    assert not stalled.idle
    assert (stalled.step, stalled.fraction) == ("", 0.0)
    assert stalled.seconds >= 4.0


def test_a_child_that_reports_or_lets_others_compute_lives(make, running):
    children = make(stall_seconds=1.0, silent_seconds=4.0)
    children.start("reports", f"{WORKS}:reporting", "reports", reports=True)
    children.start("waits", f"{WORKS}:waiting_for_a_spinning_one", "waits", reports=True)
    stalled, _ = (message for message in exits(children) if message.key == "waits")
    assert not stalled.idle
    assert is_alive(running.began("reports"))


@pytest.mark.parametrize("killed", ["child", "guard"])
def test_helpers_die_with_their_job(make, running, killed):
    children = make()
    children.start("one", f"{WORKS}:helped", "one")
    child = running.began("one")
    eventually(lambda: len(set(running.marks("helps", "one"))) == 2)
    helping = map(int, running.marks("helps", "one"))
    os.kill(child if killed == "child" else children.guard_pid, signal.SIGKILL)
    exits(children)
    eventually(lambda: not any(map(is_alive, [child, *helping])))
