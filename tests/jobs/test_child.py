import os
import subprocess
import sys

import pytest

from presage.config import Config
from presage.jobs import messages as m
from presage.jobs.child import do, summary
from presage.jobs.roster import is_alive

from .workshop import Workshop, eventually

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


def told(start, config):
    """The exit code of a call and what it said."""
    read_end, write_end = os.pipe()
    code = do(start, config, write_end)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as stream:
        return code, [m.to_news(line) for line in stream]


@pytest.mark.parametrize(
    ("work", "code", "kinds"),
    [("quick", 0, []), ("refused", 1, [m.Refusal]), ("faulty", 1, [m.Fault]), ("chatty", 0, [m.Report] * 2)],
)
def test_a_call_says_how_it_went(tmp_path, work, code, kinds):
    start = m.Start("arn:1", f"tests.jobs.works:{work}", ("arn:1",), reports=True)
    outcome, said = told(start, Config(data=tmp_path))
    assert outcome == code
    assert [type(news) for news in said] == kinds
    assert all(news.key == "arn:1" for news in said)


def test_reports_of_the_same_step_are_thinned_out_and_kept_within_bounds(tmp_path):
    start = m.Start("arn:1", "tests.jobs.works:chatty", ("arn:1",), reports=True)
    _, said = told(start, Config(data=tmp_path))
    assert [(news.step, news.fraction) for news in said] == [("one", 0.0), ("two", 1.0)]


def test_a_function_that_does_not_exist_is_a_fault(tmp_path):
    start = m.Start("arn:1", "tests.jobs.works:nowhere", (), reports=False)
    code, (fault,) = told(start, Config(data=tmp_path))
    assert code == 1
    assert "nowhere" in fault.summary


def test_an_error_is_summed_up_in_one_line():
    assert summary(ValueError("one\ntwo")) == "ValueError: one"
    assert summary(KeyError()) == "KeyError"
    assert len(summary(ValueError("x" * 10_000))) == 500


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells a parent's death on Linux alone")
def test_a_child_dies_with_its_parent():
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, env=Workshop.environment()
    )
    child = int(parent.stdout.readline())
    assert is_alive(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    eventually(lambda: not is_alive(child))
