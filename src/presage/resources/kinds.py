"""The kinds of resources, declared as data: their ARNs, parents, walks and what blocks deletion."""

from collections.abc import Mapping
from dataclasses import dataclass

PENDING, IN_PROGRESS, ACTIVE, FAILED = "CREATE PENDING", "CREATE IN_PROGRESS", "ACTIVE", "CREATE FAILED"
STOPPING, STOPPED = "CREATE STOPPING", "CREATE STOPPED"
DELETE_PENDING, DELETE_IN_PROGRESS = "DELETE PENDING", "DELETE IN_PROGRESS"
UNDER_WAY = (PENDING, IN_PROGRESS)
"""Being created: there is work to wait for."""

CREATION = frozenset(
    {(PENDING, IN_PROGRESS), (IN_PROGRESS, ACTIVE), (PENDING, FAILED), (IN_PROGRESS, FAILED)}
)
STOPPING_CREATION = frozenset({(PENDING, STOPPED), (IN_PROGRESS, STOPPING), (STOPPING, STOPPED)})
DELETION = frozenset(
    {(state, DELETE_PENDING) for state in (ACTIVE, FAILED, STOPPED)} | {(DELETE_PENDING, DELETE_IN_PROGRESS)}
)
RETRY = frozenset({(IN_PROGRESS, PENDING)})
"""A job that is run again starts over."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of resource.

    Parameters
    ----------
    name : AWS's word for it, as in Describe<name>
    resource : the resource part of its ARN; fields in braces are filled when it is made
    parent : the request member that names the parent, which is also the filter of its List call
    walk : the (from, to) pairs of states that it may take; empty for a kind without states
    job : which job creates it; empty for a kind that needs no work
    blocked_by : kinds of children that must be gone before it may be deleted
    blocked_while : kinds of children that must not be under way when it is deleted
    """

    name: str
    resource: str
    parent: str = ""
    walk: frozenset[tuple[str, str]] = CREATION | DELETION
    job: str = ""
    blocked_by: tuple[str, ...] = ()
    blocked_while: tuple[str, ...] = ()

    @property
    def member(self) -> str:
        """The member that holds one in an answer, such as `datasetGroup`."""
        return self.name[0].lower() + self.name[1:]

    @property
    def key(self) -> str:
        """The member that names one by its ARN, such as `datasetGroupArn`."""
        return f"{self.member}Arn"

    @property
    def label(self) -> str:
        """The kind in plain words, such as `dataset group`."""
        return "".join(f" {c.lower()}" if c.isupper() else c for c in self.name).strip()


_PERSONALIZE = (
    Kind(name="Schema", resource="schema/{name}", walk=frozenset(), blocked_by=("Dataset",)),
    Kind(
        name="DatasetGroup",
        resource="dataset-group/{name}",
        blocked_by=("Dataset", "EventTracker", "Solution"),
    ),
    Kind(
        name="Dataset",
        resource="dataset/{group}/{type}",
        parent="datasetGroupArn",
        blocked_while=("DatasetImportJob",),
    ),
    Kind(
        name="DatasetImportJob",
        resource="dataset-import-job/{name}",
        parent="datasetArn",
        walk=CREATION | RETRY,
        job="import",
    ),
    Kind(name="EventTracker", resource="event-tracker/{id}", parent="datasetGroupArn"),
    Kind(
        name="Solution",
        resource="solution/{name}",
        parent="datasetGroupArn",
        blocked_by=("Campaign",),
        blocked_while=("SolutionVersion",),
    ),
    Kind(
        name="SolutionVersion",
        resource="solution/{solution}/{id}",
        parent="solutionArn",
        walk=CREATION | DELETION | STOPPING_CREATION | RETRY,
        job="train",
    ),
    Kind(name="Campaign", resource="campaign/{name}", parent="solutionArn"),
)

PERSONALIZE: Mapping[str, Kind] = {kind.name: kind for kind in _PERSONALIZE}
