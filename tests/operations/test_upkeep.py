"""What a server does by itself, on a clock that the tests turn."""

import pytest

from presage.config import Config
from presage.jobs.queue import Jobs
from presage.operations import lifecycle, upkeep
from presage.operations.personalize import auto_training, dataset_groups, datasets, schemas, solutions
from presage.operations.personalize.hooks import HOOKS
from presage.operations.server import Server
from presage.recipes.data import silent
from presage.resources.database import open_database
from presage.resources.kinds import ACTIVE, FAILED, IN_PROGRESS, PENDING, PERSONALIZE
from presage.resources.remembered import Remembered
from presage.resources.store import Store
from presage.serving.deployment import Deployments
from presage.tables.datasets import DatasetTable
from presage.tables.events import EventLog
from presage.works import folding

from .shop import INTERACTIONS, avro

DAY = 86_400.0
VERSION, IMPORT = PERSONALIZE["SolutionVersion"], PERSONALIZE["DatasetImportJob"]


class Clock:
    def __init__(self):
        self.now = 1_700_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def server(tmp_path, clock):
    """A server's rooms without the listener; what is left for later is done at once."""
    config = Config(data=tmp_path)
    store = Store(open_database("", tmp_path), clock)
    events = EventLog(tmp_path / "events.sqlite", clock)
    jobs = Jobs(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    yield Server(
        config=config,
        resources=store,
        jobs=jobs,
        events=events,
        deployments=Deployments(),
        streams=Remembered(lambda _: None, seconds=0),
        later=lambda step: step(),
        clock=clock,
        hooks=HOOKS,
    )
    events.close()
    jobs.close()
    store.close()


@pytest.fixture
def dataset(server):
    group = dataset_groups.create_dataset_group(server, {"name": "shop"})["datasetGroupArn"]
    schema = schemas.create_schema(server, {"name": "s", "schema": avro("Interactions", INTERACTIONS)})
    request = {"name": "d", "datasetGroupArn": group, "datasetType": "INTERACTIONS", **schema}
    return server.resources.get(datasets.create_dataset(server, request)["datasetArn"])


@pytest.fixture
def solution(server, dataset):
    request = {
        "name": "s",
        "datasetGroupArn": dataset["datasetGroupArn"],
        "recipeArn": "arn:aws:personalize:::recipe/aws-sims",
        "solutionConfig": {"autoTrainingConfig": {"schedulingExpression": "rate(2 days)"}},
    }
    return server.resources.get(solutions.create_solution(server, request)["solutionArn"])


def import_something(server, dataset):
    body = {"datasetArn": dataset.arn}
    name = f"job-{len(server.resources.list(IMPORT))}"
    lifecycle.create(server, IMPORT, name=name, body=body, parents=(dataset.arn,))
    arn = server.arn(f"dataset-import-job/{name}")
    for state in (IN_PROGRESS, ACTIVE):
        server.resources.move(arn, state, walk=IMPORT.walk)


def versions(server, solution):
    return server.resources.list(VERSION, parent=solution.arn)


class TestAutomaticTraining:
    def test_the_first_comes_after_an_hour_if_there_is_data(self, server, clock, dataset, solution):
        clock.now += 2 * 3600
        auto_training.train_due(server)
        assert versions(server, solution) == []
        import_something(server, dataset)
        auto_training.train_due(server)
        (version,) = versions(server, solution)
        assert version["trainingMode"] == "AUTOTRAIN"
        assert version["trainingType"] == "AUTOMATIC"
        assert server.jobs.state(version.arn) == "WAITING"

    def test_not_before_an_hour(self, server, clock, dataset, solution):
        import_something(server, dataset)
        clock.now += 3000
        auto_training.train_due(server)
        assert versions(server, solution) == []

    def test_further_ones_keep_the_schedule_and_need_news(self, server, clock, dataset, solution):
        import_something(server, dataset)
        clock.now += 3600
        auto_training.train_due(server)
        clock.now += 3 * DAY
        auto_training.train_due(server)
        assert len(versions(server, solution)) == 1, "nothing new came in"
        import_something(server, dataset)
        auto_training.train_due(server)
        assert len(versions(server, solution)) == 2
        import_something(server, dataset)
        clock.now += 1.5 * DAY
        auto_training.train_due(server)
        assert len(versions(server, solution)) == 2, "two days have not gone by"

    def test_told_events_are_news_too(self, server, clock, dataset, solution):
        import_something(server, dataset)
        clock.now += 3600
        auto_training.train_due(server)
        clock.now += 3 * DAY
        server.events.append(dataset.arn, [{"USER_ID": "u"}]).result(10)
        auto_training.train_due(server)
        assert len(versions(server, solution)) == 2

    def test_it_can_be_switched_off(self, server, clock, dataset, solution):
        solutions.update_solution(server, {"solutionArn": solution.arn, "performAutoTraining": False})
        import_something(server, dataset)
        clock.now += DAY
        auto_training.train_due(server)
        assert versions(server, solution) == []


class TestFolding:
    def test_what_was_told_moves_into_the_dataset_and_later_leaves_the_log(self, server, dataset):
        row = {"USER_ID": "u", "ITEM_ID": "i", "TIMESTAMP": 1_700_000_000, "EVENT_TYPE": "click"}
        server.events.append(dataset.arn, [row]).result(10)
        upkeep.fold_told(server)
        job = dataset.arn + folding.SUFFIX
        assert server.jobs.state(job) == "WAITING"
        folding.run(server.config, job, silent)
        assert DatasetTable(server.table_folder(dataset["_folder"])).rows().put == 1
        assert len(server.events.read(0, 10, dataset.arn)) == 1, "followers may not have read it yet"
        folding.run(server.config, job, silent)
        assert server.events.read(0, 10, dataset.arn) == []
        assert DatasetTable(server.table_folder(dataset["_folder"])).rows().put == 1


class TestTakingUp:
    def test_what_a_crash_left_on_its_way_is_finished(self, server):
        kind = PERSONALIZE["DatasetGroup"]
        server.resources.add(kind, arn="left", name="left", body={})
        assert server.resources.get("left").status == PENDING
        lifecycle.take_up(server)
        assert server.resources.get("left").status == ACTIVE

    def test_a_record_that_waits_without_a_job_gets_one(self, server, dataset):
        server.resources.add(IMPORT, arn="job", name="job", body={"datasetArn": dataset.arn})
        assert server.jobs.state("job") is None
        lifecycle.take_up(server)
        assert server.jobs.state("job") == "WAITING"

    def test_a_campaign_whose_version_is_gone_fails_with_the_reason(self, server):
        kind = PERSONALIZE["Campaign"]
        server.resources.add(kind, arn="c", name="c", body={"solutionVersionArn": "gone"})
        lifecycle.take_up(server)
        record = server.resources.get("c")
        assert record.status == FAILED
        assert "gone is gone" in record["failureReason"]
