import os
import subprocess
import sys

import pytest

from presage.config import Config
from presage.jobs import messages as m
from presage.jobs.child import do, summary
from presage.jobs.heartbeats import is_alive

from .running import RunningWorkers, eventually

ORPHAN = """
import os, time
from presage.jobs.child import die_with
parent = os.getpid()
pid = os.fork()
if pid == 0:
    die_with(parent)
    print(os.getpid(), flush=True)
    time.sleep(600)
time.sleep(600)
"""


def call(start, config):
    """The exit code of a call and the messages that it sent."""
    read_end, write_end = os.pipe()
    code = do(start, config, write_end)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as stream:
        return code, [m.to_message(line) for line in stream]


@pytest.mark.parametrize(
    ("work", "code", "kinds"),
    [
        ("quick", 0, []),
        ("refused", 1, [m.Failure]),
        ("faulty", 1, [m.Crash]),
        ("chatty", 0, [m.Progress] * 2),
    ],
)
def test_a_call_says_how_it_went(tmp_path, work, code, kinds):
    start = m.Start("arn:1", f"tests.jobs.works:{work}", ("arn:1",), reports=True)
    outcome, said = call(start, Config(data=tmp_path))
    assert outcome == code
    assert [type(message) for message in said] == kinds
    assert all(message.key == "arn:1" for message in said)


def test_reports_of_the_same_step_are_thinned_out_and_kept_within_bounds(tmp_path):
    start = m.Start("arn:1", "tests.jobs.works:chatty", ("arn:1",), reports=True)
    _, said = call(start, Config(data=tmp_path))
    assert [(message.step, message.fraction) for message in said] == [("one", 0.0), ("two", 1.0)]


def test_a_function_that_does_not_exist_is_a_crash(tmp_path):
    start = m.Start("arn:1", "tests.jobs.works:nowhere", (), reports=False)
    code, (crash,) = call(start, Config(data=tmp_path))
    assert code == 1
    assert "nowhere" in crash.summary


def test_an_error_is_summed_up_in_one_line():
    assert summary(ValueError("one\ntwo")) == "ValueError: one"
    assert summary(KeyError()) == "KeyError"
    assert len(summary(ValueError("x" * 10_000))) == 500


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells a parent's death on Linux alone")
def test_a_child_dies_with_its_parent():
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, env=RunningWorkers.environment()
    )
    child = int(parent.stdout.readline())
    assert is_alive(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    eventually(lambda: not is_alive(child))
