import signal

import pytest

from presage.jobs.endings import Ending
from presage.jobs.messages import Fault, Refusal

FAULT = Fault("arn:1", "KeyError: 'USER_ID'", "Traceback (most recent call last) ...")


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (Ending(code=-signal.SIGKILL), "the worker process died 3 times (signal 9: out of memory?)"),
        (Ending(code=-signal.SIGSEGV), "the worker process died 3 times (signal 11: a crash in native code)"),
        (
            Ending(code=-signal.SIGBUS),
            f"the worker process died 3 times (signal {int(signal.SIGBUS)}: Bus error)",
        ),
        (Ending(code=7), "the worker process died 3 times (exit code 7)"),
        (Ending(code=1, said=Refusal("arn:1", "row 7 is broken")), "row 7 is broken"),
        (
            Ending(code=1, said=FAULT),
            "KeyError: 'USER_ID' (tried 3 times; the log tells more under reference c0ffee)",
        ),
    ],
)
def test_a_person_reads_why_a_job_failed(ending, reason):
    assert ending.for_the_record(3, "c0ffee") == reason


def test_the_log_has_the_trace():
    assert Ending(code=1, said=FAULT).for_the_log() == {"error": FAULT.summary, "trace": FAULT.trace}
    assert "signal 9" in Ending(code=-9).for_the_log()["error"]
