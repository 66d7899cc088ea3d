"""A kind of resource is declared once: its name, what it refers to, how it moves, what stands in its way.

Describe, List, Delete, tags, and what a crash leaves to be taken up, follow from the declaration and from the
shapes of the service model.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from presage.resources.record import Record
from presage.resources.states import RESTING, Motion, State

from .dialects import DIALECTS, Dialect

if TYPE_CHECKING:
    from .server import Server

Work = Callable[["Server", Record], None]
Show = Callable[["Server", Record], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Move:
    """How a kind goes through one motion: by a job, by work in this process, or by nothing at all.

    Parameters
    ----------
    since : the states from which it may begin
    job : the kind of job that does it
    job_if : whether a record needs the job; without it, it goes as if there were none. None = always
    in_order_of : a member; jobs for which it is the same are done one at a time, in order; empty = none
    work : what this process does; a JobFailure's text becomes the reason of the failure. May run twice
    at_once : it is over when the call is answered; for what has no work
    """

    since: frozenset[State] = frozenset({State.NONE})
    job: str = ""
    job_if: Callable[[Record], bool] | None = None
    in_order_of: str = ""
    work: Work | None = None
    at_once: bool = False

    def job_of(self, record: Record) -> str:
        """The kind of job that does it for a record; empty = none."""
        return self.job if self.job_if is None or self.job_if(record) else ""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of resource of one service.

    Parameters
    ----------
    name : AWS's word for it, as in Describe<name>
    arn : the resource part of its ARN; braces hold `name`, `id` (8 hexadecimal digits) or a member of the
        body; of a member that refers to something that one's name is meant
    arn_service : the service that its ARN names; empty = its own
    refers : request member -> the kind that it names by ARN; what it names must be there and usable
    lists_by : request member of its List -> the kind of what its resources refer to in another way
    filtered_by : members of the body that Filters may name besides
    aliases : members of the body by whose value it is found too
    moves : how it goes through each motion that it knows
    blocked_by : kinds that must not refer to it when it is deleted
    blocked_while : kinds of which nothing that refers to it may be under way when it is deleted
    takes_along : kinds that refer to it and are deleted with it
    one_per : the member that names what has at most one of this kind; empty = any number
    most_under_way : how many may be on their way at once; 0 = any number
    show : what Describe answers besides what the record holds
    plural : as in List<plural>; empty = its name and an s
    own_dialect : how its states and common members are spelled, where that differs from its service's
    """

    service: str
    name: str
    arn: str
    arn_service: str = ""
    refers: Mapping[str, str] = field(default_factory=dict[str, str])
    lists_by: Mapping[str, str] = field(default_factory=dict[str, str])
    filtered_by: Sequence[str] = ()
    aliases: Sequence[str] = ()
    moves: Mapping[Motion, Move] = field(default_factory=lambda: {Motion.CREATE: Move(), Motion.DELETE: GOES})
    blocked_by: Sequence[str] = ()
    blocked_while: Sequence[str] = ()
    takes_along: Sequence[str] = ()
    one_per: str = ""
    most_under_way: int = 0
    show: Show | None = None
    plural: str = ""
    own_dialect: Dialect | None = None

    @property
    def dialect(self) -> Dialect:
        """How its states and common members are spelled."""
        return self.own_dialect or DIALECTS[self.service]

    @property
    def listed(self) -> str:
        """The kind in the plural, as in List<plural>."""
        return self.plural or f"{self.name}s"

    @property
    def key(self) -> str:
        """The member that names one by its ARN, such as `datasetGroupArn`."""
        return self.dialect.member(f"{self.name}Arn")

    @property
    def label(self) -> str:
        """The kind in plain words, such as `dataset group`."""
        return in_words(self.name)


def in_words(kind: str) -> str:
    """A kind's name in plain words."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in kind).strip()


GOES = Move(since=RESTING)
"""A deletion without work: from wherever it rests."""
