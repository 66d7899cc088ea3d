"""Where a resource stands: the state in which it rests, and the motion that is under way, in some phase.

How a service spells this on the wire (`CREATE IN_PROGRESS`, `ACTIVE_STOPPED`, ...) is a matter of the doors.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a resource rests when nothing is under way."""

    NONE = ""
    """It has not been made yet."""
    ACTIVE = "ACTIVE"
    FAILED = "FAILED"
    """It could not be made."""
    STOPPED = "STOPPED"
    """Its making was stopped."""
    INACTIVE = "INACTIVE"
    """It was made, and is switched off."""
    DELETE_FAILED = "DELETE_FAILED"


class Motion(StrEnum):
    """What takes a resource from one state to another."""

    NONE = ""
    CREATE = "CREATE"
    UPDATE = "UPDATE"
    STOP = "STOP"
    START = "START"
    DELETE = "DELETE"


class Phase(StrEnum):
    """How far a motion has come."""

    NONE = ""
    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    STOPPING = "STOPPING"
    """It was asked to stop."""


ENDS_IN = {
    Motion.CREATE: State.ACTIVE,
    Motion.UPDATE: State.ACTIVE,
    Motion.START: State.ACTIVE,
    Motion.STOP: State.INACTIVE,
}
"""Where a motion that succeeds ends; a deletion leaves nothing."""
FAILS_IN = {Motion.CREATE: State.FAILED, Motion.DELETE: State.DELETE_FAILED}
"""Where a motion that fails ends; after any other the resource rests where it was before."""
RESTING = frozenset(State) - {State.NONE}
"""Every state in which a resource can rest."""
