"""What PerformHPO tries for a forecasting recipe, and that the best of it holds."""

import numpy as np
import pytest

from presage.recipes import FORECASTING
from presage.recipes.data import DEFAULT_TRAINING
from presage.recipes.forecasting.frequency import Frequency
from presage.recipes.forecasting.panel import Panel
from presage.trials.forecasting.plan import PredictorPlan, made
from presage.trials.forecasting.tuning import default_texts, search_of, with_tuned

TREES = "presage-lightgbm"


def ranges(**lists):
    return {"ParameterRanges": {f"{kind}ParameterRanges": found for kind, found in lists.items()}}


def between(name, low, high, scaling="Auto"):
    return {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scaling}


class TestSearchOf:
    def test_without_ranges_all_that_can_be_tuned_is(self):
        space = search_of(TREES, {}, {}, 7).space
        assert {"n_trees", "learning_rate"} <= space.ranges.keys()
        assert {name: str(value) for name, value in space.first.settings.items()}.items() <= default_texts(
            TREES
        ).items()

    def test_ranges_narrow_what_is_tried_and_settings_say_where_it_begins(self):
        given = ranges(
            Integer=[between("n_trees", 20, 40, "Linear")],
            Continuous=[between("learning_rate", 0.01, 0.1, "Logarithmic")],
            Categorical=[{"Name": "n_leaves", "Values": ["7", "15"]}],
        )
        space = search_of(TREES, {"n_trees": "30", "n_rows": "2000"}, given, 7).space
        assert space.first.settings == {"n_trees": 30, "n_rows": 2000, "learning_rate": 0.06, "n_leaves": 7}
        trees, rate, leaves = (space.ranges[name] for name in ("n_trees", "learning_rate", "n_leaves"))
        assert (trees.low, trees.high, trees.whole, trees.log) == (20, 40, True, False)
        assert (rate.low, rate.high, rate.log) == (0.01, 0.1, True)
        assert leaves.choices == (7, 15)

    @pytest.mark.parametrize(
        ("recipe", "given", "part"),
        [
            ("presage-seasonal-naive", {}, "no settings to tune"),
            (TREES, ranges(Integer=[between("n_roots", 1, 2)]), "cannot tune 'n_roots'"),
            (TREES, ranges(Integer=[between("n_trees", 40, 20)]), "swap them"),
            (TREES, ranges(Integer=[between("n_trees", 1, 20)]), "n_trees is '1'"),
        ],
    )
    def test_what_is_wrong_is_named(self, recipe, given, part):
        with pytest.raises(ValueError, match=part):
            search_of(recipe, {}, given, 7)

    @pytest.mark.parametrize("recipe", ["CNN-QR", "Deep_AR_Plus"])
    def test_contexts_go_by_the_horizon_unless_a_range_is_given(self, recipe):
        space = search_of(recipe, {}, {}, 14).space
        context = space.ranges["context_length"]
        assert (context.low, context.high, space.first.settings["context_length"]) == (2, 140, 28)
        space = search_of(recipe, {}, ranges(Integer=[between("context_length", 40, 60)]), 14).space
        assert space.first.settings["context_length"] == 40


@pytest.mark.parametrize("recipe", FORECASTING)
def test_what_is_told_of_a_recipe_can_be_asked_for(recipe):
    told = default_texts(recipe)
    assert made(recipe, told) == FORECASTING[recipe]()
    assert "0" not in (told.get("context_length"), told.get("budget_s"))


def test_the_settings_that_did_best_hold():
    panel = Panel(
        target=np.tile([1.0, 2, 3, 4, 5, 6, 20], (4, 8)),
        first=np.datetime64("2024-01-01", "s"),
        frequency=Frequency.parse("D"),
    )
    given = ranges(Categorical=[{"Name": "n_trees", "Values": ["10", "80"]}])
    settings = {"base": "level", "least_in_leaf": "5", "n_leaves": "7"}
    plan = PredictorPlan(
        recipe=TREES, horizon=7, settings=settings, levels=(0.5,), hpo=search_of(TREES, settings, given, 7)
    )
    found = with_tuned(panel, plan, DEFAULT_TRAINING)
    assert found.settings == settings | {"n_trees": "80"}
    assert found.hpo is None
    assert with_tuned(panel, found, DEFAULT_TRAINING) is found
