"""Lab 8's calls, in its order, through unmodified boto3, against a server process of their own."""

import importlib.util
import json
from pathlib import Path

import pytest

from presage.demo.chance import random_metrics
from presage.worlds.offers import OfferWorld, best_mean_reciprocal_rank

from .running import running_server, wait_until

EXAMPLE = Path(__file__).parent.parent / "examples" / "lab8.py"
RANK = "mean_reciprocal_rank_at_25"
GAIN = "normalized_discounted_cumulative_gain_at_5"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = running_server(tmp_path_factory.mktemp("lab8") / "data").start()
    yield running
    assert running.stop() == 0, running.output()


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("lab8", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def lab(server, script):
    """What the example script found; boto3 is pointed to the server as a user does it, by the environment."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", server.url)
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        environment.setenv("AWS_ACCESS_KEY_ID", "presage")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "presage")
        return script.run(sleep_seconds=0.2)


@pytest.fixture(scope="module")
def popularity(server, lab):
    """The metrics of aws-popularity-count on the same data."""
    personalize = server.client("personalize")
    solution = personalize.create_solution(
        name="popularity",
        datasetGroupArn=lab["group_arn"],
        recipeArn="arn:aws:personalize:::recipe/aws-popularity-count",
        performAutoTraining=False,
    )["solutionArn"]
    version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    wait_until(lambda: personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"])
    return personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]


def test_every_shopper_gets_every_offer_with_scores_that_sum_to_one(lab):
    assert lab["scores"]
    for scores in [lab["offers"], *lab["scores"]]:
        assert sorted(scores) == [1, 2, 3, 4, 5]
        assert sum(scores.values()) == pytest.approx(1, abs=1e-4)
        assert list(scores.values()) == sorted(scores.values(), reverse=True)


def test_shoppers_get_different_offers(lab):
    assert len({next(iter(scores)) for scores in lab["scores"]}) >= 3


def test_the_model_beats_chance_and_popularity_and_not_the_truth(lab, popularity):
    redeemed = OfferWorld().redemptions()
    chance = random_metrics(redeemed, n_items=5)
    for name in (RANK, GAIN):
        assert lab["metrics"][name] > chance[name] * 1.2
        assert lab["metrics"][name] > popularity[name] * 1.2
    assert lab["metrics"][RANK] < best_mean_reciprocal_rank(redeemed) + 0.05


def test_a_second_run_finds_the_schema_and_is_told_that_the_group_exists(server, lab, script, capsys):
    personalize = server.client("personalize")
    arn = script.create_schema(personalize)
    assert "exists already" in capsys.readouterr().out
    described = personalize.describe_schema(schemaArn=arn)["schema"]
    assert json.loads(described["schema"]) == script.INTERACTIONS_SCHEMA
    with pytest.raises(personalize.exceptions.ResourceAlreadyExistsException):
        personalize.create_dataset_group(name="retaildemooffers-notebook")
