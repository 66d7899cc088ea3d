"""How a try of a job ended, in words: for the log, and for the person who reads the record."""

import signal
from dataclasses import dataclass

from .messages import Fault, Refusal


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What is known when a child is gone.

    Parameters
    ----------
    code : its exit code; a negative one is the signal that killed it
    said : what it said last, if it could: the error that it raised
    """

    code: int
    said: Refusal | Fault | None = None

    def for_the_log(self) -> dict[str, str]:
        """All that is known."""
        match self.said:
            case Fault(_, summary, trace):
                return {"error": summary, "trace": trace}
            case Refusal(_, reason):
                return {"error": reason}
            case None:
                return {"error": f"the worker process died ({_death(self.code)})"}

    def for_the_record(self, tries: int, reference: str) -> str:
        """Why it failed for good after so many tries; `reference` finds the entry in the log."""
        match self.said:
            case Refusal(_, reason):
                return reason
            case Fault(_, summary, _):
                return f"{summary} (tried {tries} times; the log tells more under reference {reference})"
            case None:
                return f"the worker process died {tries} times ({_death(self.code)})"


def _death(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    guess: dict[int, str] = {signal.SIGKILL: "out of memory?", signal.SIGSEGV: "a crash in native code"}
    return f"signal {-code}: {guess.get(-code) or signal.strsignal(-code) or 'unknown'}"
