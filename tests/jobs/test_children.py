import os
import signal
import time

import pytest

from presage.config import Config
from presage.jobs.children import Children
from presage.jobs.messages import Exit, Report
from presage.jobs.roster import is_alive

from .workshop import Workshop, eventually

WORKS = "tests.jobs.works"


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", Workshop.environment()["PYTHONPATH"])
    made = []

    def make(lease_seconds=600.0):
        made.append(Children(Config(data=tmp_path), lease_seconds=lease_seconds, threads=1, preload=()))
        return made[-1]

    yield make
    for children in made:
        children.close()


@pytest.fixture
def workshop(tmp_path):
    workshop = Workshop(tmp_path)
    yield workshop
    workshop.close()


def exits(children, count=1):
    """The news until so many children have ended."""
    heard = []
    eventually(lambda: heard.extend(children.news(0.05)) or sum(type(n) is Exit for n in heard) >= count)
    return heard


def test_children_run_at_the_same_time_and_tell_how_they_ended(make, workshop):
    children = make()
    for arn in ("one", "two"):
        children.start(arn, f"{WORKS}:slow", arn, reports=True)
    for arn in ("one", "two"):
        workshop.began(arn)
        workshop.release(arn)
    heard = exits(children, 2)
    assert {news for news in heard if isinstance(news, Exit)} == {Exit("one", 0), Exit("two", 0)}
    assert Report("one", "waiting", 0.25) in heard


def test_a_killed_child_takes_along_what_it_started(make, workshop):
    children = make()
    children.start("one", f"{WORKS}:with_grandchild", "one", reports=True)
    child, helper = workshop.began("one"), int(workshop.marks("helper")[0])
    children.kill("one")
    assert exits(children)[-1] == Exit("one", -signal.SIGKILL)
    eventually(lambda: not is_alive(child) and not is_alive(helper))


def test_no_child_outlives_the_closing(make, workshop):
    children = make()
    children.start("one", f"{WORKS}:slow", "one", reports=True)
    child = workshop.began("one")
    children.close()
    assert not is_alive(child)


def test_children_live_as_long_as_the_lease_is_renewed(make, workshop):
    children = make(lease_seconds=1.0)
    children.start("one", f"{WORKS}:slow", "one", reports=True)
    child = workshop.began("one")
    for _ in range(8):
        children.live(time.monotonic())
        time.sleep(0.2)
    assert is_alive(child)
    assert exits(children)[-1] == Exit("one", -signal.SIGKILL)


def test_a_guard_that_dies_is_replaced_and_its_children_count_as_killed(make, workshop):
    children = make()
    children.start("one", f"{WORKS}:slow", "one", reports=True)
    child, guard = workshop.began("one"), children.guard_pid
    os.kill(guard, signal.SIGKILL)
    assert exits(children)[-1] == Exit("one", -signal.SIGKILL)
    eventually(lambda: not is_alive(child))
    children.start("two", f"{WORKS}:quick", "two", reports=True)
    assert exits(children)[-1] == Exit("two", 0)
    assert children.guard_pid != guard


def test_what_a_child_leaves_running_is_killed_when_it_ends(make, workshop):
    children = make()
    children.start("one", f"{WORKS}:with_grandchild", "one", reports=True)
    workshop.began("one")
    workshop.release("one")
    assert exits(children)[-1] == Exit("one", 0)
    eventually(lambda: not is_alive(int(workshop.marks("helper")[0])))
