"""performHPO and performAutoML: what is tried, between which limits, how often."""

import pytest

from presage.recipes import RANKING
from presage.recipes.settings import settings_of
from presage.trials import Candidate, plan_of, tuned
from presage.trials.space import Range

PREFIX = "arn:aws:personalize:::recipe/"


def hpo(*ranges, recipe="aws-user-personalization", given=None, jobs=None, **members):
    lists = dict(zip(("integer", "continuous", "categorical"), ranges, strict=False))
    config = {
        "algorithmHyperParameters": given or {},
        "hpoConfig": {
            "algorithmHyperParameterRanges": {f"{kind}HyperParameterRanges": r for kind, r in lists.items()},
            "hpoResourceConfig": {"maxNumberOfTrainingJobs": jobs} if jobs else {},
        },
        **members.pop("config", {}),
    }
    found = {"recipeArn": PREFIX + recipe, "performHPO": True, "solutionConfig": config, **members}
    return plan_of(found)


def auto_ml(*listed, **members):
    arns = [PREFIX + name for name in listed]
    return hpo(recipeArn=None, performAutoML=True, config={"autoMLConfig": {"recipeList": arns}}, **members)


@pytest.mark.parametrize("recipe", RANKING)
def test_without_ranges_all_that_can_be_tuned_is(recipe):
    plan = hpo(recipe=recipe)
    tunable = {name: pair for name, pair in settings_of(RANKING[recipe]).items() if pair[1].tunable}
    [space] = plan.spaces
    assert space.ranges.keys() == tunable.keys()
    assert dict(space.first.settings) == {name: default for name, (default, _) in tunable.items()}
    assert (plan.settled is None) == bool(tunable)
    assert RANKING[recipe](**space.first.settings) == RANKING[recipe]()
    for name, one in space.ranges.items():
        assert one.nearest(tunable[name][0]) == tunable[name][0]


def test_ranges_narrow_what_is_tried():
    plan = hpo(
        [{"name": "hidden_dimension", "minValue": 64, "maxValue": 128}],
        [],
        [{"name": "recency_mask", "values": ["true"]}],
        given={"bptt": "8"},
    )
    [space] = plan.spaces
    assert space.ranges == {
        "hidden_dimension": Range(low=64, high=128, whole=True, log=True),
        "recency_mask": Range(choices=(True,)),
    }
    assert space.first.settings == {"bptt": 8, "hidden_dimension": 128, "recency_mask": True}


def test_a_range_holds_for_what_was_given_too():
    given = {"popularity_discount_factor": "0.9"}
    ranges = [{"name": "popularity_discount_factor", "minValue": 0.1, "maxValue": 0.4}]
    [space] = hpo([], ranges, recipe="aws-sims", given=given).spaces
    assert space.first.settings == {"popularity_discount_factor": 0.4}


def test_numbers_can_be_chosen_from_a_list():
    values = [{"name": "hidden_dimension", "values": ["64", "128"]}]
    [space] = hpo([], [], values, given={"hidden_dimension": "128"}).spaces
    assert space.ranges == {"hidden_dimension": Range(choices=(64, 128))}
    assert space.first.settings == {"hidden_dimension": 128}


@pytest.mark.parametrize(
    ("ranges", "says"),
    [
        ([[{"name": "depth"}]], "aws-user-personalization cannot tune 'depth'; it can tune: bptt, hidden_"),
        ([[{"name": "bptt", "minValue": 1}]], "bptt is '1'; it must be from 2 to 32"),
        ([[{"name": "bptt", "minValue": 9, "maxValue": 3}]], "bptt ranges from 9 to 3; swap them"),
        ([[], [{"name": "bptt", "minValue": 2.5}]], "bptt is '2.5'; it must be a whole number"),
        ([[], [], [{"name": "recency_mask", "values": ["often"]}]], "'often'; it accepts: true, false"),
    ],
)
def test_a_wrong_range_is_named(ranges, says):
    with pytest.raises(ValueError, match=says):
        hpo(*ranges)


@pytest.mark.parametrize(("jobs", "n_trials"), [(None, 5), ("1", 1), ("40", 40)])
def test_the_budget_is_a_number_of_trainings(jobs, n_trials):
    assert hpo(jobs=jobs).n_trials == n_trials


@pytest.mark.parametrize("jobs", ["0", "41", "-3", "many", "2.0", "٣٣٣"])
def test_a_wrong_budget_is_named(jobs):
    with pytest.raises(ValueError, match="maxNumberOfTrainingJobs is .* whole number from 1 to 40"):
        hpo(jobs=jobs)


def test_no_more_than_ten_at_once():
    resources = {"hpoResourceConfig": {"maxParallelTrainingJobs": "11"}}
    with pytest.raises(ValueError, match="maxParallelTrainingJobs is '11'; .* from 1 to 10"):
        hpo(config={"hpoConfig": resources})


def test_without_hpo_ranges_are_no_concern():
    plan = hpo([{"name": "depth"}], performHPO=False)
    assert plan.settled == Candidate(recipe="aws-user-personalization")


def test_automl_tries_each_recipe_once():
    plan = auto_ml("aws-sims", "aws-hrnn", "aws-sims", performHPO=False)
    assert plan.recipes == ["aws-sims", "aws-hrnn"]
    assert plan.n_trials == 2
    assert not any(space.ranges for space in plan.spaces)
    assert plan.settled is None


def test_automl_has_recipes_of_its_own():
    assert auto_ml(performHPO=False).recipes == [
        "aws-hrnn",
        "aws-hrnn-metadata",
        "aws-popularity-count",
        "presage-blend",
    ]


def test_automl_and_hpo_share_one_budget():
    plan = auto_ml("aws-sims", "aws-hrnn", "aws-popularity-count", jobs="7")
    assert plan.n_trials == 7
    assert auto_ml("aws-sims", "aws-hrnn", "aws-popularity-count", jobs="2").n_trials == 3
    assert [sorted(space.ranges) for space in plan.spaces] == [
        ["min_cointeraction_count", "popularity_discount_factor"],
        ["bptt", "hidden_dimension", "recency_mask"],
        [],
    ]


def test_a_range_is_for_the_recipes_that_know_it():
    solution = {
        "performAutoML": True,
        "performHPO": True,
        "solutionConfig": {
            "hpoConfig": {
                "algorithmHyperParameterRanges": {"integerHyperParameterRanges": [{"name": "bptt"}]}
            }
        },
    }
    assert [sorted(space.ranges) for space in plan_of(solution).spaces] == [["bptt"], ["bptt"], [], []]


def test_tuned_hyperparameters_are_strings():
    settings = {"hidden_dimension": 64, "recency_mask": False, "max_user_history_length_percentile": 0.9}
    found = tuned(Candidate(recipe="aws-hrnn", settings=settings))
    assert found == {"hidden_dimension": "64", "recency_mask": "false"}
