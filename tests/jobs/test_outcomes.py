import signal

import pytest

from presage.jobs.messages import Crash, Failure, Stalled
from presage.jobs.outcomes import TryEnd

CRASH = Crash("arn:1", "KeyError: 'USER_ID'", "Traceback (most recent call last) ...")


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (TryEnd(code=-signal.SIGKILL), "the job's process died 3 times (signal 9: out of memory?)"),
        (TryEnd(code=-signal.SIGSEGV), "the job's process died 3 times (signal 11: a crash in native code)"),
        (
            TryEnd(code=-signal.SIGBUS),
            f"the job's process died 3 times (signal {int(signal.SIGBUS)}: Bus error)",
        ),
        (TryEnd(code=7), "the job's process died 3 times (exit code 7)"),
        (TryEnd(code=1, said=Failure("arn:1", "row 7 is broken")), "row 7 is broken"),
        (
            TryEnd(code=1, said=CRASH),
            "KeyError: 'USER_ID' (tried 3 times; the log tells more under reference c0ffee)",
        ),
        (
            TryEnd(code=-9, said=Stalled("arn:1", "epoch 3 of 5", 0.6, 900.0, idle=True), from_outside=True),
            (
                "the job's process made no progress at step 'epoch 3 of 5' (60% done): it reported nothing and "
                "used almost no CPU time for 15 minutes, so it was ended (tried 3 times)"
            ),
        ),
        (
            TryEnd(code=-9, said=Stalled("arn:1", "", 0.0, 90.0, idle=False)),
            (
                "the job's process made no progress at its start: it reported nothing for 90 seconds, so it was "
                "ended (tried 3 times)"
            ),
        ),
    ],
)
def test_a_person_reads_why_a_job_failed(end, reason):
    assert end.for_the_record(3, "c0ffee") == reason


def test_the_log_has_the_trace():
    assert TryEnd(code=1, said=CRASH).for_the_log() == {"error": CRASH.summary, "trace": CRASH.trace}
    assert "signal 9" in TryEnd(code=-9).for_the_log()["error"]
    assert "signal 9: killed from outside" in TryEnd(code=-9, from_outside=True).for_the_log()["error"]


def test_a_child_that_was_killed_from_outside_was_interrupted_unless_it_has_told_of_an_error():
    assert TryEnd(code=-9, from_outside=True).is_interruption
    assert not TryEnd(code=-9, from_outside=True, said=CRASH).is_interruption
    assert not TryEnd(code=-9).is_interruption
