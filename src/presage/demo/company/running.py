"""The company's pipelines, as somebody sees them who waits for them."""

import time
from dataclasses import dataclass

from presage.demo.calls import Calls
from presage.demo.service import DemoError, Record
from presage.demo.steps import POLL_SECONDS, Step

START_SECONDS = 180.0


@dataclass(frozen=True)
class Watched:
    """A pipeline on a server."""

    calls: Calls
    name: str

    def runs(self) -> list[Record]:
        """Its runs, the newest first."""
        return self.calls("GET", f"/pipelines/{self.name}/runs")["runs"]

    def started(self, known: int) -> Record:
        """The run that begins by itself once there are more than the known ones. Raises DemoError."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            runs = self.runs()
            if len(runs) > known:
                return runs[0]
            time.sleep(POLL_SECONDS)
        raise DemoError(f"the pipeline {self.name!r} did not begin by its schedule in {START_SECONDS:.0f} s")

    def resume(self, run: Record) -> None:
        """Let a run that failed go on where it failed."""
        self.calls("POST", f"/pipelines/runs/{run['name']}/resume", {})

    def ended(self, run: Record, step: Step) -> Record:
        """A run when it has ended, with its states."""
        n_done = 0
        states: list[Record] = self._look(run)["states"]
        tell = step.of(len(states))
        while True:
            found = self._look(run)
            now_done = sum(state["status"] == "DONE" for state in found["states"])
            tell(now_done - n_done)
            n_done = now_done
            if found["status"] != "RUNNING":
                return found
            time.sleep(POLL_SECONDS)

    def _look(self, run: Record) -> Record:
        return self.calls("GET", f"/pipelines/runs/{run['name']}")
