import os
import subprocess
import sys
import time

import pytest

from presage.jobs.messages import Limits, Progress, to_line
from presage.jobs.watchdog import LOOKS, CpuUse, Watchdog, cpu_use

LIMITS = Limits(stall_seconds=900.0, silent_seconds=21_600.0)
LOOK_SECONDS = LIMITS.stall_seconds / LOOKS
SPIN = "import time; end = time.process_time() + 0.5\nwhile time.process_time() < end: pass\ninput()"


def ended_after(cores, *, is_runnable=False, report_seconds=1e9, seconds=8 * 3600):
    """When a child that uses so much of a core and reports so often is ended, and what is said; or None."""
    now = 0.0
    watchdog = Watchdog(
        "arn:1", 7, LIMITS, now, cpu_use=lambda _pid: CpuUse(seconds=cores * now, is_runnable=is_runnable)
    )
    heard_at = 0.0
    while now < seconds:
        now += LOOK_SECONDS
        if now - heard_at >= report_seconds:
            heard_at = now
            watchdog.hear(to_line(Progress("arn:1", "reading", 0.5)), now)
        if stalled := watchdog.look(now):
            return now, stalled
    return None


@pytest.mark.parametrize("cores", [0.0, 0.001])
def test_an_idle_silent_child_is_ended_soon(cores):
    at, stalled = ended_after(cores)
    assert stalled.idle
    assert stalled.seconds == LIMITS.stall_seconds
    assert at <= LIMITS.stall_seconds + 2 * LOOK_SECONDS


@pytest.mark.parametrize("cores", [0.02, 1.0, 8.0])
def test_a_silent_child_that_computes_is_ended_in_the_end(cores):
    at, stalled = ended_after(cores)
    assert not stalled.idle
    assert at == stalled.seconds == LIMITS.silent_seconds


def test_a_child_that_waits_for_a_core_is_not_idle():
    _, stalled = ended_after(0.001, is_runnable=True)
    assert not stalled.idle


@pytest.mark.parametrize("cores", [0.0, 1.0])
def test_a_child_that_reports_is_never_ended(cores):
    assert ended_after(cores, report_seconds=800.0) is None


def test_it_is_said_once_however_long_the_child_takes_to_die():
    watchdog = Watchdog("arn:1", 7, LIMITS, 0.0, cpu_use=lambda _pid: None)
    assert watchdog.look(LIMITS.silent_seconds)
    assert watchdog.look(LIMITS.silent_seconds + 1.0) is None


def test_where_cpu_time_cannot_be_read_only_silence_counts():
    watchdog = Watchdog("arn:1", 7, LIMITS, 0.0, cpu_use=lambda _pid: None)
    watchdog.hear(to_line(Progress("arn:1", "reading", 0.5)), 10.0)
    assert watchdog.look(LIMITS.silent_seconds) is None
    stalled = watchdog.look(10.0 + LIMITS.silent_seconds)
    assert (stalled.step, stalled.fraction, stalled.idle) == ("reading", 0.5, False)


@pytest.mark.skipif(sys.platform != "linux", reason="CPU time of others is read from /proc")
def test_the_cpu_time_of_a_group_is_that_of_all_in_it():
    leader = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SPIN!r}])"],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    runnable = set()
    while (use := cpu_use(leader.pid)).seconds < 0.5:
        runnable.add(use.is_runnable)
        assert leader.poll() is None
        time.sleep(0.02)
    leader.communicate(b"\n")
    assert True in runnable
    assert cpu_use(leader.pid) == CpuUse(seconds=0.0, is_runnable=False)
    assert cpu_use(os.getpgid(0)).is_runnable
