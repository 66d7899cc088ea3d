"""A refit beside what goes on: of a copy of the policy, as it was after so many rewards."""

from copy import deepcopy
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from presage.recipes.bandits.data import Seen
from presage.recipes.bandits.policy import Policy


@dataclass(kw_only=True)
class Refit:
    """A refit that is due, until the log says that it has come in.

    Whoever reads the log computes the same, whenever it does.

    Parameters
    ----------
    policy : a copy; `compute` refits it
    version : how many rewards it knows
    since : those that have come after
    """

    policy: Policy
    version: int
    since: list[Seen] = field(default_factory=list[Seen])
    is_computed: bool = False
    _lock: Any = field(default_factory=Lock, repr=False)

    @classmethod
    def of(cls, policy: Policy, version: int) -> "Refit":
        """Of a policy as it is now, which may go on learning."""
        return cls(policy=deepcopy(policy), version=version)

    def compute(self) -> None:
        """Refit the copy, once; in any thread, and it may take long."""
        with self._lock:
            if not self.is_computed:
                self.policy.refit()
                self.is_computed = True

    def result(self) -> Policy:
        """The refitted policy that has learned what came since; to be asked for once.

        It is waited for, or computed now.
        """
        self.compute()
        for seen in self.since:
            self.policy.learn(seen)
        return self.policy
