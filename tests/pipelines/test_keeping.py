"""Pipelines and runs as records: schedules, names, what is refused, what is forgotten; without a server."""

import json
from datetime import UTC, datetime

import pytest

from presage.config import Config
from presage.errors import (
    InvalidInputException,
    ResourceAlreadyExistsException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from presage.pipelines import keeping, stored
from presage.pipelines.definitions import next_time, read_definition
from presage.pipelines.journal import Event, Position
from presage.pipelines.language.validation import InvalidDefinition
from presage.pipelines.stored import StoredJournal
from presage.stores import Stores

DAILY = """
schedule: "0 3 * * *"
timezone: Europe/Amsterdam
steps:
  look: {call: {operation: personalize:listSolutions}}
"""
PASS = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'


class Clock:
    def __init__(self, at):
        self.at = at

    def __call__(self):
        return self.at


def at(text):
    return datetime.fromisoformat(text).timestamp()


@pytest.fixture
def clock():
    return Clock(at("2026-06-01T12:00:00+00:00"))


@pytest.fixture
def stores(tmp_path, clock):
    opened = Stores(Config(data=tmp_path / "data"), clock)
    yield opened
    opened.close()


def names(stores, pipeline="p"):
    return [run.name for run in keeping.runs_of(stores, pipeline)]


def test_a_schedule_is_kept_in_its_time_zone(stores):
    pipeline = keeping.put_pipeline(stores, "p", DAILY)
    assert pipeline.due_at == at("2026-06-02T03:00:00+02:00")


def test_what_is_due_runs_once_however_many_servers_look(stores, clock, tmp_path):
    pipeline = keeping.put_pipeline(stores, "p", DAILY)
    clock.at = at("2026-06-02T03:00:05+02:00")
    other = Stores(Config(data=tmp_path / "data"), clock)
    keeping.look_at_schedule(stores, pipeline)
    keeping.look_at_schedule(other, pipeline)
    other.close()
    assert names(stores) == ["2026-06-02T01-00-00Z"]
    assert stores.records.expect(pipeline.arn).due_at == at("2026-06-03T03:00:00+02:00")
    assert stores.jobs.state(keeping.runs_of(stores, "p")[0].arn) == "WAITING"


def test_times_that_were_missed_run_once(stores, clock):
    pipeline = keeping.put_pipeline(stores, "p", DAILY)
    clock.at = at("2026-06-09T12:00:00+02:00")
    keeping.look_at_schedule(stores, pipeline)
    keeping.look_at_schedule(stores, stores.records.expect(pipeline.arn))
    assert names(stores) == ["2026-06-02T01-00-00Z"]
    assert stores.records.expect(pipeline.arn).due_at == at("2026-06-10T03:00:00+02:00")


def test_a_pipeline_without_a_schedule_any_more_is_not_due(stores, clock):
    keeping.put_pipeline(stores, "p", DAILY)
    pipeline = keeping.put_pipeline(stores, "p", PASS)
    assert stores.records.expect(pipeline.arn).due_at is None


def test_where_clocks_are_set(stores):
    before = at("2026-03-28T12:00:00+01:00")
    first = next_time("30 2 * * *", "Europe/Berlin", before)
    assert (
        datetime.fromtimestamp(first, UTC).isoformat() == "2026-03-29T01:00:00+00:00"
    )  # 3:00, there is no 2:30
    second = next_time("30 2 * * *", "Europe/Berlin", first)
    assert second == at("2026-03-30T02:30:00+02:00")


@pytest.mark.parametrize(
    ("cron", "zone", "said"), [("61 * * * *", "UTC", "Bad minute"), ("0 3 * * *", "Mars/X", "Europe/Berlin")]
)
def test_a_schedule_that_cannot_be_read(cron, zone, said):
    with pytest.raises(ValueError, match=said):
        read_definition(DAILY.replace("0 3 * * *", cron).replace("Europe/Amsterdam", zone))


def test_names_that_are_refused(stores):
    with pytest.raises(InvalidInputException, match="letters, digits"):
        keeping.put_pipeline(stores, "../p", PASS)
    pipeline = keeping.put_pipeline(stores, "p", PASS)
    with pytest.raises(InvalidInputException, match="letters, digits"):
        keeping.start_run(stores, pipeline, name="a/b")
    keeping.start_run(stores, pipeline, name="a")
    with pytest.raises(ResourceAlreadyExistsException):
        keeping.start_run(stores, pipeline, name="a")
    with pytest.raises(ResourceNotFoundException, match="there are: p"):
        keeping.find_pipeline(stores, "q")
    with pytest.raises(ResourceNotFoundException, match="no run is called 'p.b'"):
        keeping.find_run(stores, "p.b")


def test_a_run_that_waits_is_cancelled_and_resumed(stores):
    run = keeping.start_run(stores, keeping.put_pipeline(stores, "p", PASS))
    with pytest.raises(ResourceInUseException):
        keeping.resume_run(stores, run)
    with pytest.raises(ResourceInUseException):
        keeping.delete_pipeline(stores, "p")
    assert keeping.status_of(keeping.cancel_run(stores, run)) == "CANCELLED"
    with pytest.raises(ResourceInUseException):
        keeping.cancel_run(stores, run)
    assert keeping.status_of(keeping.resume_run(stores, run)) == "RUNNING"


def test_old_runs_are_forgotten_with_their_journals(stores, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_RUNS", 2)
    pipeline = keeping.put_pipeline(stores, "p", PASS)
    runs = []
    for _ in range(4):
        runs.append(keeping.start_run(stores, pipeline))
        StoredJournal(stores.engine, runs[-1].arn, stores.clock).put("", Position(state="A", data=1))
        keeping.cancel_run(stores, runs[-1])
    assert names(stores) == [run.name for run in reversed(runs[1:])]
    assert stored.position_of(stores.engine, runs[0].arn) is None
    assert stored.position_of(stores.engine, runs[1].arn) == Position(state="A", data=1)
    keeping.delete_pipeline(stores, "p")
    assert stored.position_of(stores.engine, runs[1].arn) is None


def test_a_journal_goes_on_where_it_was_and_keeps_the_latest_events(stores, monkeypatch):
    monkeypatch.setattr(stored, "MOST_EVENTS", 10)
    monkeypatch.setattr(stored, "_PRUNED_EVERY", 5)
    journal = StoredJournal(stores.engine, "run", stores.clock)
    for step in range(23):
        event = Event(at=step, kind="ENTERED", path="", state="A", step=step)
        journal.put("", Position(state="A", data=None, step=step), event)
    journal.put("/A#22.0/0", Position(state="", data=1))
    again = StoredJournal(stores.engine, "run", stores.clock)
    assert again.position("").step == 22
    assert again.position("/A#22.0/0").has_ended
    again.put("", Position(state="B", data=None, step=23), drop="/A#22.0/")
    assert StoredJournal(stores.engine, "run", stores.clock).position("/A#22.0/0") is None
    steps = [event.step for _, event in stored.history(stores.engine, "run")]
    assert steps == list(range(10, 23))


WRONG = [
    ("steps: {}", "steps is empty"),
    ("steps: {a: {fly: {}}}", "'fly' is no step"),
    ("steps: {a: {train: {solution: s}, load: {}}}", "exactly one of"),
    ("steps: {a: {train: {solution: s}, needs: b}}", "it needs 'b'; the steps are: a"),
    ('steps: {a: {train: {solution: "{% $steps.z.x %}"}}}', "it needs 'z'"),
    ("steps: {a: {call: {with: {}}}}", "call must say operation"),
    ("steps: {a: {call: {operation: lambda:invoke}}}", "there are: personalize"),
    ("steps: {a: {call: {operation: personalize:fly}}}", "personalize has no action 'fly'"),
    ("steps: {a: {train: {solution: s}, timeout: soon}}", "is no length of time"),
    ("steps: {a: {train: {solution: s}, colour: red}}", "'colour' is no option of a step"),
    (
        "steps: {a: {train: {solution: s}, needs: b}, b: {train: {solution: s}, needs: a}}",
        "need each other in a circle: a, b",
    ),
    ("steps: {a: {train: {}}}", "presage:train: it lacks solution"),
    (
        "steps: {a: {load: {from: f, database: d, tabel: t}}}",
        "no member 'tabel'; it has from, database, table",
    ),
    ("steps: {a: {call: {operation: personalize:createSolution, with: {Name: n}}}}", "lacks DatasetGroupArn"),
    ("steps: {a: {call: {operation: personalize:createSolution, with: {name: n}}}}", "no member 'name'"),
    ("steps: [a]", "steps is '['a']'; it must be an object"),
    ("stepz: {}", "neither States"),
    ("- a", "it must be an object"),
    ("{", "this is no JSON"),
    ("a: !!python/object/apply:os.system [ls]", "this is no YAML"),
    ("steps: {a: {notify: {channel: x}}, a: {notify: {channel: y}}}", "line 1: 'a' stands here twice"),
    ("steps: {a: 3}", "steps.a: it is '3'; it must be an object"),
    ("name: ä b\nsteps: {a: {notify: {channel: x}}}", "name is 'ä b'; it must have letters"),
    ("colour: red\nsteps: {}", "Object contains unknown field `colour`"),
    ("steps: {a: {notify: {channel: x}, timeout: 0}}", "'0' is no length of time"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_is_wrong_with_the_short_form(text, said):
    with pytest.raises(InvalidDefinition) as caught:
        read_definition(text)
    assert any(said in fault for fault in caught.value.faults), caught.value.faults


LAMBDA = "arn:aws:states:::lambda:invoke"


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        (LAMBDA, "is not done here"),
        ("arn:aws:states:::aws-sdk:dynamodb:getItem", "names the service 'dynamodb'"),
        ("arn:aws:states:::aws-sdk:personalize:createCampaign.sync", "wait in a loop"),
        ("presage:fly", "is no step"),
    ],
)
def test_resources_that_nothing_does(resource, said):
    task = {"Type": "Task", "Resource": resource, "End": True}
    with pytest.raises(InvalidDefinition, match=said):
        read_definition(json.dumps({"StartAt": "A", "States": {"A": task}}))
