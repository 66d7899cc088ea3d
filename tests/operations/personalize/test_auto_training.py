"""Solutions train by themselves, on a clock that the tests turn."""

from itertools import count

import pytest

from presage.operations import upkeep

from ..shop import interactions_csv

HOUR, DAY = 3600.0, 86_400.0


@pytest.fixture
def solution(personalize, group, dataset):
    return personalize.create_solution(
        name="s",
        datasetGroupArn=group,
        recipeArn="arn:aws:personalize:::recipe/aws-popularity-count",
        solutionConfig={"autoTrainingConfig": {"schedulingExpression": "rate(2 days)"}},
    )["solutionArn"]


@pytest.fixture
def import_something(inside, personalize, dataset):
    numbers = count()

    def import_something():
        buckets = inside.stores.buckets
        buckets.create("data")
        buckets.put("data", "rows.csv", [interactions_csv().encode()])
        job = personalize.create_dataset_import_job(
            jobName=f"job-{next(numbers)}",
            datasetArn=dataset,
            dataSource={"dataLocation": "s3://data/rows.csv"},
            roleArn="arn:aws:iam::000000000000:role/any",
        )["datasetImportJobArn"]
        inside.run_jobs()
        described = personalize.describe_dataset_import_job(datasetImportJobArn=job)
        assert described["datasetImportJob"]["status"] == "ACTIVE"

    return import_something


@pytest.fixture
def look(inside, personalize, solution):
    """Lets so much time go by, then a minute's upkeep; says how many versions there are."""

    def look(seconds):
        inside.clock.now += seconds
        upkeep.begin_due(inside.server)
        return len(personalize.list_solution_versions(solutionArn=solution)["solutionVersions"])

    return look


def test_the_first_comes_after_an_hour_if_there_is_data(
    inside, personalize, solution, look, import_something
):
    assert look(2 * HOUR) == 0
    import_something()
    assert look(HOUR) == 1
    (summary,) = personalize.list_solution_versions(solutionArn=solution)["solutionVersions"]
    assert (summary["trainingMode"], summary["trainingType"]) == ("AUTOTRAIN", "AUTOMATIC")
    assert inside.stores.jobs.state(summary["solutionVersionArn"]) == "WAITING"


def test_not_before_an_hour(look, import_something):
    import_something()
    assert look(3000) == 0


def test_further_ones_keep_the_schedule_and_need_news(inside, look, import_something):
    import_something()
    assert look(HOUR) == 1
    inside.run_jobs()
    assert look(3 * DAY) == 1, "nothing new came in"
    import_something()
    assert look(HOUR) == 2
    inside.run_jobs()
    assert look(HOUR) == 2, "nothing new came in"
    import_something()
    assert look(1.5 * DAY) == 2, "two days have not gone by"
    assert look(DAY) == 3


def test_told_events_are_news_too(inside, look, import_something, tell):
    import_something()
    assert look(HOUR) == 1
    inside.run_jobs()
    tell()
    assert look(3 * DAY) == 2


def test_it_can_be_switched_off(personalize, solution, look, import_something):
    personalize.update_solution(solutionArn=solution, performAutoTraining=False)
    import_something()
    assert look(DAY) == 0


def test_a_version_that_is_made_by_hand_counts(inside, personalize, solution, look, import_something):
    import_something()
    personalize.create_solution_version(solutionArn=solution)
    inside.run_jobs()
    assert look(DAY) == 1


def test_a_solution_that_is_gone_is_looked_at_no_more(personalize, solution, inside):
    personalize.delete_solution(solutionArn=solution)
    inside.clock.now += 3 * DAY
    upkeep.begin_due(inside.server)
    assert inside.server.records.due(inside.clock.now) == []
