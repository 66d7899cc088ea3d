"""Solution versions: trained, judged, stopped, searched."""

import contextlib
import subprocess
import sys
import threading

from presage.errors import ServiceError
from presage.operations.personalize import datasets, solution_versions
from presage.resources.states import RESTING, Motion

from ..shop import INTERACTIONS, RANKING_METRICS, error_of, interactions_csv


def test_a_version_has_all_metrics_within_their_bounds(stocked):
    version = stocked.version(stocked.solution())
    metrics = stocked.personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
    assert set(metrics) == RANKING_METRICS
    assert all(0 <= value <= 1 for value in metrics.values())
    record = stocked.personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]
    assert record["trainingHours"] > 0
    assert record["trainingType"] == "MANUAL"
    solution = stocked.personalize.describe_solution(solutionArn=record["solutionArn"])["solution"]
    assert solution["latestSolutionVersion"]["solutionVersionArn"] == version


def test_too_little_data_is_said_in_plain_words(shop):
    shop.dataset("INTERACTIONS", INTERACTIONS)
    shop.import_rows("INTERACTIONS", interactions_csv(n_users=10))
    arn = shop.personalize.create_solution_version(solutionArn=shop.solution())["solutionVersionArn"]
    record = shop.wait("solution_version", arn, wanted=("CREATE FAILED",), ended=())
    assert "fewer than 25 users with at least 2 interactions" in record["failureReason"]
    assert (
        error_of(shop.personalize.get_solution_metrics, solutionVersionArn=arn)[0] == "ResourceInUseException"
    )
    assert error_of(shop.personalize.create_campaign, name="c", solutionVersionArn=arn)[0] == (
        "InvalidInputException"
    )


def test_without_interactions_nothing_is_queued(shop):
    code, message = error_of(shop.personalize.create_solution_version, solutionArn=shop.solution())
    assert code == "InvalidInputException"
    assert "Interactions dataset" in message


def test_on_interactions_that_are_being_deleted_nothing_is_queued(inside, shop):
    dataset = shop.dataset("INTERACTIONS", INTERACTIONS)
    solution = shop.solution()
    with inside.server.records.writing() as records:
        records.begin(dataset, Motion.DELETE, RESTING)
    code, message = error_of(shop.personalize.create_solution_version, solutionArn=solution)
    assert code == "ResourceInUseException"
    assert dataset in message


def test_of_a_training_and_a_deletion_at_once_only_one_begins(inside, shop):
    solution = shop.solution()
    for _ in range(20):
        dataset = shop.dataset("INTERACTIONS", INTERACTIONS)
        schema = inside.server.records.expect(dataset)["schemaArn"]
        done, both = [], threading.Barrier(2)

        def begin(call, request, done=done, both=both):
            both.wait()
            with contextlib.suppress(ServiceError):
                done.append(call(inside.server, request))

        calls = [
            (solution_versions.create_solution_version, {"solutionArn": solution}),
            (datasets.delete_dataset, {"datasetArn": dataset}),
        ]
        threads = [threading.Thread(target=begin, args=call) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(done) == 1, done
        for version in shop.personalize.list_solution_versions(solutionArn=solution)["solutionVersions"]:
            arn = version["solutionVersionArn"]
            with inside.server.records.writing() as records:
                records.remove(arn)
            inside.stores.jobs.forget(arn)
        if inside.server.records.get(dataset) is not None:
            shop.personalize.delete_dataset(datasetArn=dataset)
        shop.personalize.delete_schema(schemaArn=schema)


def test_a_training_whose_interactions_are_gone_says_so(inside, shop):
    dataset = shop.dataset("INTERACTIONS", INTERACTIONS)
    arn = shop.personalize.create_solution_version(solutionArn=shop.solution())["solutionVersionArn"]
    with inside.server.records.writing() as records:
        records.remove(dataset)
    record = shop.wait("solution_version", arn, wanted=("CREATE FAILED",), ended=())
    assert f"{shop.group} has no Interactions dataset any more" in record["failureReason"]


def test_a_training_can_be_stopped(stocked):
    config = {"algorithmHyperParameters": {"hidden_dimension": "256"}}
    solution = stocked.solution("aws-user-personalization", solutionConfig=config)
    arn = stocked.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    assert error_of(stocked.personalize.delete_solution, solutionArn=solution)[0] == "ResourceInUseException"
    stocked.personalize.stop_solution_version_creation(solutionVersionArn=arn)
    stocked.wait("solution_version", arn, wanted=("CREATE STOPPED",), ended=("ACTIVE", "CREATE FAILED"))
    code, _ = error_of(stocked.personalize.stop_solution_version_creation, solutionVersionArn=arn)
    assert code == "ResourceInUseException"
    stocked.personalize.delete_solution(solutionArn=solution)


def test_hyperparameters_are_searched(stocked):
    config = {"hpoConfig": {"hpoResourceConfig": {"maxNumberOfTrainingJobs": "3"}}}
    solution = stocked.solution("aws-sims", performHPO=True, solutionConfig=config)
    version = stocked.version(solution)
    record = stocked.personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]
    assert record["performHPO"] is True
    assert "tunedHPOParams" in record
    command = [sys.executable, "-m", "presage", "trials", version, "--data", str(stocked.server.data)]
    shown = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**stocked.server.environ, "COLUMNS": "200"}
    ).stdout
    assert shown.count("aws-sims") >= 2
    assert shown.count("chosen") == 1


def test_an_update_keeps_the_settings_that_were_found(stocked):
    narrow = [{"name": "hidden_dimension", "minValue": 32, "maxValue": 34}]
    ranges = {"algorithmHyperParameterRanges": {"integerHyperParameterRanges": narrow}}
    config = {"hpoConfig": {**ranges, "hpoResourceConfig": {"maxNumberOfTrainingJobs": "1"}}}
    solution = stocked.solution("aws-user-personalization", performHPO=True, solutionConfig=config)
    stocked.version(solution)
    arn = stocked.personalize.create_solution_version(solutionArn=solution, trainingMode="UPDATE")
    stocked.wait("solution_version", arn["solutionVersionArn"])
    versions = stocked.personalize.list_solution_versions(solutionArn=solution)["solutionVersions"]
    arns = [version["solutionVersionArn"] for version in versions]
    describe = stocked.personalize.describe_solution_version
    found = [describe(solutionVersionArn=arn)["solutionVersion"] for arn in arns]
    assert {version["trainingMode"] for version in found} == {"UPDATE", "FULL"}
    assert found[0]["tunedHPOParams"] == found[1]["tunedHPOParams"]
    stocked.campaign(arn["solutionVersionArn"])


def test_a_recipe_is_chosen(stocked):
    listed = [f"arn:aws:personalize:::recipe/{name}" for name in ("aws-popularity-count", "aws-sims")]
    arn = stocked.personalize.create_solution(
        name=f"{stocked.id}-auto",
        datasetGroupArn=stocked.group,
        performAutoML=True,
        solutionConfig={"autoMLConfig": {"recipeList": listed}},
    )["solutionArn"]
    version = stocked.version(arn)
    record = stocked.personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]
    assert record["recipeArn"] in listed
    best = stocked.personalize.describe_solution(solutionArn=arn)["solution"]["autoMLResult"]["bestRecipeArn"]
    assert best == record["recipeArn"]
    stocked.campaign(version)
