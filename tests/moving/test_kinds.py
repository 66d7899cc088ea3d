"""The table of kinds against what the services and presage's own calls know."""

import msgspec
import pytest

from presage.moving import model
from presage.moving.kinds import KINDS, PREFIXES, REFERS
from presage.operations.decisions.shapes import UpdateCampaign

AWS = [kind for kind in KINDS.values() if not kind.is_own]


@pytest.mark.parametrize("kind", AWS, ids=lambda kind: f"{kind.service}.{kind.name}")
def test_a_row_names_what_the_service_model_has(kind):
    operations = model.service_model(kind.service).operation_names
    deleted = "Predictor" if kind.name == "AutoPredictor" else kind.name
    assert {f"Create{kind.name}", f"Describe{kind.name}", f"List{kind.listed}"} <= set(operations)
    assert (f"Delete{deleted}" in operations) is not kind.numbered
    members = model.created(kind).members
    named = [
        kind.within,
        kind.known_by,
        kind.in_line,
        *kind.json_text,
        *(path.split(".")[0] for path in kind.updates),
    ]
    assert {name for name in named if name} <= set(members)
    assert model.name_member(kind) in members


@pytest.mark.parametrize("kind", [kind for kind in AWS if kind.updates], ids=lambda kind: kind.name)
def test_an_update_takes_what_the_row_says(kind):
    taken = model.service_model(kind.service).operation_model(f"Update{kind.name}").input_shape.members
    targets = {path.split(".")[0] for path in kind.updates.values()} - {"metrics"}
    assert targets <= set(taken)


def test_an_offer_campaign_takes_what_its_row_says():
    taken = {field.encode_name for field in msgspec.structs.fields(UpdateCampaign)}
    assert set(KINDS["decisions", "Campaign"].updates.values()) == taken


def test_every_reference_to_a_kind_is_known():
    known = {member for members in REFERS.values() for member in members} | set(PREFIXES)
    for kind in AWS:
        for member in model.created(kind).members:
            if member.endswith(("Arn", "Arns")) and member not in ("roleArn", "kmsKeyArn"):
                assert member in known, f"{kind.name}.{member}"


def test_no_kind_refers_to_a_later_one():
    order = list(KINDS)
    for kind in AWS:
        for member in model.created(kind).members:
            for other in REFERS[kind.service].get(member, ()):
                assert order.index(other) <= order.index(kind.id)
