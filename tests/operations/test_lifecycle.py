"""What may begin is decided inside the transaction that writes it down, whichever server is asked."""

import threading
from dataclasses import replace

import pytest

from presage.errors import (
    LimitExceededException,
    ResourceAlreadyExistsException,
    ResourceInUseException,
    ResourceNotFoundException,
    ServiceError,
)
from presage.operations import lifecycle
from presage.operations.kinds import Kind, Move
from presage.operations.table import KINDS
from presage.resources.states import Motion

from .inprocess import InProcess

OWNER = Kind(
    service="personalize", name="Owner", arn="owner/{name}", blocked_by=("Thing",), blocked_while=("Job",)
)
THING = Kind(
    service="personalize",
    name="Thing",
    arn="thing/{ownerArn}/{colour}",
    refers={"ownerArn": "Owner"},
    one_per="ownerArn",
)
JOB = Kind(
    service="personalize",
    name="Job",
    arn="job/{id}",
    refers={"ownerArn": "Owner"},
    moves={Motion.CREATE: Move(job="train")},
    most_under_way=2,
)


def knowing(running, *kinds):
    known = {**KINDS, **{(kind.service, kind.name): kind for kind in kinds}}
    object.__setattr__(running.server, "kinds", known)
    return running.server


@pytest.fixture
def server(inside):
    return knowing(inside, OWNER, THING, JOB)


@pytest.fixture
def owner(server):
    return lifecycle.create(server, OWNER, {"name": "o"})


def test_an_arn_is_made_of_names_and_members(server, owner):
    thing = lifecycle.create(server, THING, {"name": "t", "ownerArn": owner.arn, "colour": "red"})
    assert thing.arn.endswith(":thing/o/red")
    assert (thing.name, thing.body) == ("t", {"ownerArn": owner.arn, "colour": "red"})


def test_what_is_referred_to_must_be_there_and_usable(server, owner):
    with pytest.raises(ResourceNotFoundException, match="No owner has the ARN nowhere"):
        lifecycle.create(server, THING, {"ownerArn": "nowhere", "colour": "red"})
    object.__setattr__(server, "later", lambda step: None)
    busy = lifecycle.create(
        server, replace(OWNER, moves={Motion.CREATE: Move(job="train")}), {"name": "busy"}
    )
    knowing_jobs = {
        **server.kinds,
        ("personalize", "Owner"): replace(OWNER, moves={Motion.CREATE: Move(job="train")}),
    }
    object.__setattr__(server, "kinds", knowing_jobs)
    with pytest.raises(ResourceInUseException, match="CREATE PENDING; wait until it is ACTIVE"):
        lifecycle.create(server, THING, {"ownerArn": busy.arn, "colour": "red"})


def test_one_per_owner_and_a_few_jobs_at_once(server, owner):
    lifecycle.create(server, THING, {"ownerArn": owner.arn, "colour": "red"})
    with pytest.raises(ResourceAlreadyExistsException, match="has a thing already"):
        lifecycle.create(server, THING, {"ownerArn": owner.arn, "colour": "blue"})
    for _ in range(2):
        lifecycle.create(server, JOB, {"ownerArn": owner.arn})
    with pytest.raises(LimitExceededException, match="More than 2 resources with PENDING or IN_PROGRESS"):
        lifecycle.create(server, JOB, {"ownerArn": owner.arn})


def test_what_is_used_stays(server, owner):
    job = lifecycle.create(server, JOB, {"ownerArn": owner.arn})
    with pytest.raises(ResourceInUseException, match="CREATE PENDING"):
        lifecycle.delete(server, OWNER, owner.arn)
    lifecycle.stop_creation(server, JOB, job.arn)
    thing = lifecycle.create(server, THING, {"ownerArn": owner.arn, "colour": "red"})
    with pytest.raises(ResourceInUseException, match="thing/o/red"):
        lifecycle.delete(server, OWNER, owner.arn)
    lifecycle.delete(server, THING, thing.arn)
    lifecycle.delete(server, OWNER, owner.arn)
    assert server.records.get(owner.arn) is None


def test_a_check_is_asked_before_anything_is_written(server, owner):
    def refuse(_records):
        raise ResourceInUseException("not today")

    with pytest.raises(ResourceInUseException, match="not today"):
        lifecycle.create(server, OWNER, {"name": "another"}, check=refuse)
    assert len(server.records.of_kind("personalize", "Owner")) == 1


def test_two_servers_on_one_database_cannot_both_pass(tmp_path):
    """One thing an owner, two jobs at once: asked of two servers at the same moment, by many."""
    first = InProcess(tmp_path / "data")
    pair = [first, InProcess(tmp_path / "data", database=first.stores.config.database)]
    servers = [knowing(running, OWNER, THING, JOB) for running in pair]
    owner = lifecycle.create(servers[0], OWNER, {"name": "o"}).arn
    refused = []

    def ask(n):
        for kind, more in ((THING, {"colour": str(n)}), (JOB, {})):
            try:
                lifecycle.create(servers[n % 2], kind, {"ownerArn": owner, **more})
            except ServiceError as error:
                refused.append(type(error))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records = servers[0].records
    assert len(records.of_kind("personalize", "Thing")) == 1
    assert len(records.of_kind("personalize", "Job")) == 2
    assert refused.count(ResourceAlreadyExistsException) == 11
    assert refused.count(LimitExceededException) == 10
    for running in pair:
        running.close()
