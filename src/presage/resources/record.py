"""One resource as it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import orjson

from .states import Motion, Phase, State

Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Record:
    """One resource as it stands.

    Parameters
    ----------
    number : counts up over all records; the order in which they were made
    service, kind : what it is, such as `personalize` and `DatasetGroup`
    state : where it rests, or rested before the motion that is under way
    motion, phase : what is under way and how far it is; empty when nothing is
    due_at : when upkeep wants to look at it, seconds since 1970, UTC; None = never
    created_at, updated_at : seconds since 1970, UTC
    revision : grows over all records with each change of one
    body : everything else about it, under AWS's member names; what is not AWS's begins with `_`, for instance
        `_reason`, why its last motion failed
    """

    number: int
    arn: str
    service: str
    kind: str
    name: str
    state: State
    motion: Motion
    phase: Phase
    due_at: float | None
    created_at: float
    updated_at: float
    revision: int
    body: Body

    def __getitem__(self, member: str) -> Any:
        return self.body[member]

    @property
    def changes(self) -> Body:
        """What the update that is under way will make of its body; empty if there is none."""
        return self.get("_update", {}).get("changes", {}) if self.motion == Motion.UPDATE else {}

    @property
    def wanted(self) -> Self:
        """The record as it will be once the update that is under way has succeeded."""
        return replace(self, body={**self.body, **self.changes})

    def get(self, member: str, default: Any = None) -> Any:
        """What the body holds under `member`."""
        return self.body.get(member, default)

    @property
    def is_active(self) -> bool:
        """Whether it can be used: it is, and is neither being switched off nor deleted."""
        return self.state == State.ACTIVE and self.motion in (Motion.NONE, Motion.UPDATE)


def dump_body(body: Body) -> str:
    """A body as it is stored."""
    return orjson.dumps(dict(body)).decode()


def read_record(row: Mapping[Any, Any]) -> Record:
    """The record in a row of the table."""
    typed: dict[str, Any] = {
        **{str(name): value for name, value in row.items()},
        "state": State(row["state"]),
        "motion": Motion(row["motion"]),
        "phase": Phase(row["phase"]),
        "body": orjson.loads(row["body"]),
    }
    return Record(**typed)
