"""How each service spells what all its resources have in common: states, times, names, tags, pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from presage.errors import (
    LimitExceededException,
    ServiceError,
    TooManyTagKeysException,
    TooManyTagsException,
)
from presage.resources.record import Record
from presage.resources.states import Motion, Phase, State


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """A service's spelling.

    Parameters
    ----------
    capital : whether members begin with a capital letter
    separator : what stands between a motion and its phase
    status, reason, created_at, updated_at : the members that hold these
    tag_key, tag_value : the members of a tag
    rests : the word for each state
    phases : words for phases of motions that are not spelled motion, separator, phase
    updates_beside : whether an update leaves the resource's own status alone, and has one of its own in
        `latest<Kind>Update`
    changes_while_under_way : whether what is being worked on was last changed just now
    deletes_again : whether deleting what is being deleted is no error
    too_many_tags : the error for more tags than a resource may carry
    too_many_tag_keys : the error for more tag keys in a request than that; None = the model says how many
    not_found, taken : the texts of errors; `{kind}` and `{arn}` are filled in
    too_many_under_way : the same; `{most}` and `{kinds}` are filled in
    """

    capital: bool
    separator: str
    status: str
    reason: str
    created_at: str
    updated_at: str
    tag_key: str
    tag_value: str
    rests: Mapping[State, str]
    phases: Mapping[tuple[Motion, Phase], str] = field(default_factory=dict[tuple[Motion, Phase], str])
    updates_beside: bool
    changes_while_under_way: bool
    deletes_again: bool
    too_many_tags: type[ServiceError]
    too_many_tag_keys: type[ServiceError] | None = None
    not_found: str
    taken: str
    too_many_under_way: str

    def member(self, name: str) -> str:
        """A member's name, given with a capital letter, as the service writes it."""
        return name if self.capital else name[0].lower() + name[1:]

    def names(self, kind: str) -> tuple[str, ...]:
        """The members that may hold the name of a resource of a kind."""
        return (f"{kind}Name",) if self.capital else ("name", "jobName")

    def spell(self, record: Record) -> str:
        """Where a record stands, in the service's words."""
        if record.motion == Motion.NONE or (record.motion == Motion.UPDATE and self.updates_beside):
            return self.rests[record.state]
        return self.phase(record.motion, record.phase)

    def phase(self, motion: Motion, phase: Phase) -> str:
        """How far a motion has come, in the service's words."""
        return self.phases.get((motion, phase)) or f"{motion}{self.separator}{phase}"


PERSONALIZE = Dialect(
    capital=False,
    separator=" ",
    status="status",
    reason="failureReason",
    created_at="creationDateTime",
    updated_at="lastUpdatedDateTime",
    tag_key="tagKey",
    tag_value="tagValue",
    rests={
        State.ACTIVE: "ACTIVE",
        State.FAILED: "CREATE FAILED",
        State.STOPPED: "CREATE STOPPED",
        State.INACTIVE: "INACTIVE",
        State.DELETE_FAILED: "DELETE FAILED",
    },
    updates_beside=True,
    changes_while_under_way=False,
    deletes_again=False,
    too_many_tags=TooManyTagsException,
    too_many_tag_keys=TooManyTagKeysException,
    not_found="No {kind} has the ARN {arn}.",
    taken="Another resource with Arn {arn} already exists.",
    too_many_under_way=(
        "More than {most} resources with PENDING or IN_PROGRESS status. Wait until one is done."
    ),
)
FORECAST = Dialect(
    capital=True,
    separator="_",
    status="Status",
    reason="Message",
    created_at="CreationTime",
    updated_at="LastModificationTime",
    tag_key="Key",
    tag_value="Value",
    rests={
        State.ACTIVE: "ACTIVE",
        State.FAILED: "CREATE_FAILED",
        State.STOPPED: "CREATE_STOPPED",
        State.INACTIVE: "ACTIVE_STOPPED",
        State.DELETE_FAILED: "DELETE_FAILED",
    },
    phases={
        (Motion.STOP, Phase.PENDING): "ACTIVE_STOPPING",
        (Motion.STOP, Phase.IN_PROGRESS): "ACTIVE_STOPPING",
        (Motion.START, Phase.PENDING): "UPDATE_IN_PROGRESS",
        (Motion.START, Phase.IN_PROGRESS): "UPDATE_IN_PROGRESS",
    },
    updates_beside=False,
    changes_while_under_way=True,
    deletes_again=True,
    too_many_tags=LimitExceededException,
    not_found="No resource found {arn}",
    taken="A {kind} already exists with the arn: {arn}",
    too_many_under_way="Quota limit of {most} concurrently creating {kinds} has been reached",
)
DECISIONS = replace(PERSONALIZE, deletes_again=True)
DIALECTS: Mapping[str, Dialect] = {
    "personalize": PERSONALIZE,
    "forecast": FORECAST,
    "decisions": DECISIONS,
    "pipelines": DECISIONS,
    "deliveries": DECISIONS,
}
"""Service -> how it spells."""
