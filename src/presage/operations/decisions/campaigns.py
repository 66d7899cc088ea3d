"""Offer campaigns: offers, a policy that chooses among them, and all that it decided."""

import secrets
from concurrent.futures import CancelledError
from dataclasses import replace
from typing import Any
from uuid import uuid4

import msgspec

from presage.decisions.campaign import Campaign
from presage.decisions.checks import check_campaign, check_change
from presage.decisions.decider import Decider
from presage.decisions.questions import Change
from presage.errors import (
    InvalidInputException,
    JobFailure,
    ResourceNotFoundException,
    ServiceError,
    Unavailable,
    few,
    shown,
)
from presage.resources.record import Record
from presage.resources.states import RESTING, Motion, State

from ..kinds import Kind, Move
from ..lifecycle import create, delete, find, find_active, update
from ..server import Server
from .foreseen import check_source
from .pages import Page, page_of
from .records import members_of, summary_of, tags_held
from .shapes import CampaignSummary, CreateCampaign, DescribedCampaign, ListedCampaigns, UpdateCampaign

Answer = dict[str, Any]


def _drop(server: Server, record: Record) -> None:
    """Forget what a campaign decided and learned."""
    decider = server.deciders.pop(record["_folder"], None)
    if decider is not None:
        decider.close()
    server.stores.drop_decisions(record)


def _change(server: Server, record: Record) -> None:
    """Let a campaign decide as it is wanted, from its next decision on."""
    change = Change(campaign=campaign_of(record.wanted), at=server.clock())
    try:
        _decider(server, record).change(change).result()
    except CancelledError:
        raise Unavailable("the server stops; the campaign changes when it runs again") from None
    except ServiceError as error:
        raise JobFailure(error.message) from None
    server.offering.pop(record.name, None)


KIND = Kind(
    service="decisions",
    name="Campaign",
    arn="campaign/{name}",
    aliases=("_folder",),
    moves={
        Motion.CREATE: Move(at_once=True),
        Motion.UPDATE: Move(since=frozenset({State.ACTIVE}), work=_change),
        Motion.DELETE: Move(since=RESTING, work=_drop),
    },
    blocked_by=("Experiment",),
)


def create_campaign(server: Server, _name: str, asked: CreateCampaign) -> DescribedCampaign:
    """Make an offer campaign; it decides at once."""
    asked = _with_label_window(server, asked.completed())
    check_campaign(asked)
    _check_paths(server, asked)
    check_source(server, asked.budget)
    stream = uuid4().hex[:12]
    held: Answer = msgspec.to_builtins(asked) | {"_folder": stream}
    held["seed"] = secrets.randbits(32) if asked.seed is None else asked.seed
    held["tags"] = tags_held(asked.tags)
    server.stores.open_decisions(stream)  # one that is never used costs a row
    record = create(server, KIND, held)
    server.offering.pop(record.name, None)
    return _described(server, record)


def _with_label_window(server: Server, asked: CreateCampaign) -> CreateCampaign:
    """With the wait that follows from the window of its label."""
    if not (asked.label and asked.feature_set):
        return asked
    if asked.reward_wait_seconds is not None:
        raise InvalidInputException("rewardWaitSeconds follows from the label's window; leave it out")
    seconds = server.live.label_seconds(asked.feature_set, asked.label)
    return msgspec.structs.replace(asked, reward_wait_seconds=seconds)


def _check_paths(server: Server, asked: Campaign) -> None:
    """Raises InvalidInputException for live features that its feature set does not hold."""
    known = server.live.paths(asked.feature_set) if asked.feature_set else []
    for feature in asked.features:
        if feature.live and feature.live not in known:
            raise InvalidInputException(
                f"the feature {feature.name!r} is read of {shown(feature.live)}, which the feature set"
                f" {asked.feature_set} does not hold; there are: {few(known)}"
            )


def describe_campaign(server: Server, name: str, _asked: None) -> DescribedCampaign:
    """An offer campaign as it stands."""
    return _described(server, find(server.records, KIND, arn_of(server, name)))


def list_campaigns(server: Server, _name: str, asked: Page) -> ListedCampaigns:
    """The offer campaigns, newest first, in pages."""
    records, token = page_of(server, KIND, asked)
    return ListedCampaigns(
        campaigns=[CampaignSummary(**summary_of(KIND, record)) for record in records], next_token=token
    )


def update_campaign(server: Server, name: str, asked: UpdateCampaign) -> DescribedCampaign:
    """Change an offer campaign; what it has decided and learned stays."""
    changes: Answer = msgspec.to_builtins(asked)
    found = find(server.records, KIND, arn_of(server, name))
    check_change(campaign_of(found), campaign_of(replace(found, body={**found.body, **changes})))
    check_source(server, asked.budget or None)
    first = {"_first": found.get("_first") or members_of(found, Campaign)}
    record = update(server, KIND, found.arn, changes | first)
    return _described(server, record)


def delete_campaign(server: Server, name: str, _asked: None) -> None:
    """Delete an offer campaign, its decisions and its policy."""
    delete(server, KIND, arn_of(server, name))
    server.offering.clear()


def arn_of(server: Server, name: str) -> str:
    """The ARN of the campaign of a name."""
    return server.arn(KIND.service, KIND.arn.format(name=name))


def actions_arn(server: Server, name: str) -> str:
    """The ARN by which the next-best-action calls know the campaign of a name."""
    return server.arn("personalize", f"offer-campaign/{name}")


def decider_of(server: Server, name: str, *, afresh: bool = False) -> Decider:
    """Who decides for the campaign of a name. Raises ResourceNotFoundException, ResourceInUseException.

    Parameters
    ----------
    afresh : whether to look whether another process has deleted it; what asks the decider hears of it anyway
    """
    if afresh or name not in server.offering:
        server.offering[name] = find_active(server.records, KIND, arn_of(server, name))
    return _decider(server, server.offering[name])


def decider_of_stream(server: Server, stream: str, decision: str) -> Decider:
    """Who made a decision, whose campaign has a stream. Raises ResourceNotFoundException."""
    key = f":{stream}"  # no name has a colon: a campaign may be called as another's stream is
    record = server.offering.get(key) or (server.records.find_alias(stream) if stream else None)
    if record is None or record.kind != KIND.name or not record.is_active:
        raise ResourceNotFoundException(f"there is no decision {decision!r}")
    server.offering[key] = record
    return _decider(server, record)


def campaign_of(record: Record) -> Campaign:
    """The campaign that a record holds."""
    return msgspec.convert(members_of(record, Campaign), Campaign)


def _decider(server: Server, record: Record) -> Decider:
    stream = record["_folder"]
    if stream not in server.deciders:
        server.deciders[stream] = Decider(
            msgspec.convert(record.get("_first") or members_of(record, Campaign), Campaign),
            log=server.stores.log,
            stream=stream,
            folder=server.stores.decisions_folder(record),
        )
    return server.deciders[stream]


def _described(server: Server, record: Record) -> DescribedCampaign:
    return DescribedCampaign(
        **summary_of(KIND, record),
        campaign=campaign_of(record),
        actions_arn=actions_arn(server, record.name),
        last_updated_date_time=record.updated_at,
        failure_reason=record.get("_reason") or record.get("_update", {}).get("reason") or "",
        tags=server.records.tags(record.arn),
    )
