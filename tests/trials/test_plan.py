import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.features.columns import Selection
from presage.features.select import EventRule
from presage.trials import TrainingPlan, plan_of, schedule_days
from presage.trials.plan import Objective
from presage.trials.space import Candidate, Space

PREFIX = "arn:aws:personalize:::recipe/"
COLUMNS = {
    "INTERACTIONS": {"USER_ID": "string", "EVENT_TYPE": "string", "DEVICE": "string"},
    "ITEMS": {"ITEM_ID": "string", "GENRE": "string", "PRICE": "float"},
}


def solution(recipe="aws-user-personalization", **members):
    config = members.pop("config", None)
    return {"recipeArn": PREFIX + recipe, "solutionConfig": config, **members}


def test_a_recipe_alone_leaves_no_choice():
    plan = plan_of(solution())
    assert plan == TrainingPlan(spaces=[Space(first=Candidate(recipe="aws-user-personalization"))])
    assert plan.settled == Candidate(recipe="aws-user-personalization")
    assert plan.recipes == ["aws-user-personalization"]


def test_a_choice_that_was_made_settles_a_plan():
    chosen = Candidate(recipe="aws-user-personalization", settings={"bptt": 8})
    plan = plan_of(solution(performHPO=True, eventType="click"))
    assert plan.settled is None
    assert plan.settle(chosen).settled == chosen
    assert plan.settle(chosen).event_type == "click"


def test_every_member_is_read():
    config = {
        "eventValueThreshold": "0.5",
        "algorithmHyperParameters": {"hidden_dimension": "64", "recency_mask": "FALSE"},
        "featureTransformationParameters": {"max_user_history_length_percentile": "0.9"},
        "optimizationObjective": {"itemAttribute": "PRICE", "objectiveSensitivity": "LOW"},
        "trainingDataConfig": {
            "excludedDatasetColumns": {"Items": ["GENRE"]},
            "includedDatasetColumns": {"interactions": ["DEVICE"]},
        },
    }
    plan = plan_of(solution(eventType="click", config=config))
    assert plan.settled.settings == {
        "hidden_dimension": 64,
        "recency_mask": False,
        "max_user_history_length_percentile": 0.9,
    }
    assert (plan.event_type, plan.threshold) == ("click", 0.5)
    assert plan.objective == Objective(item_attribute="PRICE", sensitivity="LOW")
    assert plan.selection == Selection(excluded={"ITEMS": ("GENRE",)}, included={"INTERACTIONS": ("DEVICE",)})
    plan.check_columns(COLUMNS)


def test_of_many_columns_a_few_are_named():
    many = {"ITEMS": {f"C{n}": "float" for n in range(100)}}
    config = {"trainingDataConfig": {"excludedDatasetColumns": {"Items": ["SIZE"]}}}
    with pytest.raises(ValueError, match=r"names ITEMS.SIZE; .*'C9' and 90 more\]$"):
        plan_of(solution(config=config)).check_columns(many)
    with pytest.raises(ValueError, match=r"'SIZE' is no numeric .*'C9' and 90 more\]$"):
        plan_of(solution(config={"optimizationObjective": {"itemAttribute": "SIZE"}})).check_columns(many)


def weighed(*events):
    return {"eventsConfig": {"eventParametersList": list(events)}}


def test_events_are_weighed():
    buy = {"eventType": "buy", "eventValueThreshold": 0.5, "weight": 0.75}
    plan = plan_of(solution("aws-user-personalization-v2", config=weighed(buy, {"eventType": "view"})))
    assert plan.events == [
        EventRule(event_type="buy", threshold=0.5, weight=0.75),
        EventRule(event_type="view", threshold=None, weight=1.0),
    ]
    plan.check_columns(COLUMNS)
    with pytest.raises(ValueError, match="needs a column EVENT_TYPE"):
        plan.check_columns({"INTERACTIONS": {"USER_ID": "string"}})


def test_columns_are_named_in_any_case():
    config = {
        "optimizationObjective": {"itemAttribute": "Price"},
        "trainingDataConfig": {
            "excludedDatasetColumns": {"Items": ["genre"]},
            "includedDatasetColumns": {"INTERACTIONS": ["Device"]},
        },
    }
    plan_of(solution(config=config)).check_columns(COLUMNS)
    needed = {"trainingDataConfig": {"excludedDatasetColumns": {"Interactions": ["event_type"]}}}
    with pytest.raises(ValueError, match="event_type; training needs it"):
        plan_of(solution(config=needed)).check_columns(COLUMNS)


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"recipeArn": None}, "recipeArn is missing"),
        ({"recipeArn": PREFIX + "aws-oracle"}, "'arn:.*aws-oracle'; it must be one of: aws-hrnn, "),
        ({"performAutoML": True}, "leave recipeArn out"),
        ({"config": {"algorithmHyperParameters": {"depth": "7"}}}, "no setting 'depth'"),
        ({"config": {"eventValueThreshold": "much"}}, "eventValueThreshold is 'much'; it must be a number"),
        ({"config": {"eventValueThreshold": "nan"}}, "it must be a number"),
        ({"config": weighed({"eventType": "buy"}), "eventType": "buy"}, "leave one out"),
        ({"config": weighed({"weight": 0.5})}, "an entry without eventType"),
        ({"config": weighed({"eventType": "buy"}, {"eventType": "buy"})}, "names 'buy' twice"),
        ({"config": weighed({"eventType": "buy", "weight": 0.0})}, "no weight above 0"),
        (
            {"config": {"featureTransformationParameters": {"min_user_history_length_percentile": "1"}}},
            "must not exceed",
        ),
        (
            {"config": {"autoTrainingConfig": {"schedulingExpression": "rate(31 days)"}}},
            r"'rate\(31 days\)'; it must be from rate\(1 day\) to rate\(30 days\)",
        ),
    ],
)
def test_what_is_wrong_is_named(members, says):
    with pytest.raises(ValueError, match=says):
        plan_of(solution(**members))


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"optimizationObjective": {"itemAttribute": "GENRE"}}, r"'GENRE' is no numeric .* are: \['PRICE'\]"),
        ({"trainingDataConfig": {"excludedDatasetColumns": {"Items": ["SIZE"]}}}, "ITEMS.SIZE; its columns"),
        ({"trainingDataConfig": {"includedDatasetColumns": {"Users": ["AGE"]}}}, r"USERS.AGE; .* are: \[\]"),
        (
            {"trainingDataConfig": {"excludedDatasetColumns": {"Interactions": ["EVENT_TYPE"]}}},
            "EVENT_TYPE; training needs it",
        ),
    ],
)
def test_columns_must_be_there(config, says):
    with pytest.raises(ValueError, match=says):
        plan_of(solution(config=config)).check_columns(COLUMNS)


@given(st.integers(0, 99))
def test_a_schedule_has_1_to_30_days(days):
    text = "rate(1 day)" if days == 1 else f"rate({days} days)"
    config = {"autoTrainingConfig": {"schedulingExpression": text}}
    if 1 <= days <= 30:
        assert schedule_days(config) == days
    else:
        with pytest.raises(ValueError, match="schedulingExpression"):
            schedule_days(config)


def test_without_a_schedule_a_week_passes():
    assert schedule_days({}) == 7
