"""A job that was interrupted: its worker, the machine or its process was killed, through no fault of its own.

That is no try that counts. But a job whose need of memory takes its whole machine down looks the same, so one
that is interrupted too often without getting any further fails too.
"""

from typing import Any

from sqlalchemy import case

from .table import jobs

MOST_IN_A_ROW = 50
"""A job that is interrupted so often without getting further than before fails."""

_DELAYS_SECONDS = tuple(0.25 * 2**n for n in range(6))
_LONGEST_DELAY_SECONDS = 10.0
_further = jobs.c.fraction > jobs.c.furthest


def interrupted(now: float) -> dict[str, Any]:
    """How to change the rows of interrupted jobs: they wait, each time longer unless they got further."""
    return {
        "state": "WAITING",
        "owner": "",
        "interruptions": case((_further, 1), else_=jobs.c.interruptions + 1),
        "furthest": case((_further, jobs.c.fraction), else_=jobs.c.furthest),
        "not_before": now + _delay_seconds(),
        "updated_at": now,
    }


def _delay_seconds() -> Any:
    before = [(jobs.c.interruptions == n, seconds) for n, seconds in enumerate(_DELAYS_SECONDS)]
    return case((_further, _DELAYS_SECONDS[0]), *before, else_=_LONGEST_DELAY_SECONDS)


def reason_for_the_record(step: str, furthest: float) -> str:
    """Why a job failed that was interrupted too often."""
    return (
        f"interrupted {MOST_IN_A_ROW} times in a row without getting further than {furthest:.0%} "
        f"(last step: {step or 'none'}): each time the worker, the machine or the job's process was killed; "
        "give presage more memory or this job less data, or find what kills its processes, then ask again"
    )
