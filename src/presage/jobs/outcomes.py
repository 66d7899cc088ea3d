"""How a try of a job ended, in words: for the log, and for the person who reads the record."""

import signal
from dataclasses import dataclass

from .messages import Crash, Failure, MustWait, Stalled


@dataclass(frozen=True, kw_only=True)
class TryEnd:
    """What is known when a child is gone.

    Parameters
    ----------
    code : its exit code; a negative one is the signal that killed it
    said : the error that it raised, if it could say so, or why it was ended
    from_outside : whether it was killed through no fault of its own
    """

    code: int
    said: Failure | Crash | MustWait | Stalled | None = None
    from_outside: bool = False

    @property
    def is_interruption(self) -> bool:
        """Whether this is not to count as a try."""
        return self.from_outside and self.said is None

    def for_the_log(self) -> dict[str, str]:
        """All that is known."""
        match self.said:
            case Crash(_, summary, trace):
                return {"error": summary, "trace": trace}
            case Failure(_, reason) | MustWait(_, reason, _):
                return {"error": reason}
            case Stalled():
                return {"error": _no_progress(self.said)}
            case None:
                return {"error": f"the job's process died ({self._death()})"}

    def for_the_record(self, tries: int, reference: str) -> str:
        """Why the job failed for good after so many tries; `reference` finds the entry in the log."""
        match self.said:
            case Failure(_, reason) | MustWait(_, reason, _):
                return reason
            case Crash(_, summary, _):
                return f"{summary} (tried {tries} times; the log tells more under reference {reference})"
            case Stalled():
                return f"{_no_progress(self.said)} (tried {tries} times)"
            case None:
                return f"the job's process died {tries} times ({self._death()})"

    def _death(self) -> str:
        if self.code >= 0:
            return f"exit code {self.code}"
        number = -self.code
        if self.from_outside:
            return f"signal {number}: killed from outside"
        return f"signal {number}: {_LIKELY.get(number) or signal.strsignal(number) or 'unknown'}"


def _no_progress(stalled: Stalled) -> str:
    where = f"at step {stalled.step!r} ({stalled.fraction:.0%} done)" if stalled.step else "at its start"
    idle = " and used almost no CPU time" if stalled.idle else ""
    return (
        f"the job's process made no progress {where}: it reported nothing{idle} "
        f"for {_duration(stalled.seconds)}, so it was ended"
    )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"


_LIKELY: dict[int, str] = {signal.SIGKILL: "out of memory?", signal.SIGSEGV: "a crash in native code"}
