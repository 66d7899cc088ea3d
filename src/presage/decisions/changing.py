"""A change of a campaign: its policies learn beside, and then decide by it."""

from msgspec import to_builtins

from .questions import Change, Outcome, Record
from .relearning import Relearning
from .state import State


def begun(state: State, change: Change | None) -> Outcome:
    """The relearning that a change needs, as `relearning`; None if it changes nothing."""
    relearning = None
    if change is not None and _is_new(state, change):
        relearning = Relearning(
            campaign=change.campaign or state.campaign,
            version=state.version,
            n_forgotten=state.n_forgotten,
            users=state.users,
        )
    state.relearning = relearning
    return Outcome(record={"relearning": relearning}, is_new=False)


def changed(state: State, change: Change) -> Outcome:
    """The record of a change: how many rewards were learned together, and what had been forgotten by then.

    What was learned beside counts if nothing else changed meanwhile.
    """
    campaign, beside = change.campaign or state.campaign, change.relearned
    is_ready = beside is not None and beside is state.relearning and beside.campaign == campaign
    version, n_forgotten = state.version, state.n_forgotten
    if beside is not None and is_ready:
        version, n_forgotten = beside.version, beside.n_forgotten
    record: Record = {
        "kind": "campaign",
        "campaign": to_builtins(campaign),
        "at": change.at,
        "learned": version,
        "forgotten": n_forgotten,
    }
    return Outcome(record=record, is_new=_is_new(state, change))


def _is_new(state: State, change: Change) -> bool:
    """Whether a change changes anything: the campaign, or what is known of users who were forgotten."""
    is_other = change.campaign is not None and change.campaign != state.campaign
    return is_other or state.n_unlearned < state.n_forgotten
