"""A refit beside what goes on: of a copy of the policy, as it was after so many rewards."""

from copy import deepcopy
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from presage.jobs.helpers import in_a_process
from presage.recipes import load_policy
from presage.recipes.bandits.data import Seen
from presage.recipes.bandits.policy import Policy
from presage.recipes.data import State


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

    def compute(self, *, beside: bool = False) -> None:
        """Refit the copy, once; in any thread, and it may take long.

        Parameters
        ----------
        beside : whether a policy that takes long is refitted in a process of its own, so that no answer of
            this one waits
        """
        with self._lock:
            if self.is_computed:
                return
            if beside and getattr(self.policy.settings, "refits_long", False):
                self.policy = load_policy(*in_a_process(_refitted, self.policy.state()))
            else:
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


def _refitted(state: State) -> State:
    """The state of a policy that was refitted."""
    policy = load_policy(*state)
    policy.refit()
    return policy.state()
