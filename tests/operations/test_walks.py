"""One walk for every motion: what ends where, what is tried again, what a crash leaves and is taken up."""

from dataclasses import replace

import pytest

from presage.errors import JobFailure, Unavailable
from presage.operations import lifecycle, walks
from presage.operations.kinds import Kind, Move
from presage.resources.states import RESTING, Motion, Phase, State

TINKERED = {State.ACTIVE, State.FAILED}


def kind(service="personalize", **moves):
    """A kind whose motions do what a test says."""
    declared = {Motion.CREATE: Move(), Motion.DELETE: Move(since=RESTING)}
    declared |= {Motion(name): move for name, move in moves.items()}
    return Kind(service=service, name="Widget", arn="widget/{name}", moves=declared)


@pytest.fixture
def make(inside):
    """Makes a widget of a kind; the server knows that kind from then on."""

    def make(declared, name="w"):
        object.__setattr__(
            inside.server, "kinds", {**inside.server.kinds, (declared.service, "Widget"): declared}
        )
        return lifecycle.create(inside.server, declared, {"name": name, "WidgetName": name})

    return make


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(walks, "RETRY_SECONDS", 0.0)


def stands(inside, record):
    """Where a record stands, in its service's words."""
    current = inside.server.records.expect(record.arn)
    return inside.server.kind_of(current).dialect.spell(current)


def test_what_needs_no_work_is_active_at_once(inside, make):
    assert stands(inside, make(kind())) == "ACTIVE"


def test_work_that_refuses_fails_the_motion_with_its_reason(inside, make):
    def refuse(_server, _record):
        raise JobFailure("the shelf is full")

    record = make(kind(CREATE=Move(work=refuse)))
    assert stands(inside, record) == "CREATE FAILED"
    assert inside.server.records.expect(record.arn)["_reason"] == "the shelf is full"


def test_work_that_stumbles_is_tried_again_and_in_the_end_fails(inside, make):
    tries = []

    def stumble(_server, record):
        tries.append(record.name)
        if record.name == "hopeless" or len(tries) < 2:
            raise OSError("disk on fire")

    declared = kind(CREATE=Move(work=stumble))
    assert stands(inside, make(declared, "w")) == "ACTIVE"
    hopeless = make(declared, "hopeless")
    assert stands(inside, hopeless) == "CREATE FAILED"
    assert tries == ["w", "w", *["hopeless"] * walks.MOST_TRIES]
    assert "disk on fire" in inside.server.records.expect(hopeless.arn)["_reason"]


def test_an_update_that_fails_changes_nothing_but_says_so(inside, make):
    def refuse(_server, record):
        if record["_update"]["changes"]["size"] > 9:
            raise JobFailure("too large")

    declared = kind(UPDATE=Move(since=frozenset(TINKERED), work=refuse))
    record = make(declared)
    lifecycle.update(inside.server, declared, record.arn, {"size": 3, "colour": None})
    lifecycle.update(inside.server, declared, record.arn, {"size": 10})
    found = inside.server.records.expect(record.arn)
    assert (found["size"], found.get("colour")) == (3, None)
    assert (found["_update"]["state"], found["_update"]["reason"]) == ("FAILED", "too large")
    assert stands(inside, record) == "ACTIVE"


def test_an_update_mends_what_could_not_be_made(inside, make):
    def refuse(_server, _record):
        raise JobFailure("no")

    declared = kind(CREATE=Move(work=refuse), UPDATE=Move(since=frozenset(TINKERED)))
    record = make(declared)
    lifecycle.update(inside.server, declared, record.arn, {"size": 3})
    assert stands(inside, record) == "ACTIVE"
    assert inside.server.records.expect(record.arn).get("_reason") is None


@pytest.mark.parametrize(
    ("service", "words"),
    [("personalize", ["INACTIVE", "ACTIVE"]), ("forecast", ["ACTIVE_STOPPED", "ACTIVE"])],
)
def test_what_can_stop_can_start_again(inside, make, service, words):
    declared = kind(
        service, STOP=Move(since=frozenset({State.ACTIVE})), START=Move(since=frozenset({State.INACTIVE}))
    )
    record = make(declared)
    seen = []
    for motion in (Motion.STOP, Motion.START):
        lifecycle.begin(inside.server, declared, record.arn, motion)
        seen.append(stands(inside, record))
    assert seen == words


def test_a_deletion_takes_along_what_belongs_to_it(inside, make):
    gone = []
    part = replace(
        kind(DELETE=Move(since=RESTING, work=lambda _, r: gone.append(r.name))),
        name="Part",
        arn="part/{name}",
    )
    whole = replace(
        kind(DELETE=Move(since=RESTING, work=lambda _, r: gone.append(r.name))), takes_along=("Part",)
    )
    record = make(whole)
    object.__setattr__(inside.server, "kinds", {**inside.server.kinds, ("personalize", "Part"): part})
    for name in ("a", "b"):
        lifecycle.create(inside.server, part, {"name": name}, parents=lambda _: (record.arn,))
    lifecycle.delete(inside.server, whole, record.arn)
    assert sorted(gone) == ["a", "b", "w"]
    assert inside.server.records.get(record.arn) is None
    assert inside.server.records.of_kind("personalize", "Part") == []


def test_a_deletion_that_fails_can_be_asked_for_again(inside, make):
    stuck = [True]

    def work(_server, _record):
        if stuck[0]:
            raise OSError("busy")

    declared = kind("forecast", DELETE=Move(since=RESTING, work=work))
    record = make(declared)
    lifecycle.delete(inside.server, declared, record.arn)
    assert stands(inside, record) == "DELETE_FAILED"
    stuck.clear()
    stuck.append(False)
    lifecycle.delete(inside.server, declared, record.arn)
    assert inside.server.records.get(record.arn) is None


class TestTakingUp:
    @pytest.mark.parametrize("phase", [Phase.PENDING, Phase.IN_PROGRESS])
    def test_what_a_crash_left_on_its_way_is_finished(self, inside, make, phase):
        made = []
        declared = kind(CREATE=Move(work=lambda _, r: made.append(r.name)))
        object.__setattr__(inside.server, "beside", lambda step: None)
        record = make(declared)
        with inside.server.records.writing() as records:
            records.step(record.arn, phase, (Phase.PENDING,))
        object.__setattr__(inside.server, "beside", lambda step: step())
        walks.take_up(inside.server)
        assert made == ["w"]
        assert stands(inside, record) == "ACTIVE"

    def test_work_that_met_an_outage_is_done_when_that_is_over(self, inside, make):
        is_away = [True] * (2 * walks.MOST_TRIES)

        def reach(_server, _record):
            if is_away and is_away.pop():
                raise Unavailable("the lake cannot be reached")

        record = make(kind(CREATE=Move(work=reach)))
        while is_away:
            assert stands(inside, record) == "CREATE IN_PROGRESS"
            walks.take_up(inside.server)
        walks.take_up(inside.server)
        assert stands(inside, record) == "ACTIVE"

    def test_what_this_process_is_moving_is_left_alone(self, inside, make):
        object.__setattr__(inside.server, "later", lambda step: None)
        record = make(kind())
        inside.server.walking.add(record.arn)
        object.__setattr__(inside.server, "later", lambda step: step())
        walks.take_up(inside.server)
        assert stands(inside, record) == "CREATE PENDING"

    def test_a_record_that_waits_without_a_job_gets_one(self, inside, make):
        record = make(kind(CREATE=Move(job="train")))
        inside.stores.jobs.forget(record.arn)
        walks.take_up(inside.server)
        assert inside.stores.jobs.state(record.arn) == "WAITING"

    def test_a_record_that_was_to_stop_stops_though_its_job_is_gone(self, inside, make):
        record = make(kind(CREATE=Move(job="train")))
        with inside.server.records.writing() as records:
            records.step(record.arn, Phase.STOPPING, (Phase.PENDING,))
        inside.stores.jobs.forget(record.arn)
        walks.take_up(inside.server)
        assert stands(inside, record) == "CREATE STOPPED"


def test_a_job_that_waits_can_be_stopped_and_never_starts(inside, make):
    declared = kind(CREATE=Move(job="train"))
    record = make(declared)
    lifecycle.stop_creation(inside.server, declared, record.arn)
    assert stands(inside, record) == "CREATE STOPPED"
