"""What a Task state asks for: a resource, and arguments; and what answers it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


def _nothing(*_: object) -> None:
    """Do nothing."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A task that is to be done.

    Parameters
    ----------
    resource : what does it, such as `arn:aws:states:::aws-sdk:personalize:createSolutionVersion`
    arguments : its effective input
    name : a name of its own, the same whenever the run does this task again
    again : whether it may have been done before, or in part: the run was interrupted meanwhile
    tell : tells in a few words what the task does now, which is a sign of life too
    """

    resource: str
    arguments: Any
    name: str
    again: bool = False
    tell: Callable[[str], None] = field(default=_nothing, repr=False)


Work = Callable[[Call], Awaitable[Any]]
"""Does a task. Raises StateError."""
