"""Actions from import to answer: trained, asked, told live, filtered."""

import time

import numpy as np
import pytest

from presage.operations import upkeep
from presage.works.remembering import remember
from presage.worlds.actions import ActionWorld

from ..shop import ACTION_INTERACTIONS, ACTIONS, INTERACTIONS, Shop, error_of

WORLD = ActionWorld(n_users=400, n_items=40, n_actions=7, n_shown=5)
"""Of its actions a0 to a5 are shown often enough to be learned; a6 is shown to nobody."""
LISTED = {f"a{n}" for n in range(7)}
METRICS = {"coverage", "precision", "recall", "auc"} | {
    f"normalized_discounted_cumulative_gain_at_{k}" for k in (5, 10, 25)
}
USERS = [{"name": "USER_ID", "type": "string"}, {"name": "MEMBER", "type": "string", "categorical": True}]
FEW_ITEM_COLUMNS = INTERACTIONS[:3]


def stock(shop, world=WORLD):
    """The world's datasets, imported."""
    frames = {
        "INTERACTIONS": (FEW_ITEM_COLUMNS, world.interactions()),
        "USERS": (USERS, world.users()),
        "ACTIONS": (ACTIONS, world.actions()),
        "ACTION_INTERACTIONS": (ACTION_INTERACTIONS, world.action_interactions()),
    }
    for kind, (fields, frame) in frames.items():
        shop.dataset(kind, fields)
        missing = [field["name"] for field in fields if field["name"] not in frame.columns]
        shop.import_rows(kind, frame.with_columns(**dict.fromkeys(missing)).write_csv())
    described = shop.personalize.describe_dataset(datasetArn=shop.datasets["ACTION_INTERACTIONS"])
    shop.tracking_id = described["dataset"]["trackingId"]
    return shop


@pytest.fixture(scope="module")
def acting(server):
    """A shop with actions, on a server that listens; each test asks about users of its own."""
    shop = stock(Shop(server))
    config = {"featureTransformationParameters": {"action_optimization_period": "7"}}
    shop.trained_version = shop.version(shop.solution("aws-next-best-action", solutionConfig=config))
    shop.acting = shop.campaign(shop.trained_version)
    return shop


def ask(shop, user, **options):
    return shop.runtime.get_action_recommendations(campaignArn=shop.acting, userId=user, **options)


def names(shop, user, **options):
    return [one["actionId"] for one in ask(shop, user, **options)["actionList"]]


def did(shop, user, action, event_type, at=None):
    shop.events.put_action_interactions(
        trackingId=shop.tracking_id,
        actionInteractions=[
            {
                "actionId": action,
                "userId": user,
                "sessionId": f"s-{user}",
                "timestamp": at or time.time(),
                "eventType": event_type,
            }
        ],
    )


def until(find, wanted, seconds=10):
    """Ask again until the answer is as wanted, or return the last one."""
    deadline = time.monotonic() + seconds
    while (found := find()) != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def filter_arn(shop, name, expression):
    arn = shop.personalize.create_filter(
        name=f"{shop.id}-{name}", datasetGroupArn=shop.group, filterExpression=expression
    )["filterArn"]
    shop.wait("filter", arn)
    return arn


def test_likely_actions_come_first_with_their_probability(acting):
    truth = WORLD.propensity()
    found = {n: ask(acting, f"u{n}", numResults=100)["actionList"] for n in range(60)}
    for actions in found.values():
        scores = [one["score"] for one in actions]
        assert scores == sorted(scores, reverse=True)
        assert {one["actionId"] for one in actions} == {f"a{n}" for n in range(7)}
        assert actions[-1] == {"actionId": "a6", "score": 0.0}, "nobody was ever shown it"
    pairs = [
        (one["score"], truth[n, int(one["actionId"][1:])]) for n, some in found.items() for one in some[:-1]
    ]
    said, true = np.array(pairs).T
    assert np.corrcoef(said, true)[0, 1] > 0.75
    assert said.mean() == pytest.approx(true.mean(), abs=0.05)


def test_an_answer_has_five_actions_and_an_id(acting):
    answer = ask(acting, "u0")
    assert len(answer["actionList"]) == 5
    assert len(answer["recommendationId"]) == 40
    assert len(ask(acting, "a stranger")["actionList"]) == 5


def test_metrics_are_those_of_actions(acting):
    arn = acting.trained_version
    metrics = acting.personalize.get_solution_metrics(solutionVersionArn=arn)["metrics"]
    assert set(metrics) == METRICS
    assert metrics["coverage"] == pytest.approx(6 / 7, abs=1e-4)
    assert metrics["auc"] > 0.6
    described = acting.personalize.describe_solution_version(solutionVersionArn=arn)["solutionVersion"]
    assert described["recipeArn"].endswith("aws-next-best-action")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"userId": "u0", "numResults": 101}, "numResults is 101"),
        ({}, "userId is missing"),
        ({"userId": "u0", "filterValues": {"A": "1"}}, "without a filterArn"),
    ],
)
def test_what_is_wrong_is_named(acting, options, says):
    code, message = error_of(acting.runtime.get_action_recommendations, campaignArn=acting.acting, **options)
    assert code == "InvalidInputException"
    assert says in message


def test_each_campaign_answers_its_own_call(acting):
    for call, options in (
        ("get_recommendations", {"userId": "u0"}),
        ("get_personalized_ranking", {"userId": "u0", "inputList": ["i0"]}),
    ):
        code, message = error_of(getattr(acting.runtime, call), campaignArn=acting.acting, **options)
        assert code == "InvalidInputException"
        assert "call GetActionRecommendations" in message
    popular = acting.trained("aws-popularity-count")
    code, message = error_of(acting.runtime.get_action_recommendations, campaignArn=popular, userId="u0")
    assert code == "InvalidInputException"
    assert "aws-popularity-count recommends items; call GetRecommendations" in message
    assert error_of(acting.runtime.get_action_recommendations, campaignArn=popular + "x", userId="u")[0] == (
        "ResourceNotFoundException"
    )


def test_filters_choose_actions_by_record_history_and_user(acting):
    dear = filter_arn(acting, "dear", "INCLUDE ActionID WHERE Actions.VALUE >= $LEAST")
    assert set(names(acting, "u1", filterArn=dear, filterValues={"LEAST": "5"})) == {"a4", "a5", "a6"}
    one = filter_arn(acting, "one", 'EXCLUDE ActionID WHERE Actions.ACTION_ID IN ("a6", "a5")')
    assert set(names(acting, "u1", filterArn=one)) == {"a0", "a1", "a2", "a3", "a4"}
    done = filter_arn(
        acting, "done", 'EXCLUDE ActionID WHERE Action_Interactions.EVENT_TYPE IN ("Not Taken")'
    )
    assert len(names(acting, "newcomer", filterArn=done, numResults=100)) == 7
    did(acting, "newcomer", "a1", "not_taken")
    did(acting, "newcomer", "a2", "Taken")
    acting.server.settle()
    assert "a1" not in names(acting, "newcomer", filterArn=done, numResults=100), "told a moment ago"
    assert len(names(acting, "newcomer", filterArn=done, numResults=100)) == 6
    shown = WORLD.action_interactions().filter(USER_ID="u1")
    declined = set(shown.filter(EVENT_TYPE="NOT_TAKEN")["ACTION_ID"])
    assert set(names(acting, "u1", filterArn=done, numResults=100)) == {f"a{n}" for n in range(7)} - declined
    member = filter_arn(
        acting, "member", 'EXCLUDE ActionID WHERE Actions.VALUE > 0 IF CurrentUser.MEMBER IN ("yes")'
    )
    is_member = dict(WORLD.users().iter_rows())
    for user in ("u1", "u2", "u3", "u4", "u5"):
        assert bool(names(acting, user, filterArn=member)) == (is_member[user] == "no")
    items = filter_arn(acting, "items", 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")')
    code, message = error_of(
        acting.runtime.get_action_recommendations, campaignArn=acting.acting, userId="u1", filterArn=items
    )
    assert code == "InvalidInputException"
    assert "INCLUDE or EXCLUDE ActionID" in message


def test_what_a_user_just_did_with_items_changes_the_answer(acting):
    made = acting.personalize.create_event_tracker(name=acting.id, datasetGroupArn=acting.group)
    acting.wait("event_tracker", made["eventTrackerArn"])
    before = ask(acting, "browser", numResults=100)["actionList"]
    for n in range(10):
        event = {"eventType": "click", "itemId": f"i{n % 4}", "sentAt": time.time() - 10 + n}
        acting.events.put_events(
            trackingId=made["trackingId"], userId="browser", sessionId="b", eventList=[event]
        )
    acting.server.settle()
    after = {one["actionId"]: one["score"] for one in ask(acting, "browser", numResults=100)["actionList"]}
    rise = {one["actionId"]: after[one["actionId"]] - one["score"] for one in before}
    # i0 lies in the direction of a0, opposite to a3 and a4
    assert rise["a0"] > 0.05
    assert rise["a3"] < rise["a0"]
    assert rise["a4"] < rise["a0"]


def test_actions_told_live_appear_expire_and_wait(acting):
    def put(action, **properties):
        text = ", ".join(f'"{name}": {value}' for name, value in properties.items())
        acting.events.put_actions(
            datasetArn=acting.datasets["ACTIONS"],
            actions=[{"actionId": action, "properties": f"{{{text}}}"}],
        )

    def known():
        found = names(acting, "waiter", numResults=100)
        return {name for name in found if not name.startswith("a")}

    put("lasting", value=10)
    put("over", value=10, actionExpirationTimestamp=int(time.time()) - 1)
    put("weekly", value=9, repeatFrequency=7)
    assert until(known, {"lasting", "weekly"}) == {"lasting", "weekly"}
    acting.server.settle()
    zeros = [one["actionId"] for one in ask(acting, "waiter", numResults=100)["actionList"][6:]]
    assert zeros == ["lasting", "weekly", "a6"], "of equal scores the dearer first"
    did(acting, "waiter", "weekly", "Viewed", at=time.time() - 8 * 86_400)
    acting.server.settle()
    assert known() == {"lasting", "weekly"}
    did(acting, "waiter", "weekly", "Viewed", at=time.time() - 6 * 86_400)
    acting.server.settle()
    assert known() == {"lasting"}
    for action in ("lasting", "weekly"):
        put(action, value=10, actionExpirationTimestamp=int(time.time()) - 1)
    assert until(lambda: set(names(acting, "another", numResults=100)), LISTED) == LISTED


def test_training_needs_an_actions_dataset_and_no_action_interactions(inside, shop):
    shop.dataset("INTERACTIONS", FEW_ITEM_COLUMNS)
    shop.import_rows("INTERACTIONS", WORLD.interactions().write_csv())
    solution = shop.solution("aws-next-best-action")
    code, message = error_of(shop.personalize.create_solution_version, solutionArn=solution)
    assert code == "InvalidInputException"
    assert "no Actions dataset" in message
    shop.dataset("ACTIONS", ACTIONS)
    rows = "ACTION_ID,KIND,VALUE,ACTION_EXPIRATION_TIMESTAMP,REPEAT_FREQUENCY\njoin,,3,,\nbuy,,7,,\n"
    shop.import_rows("ACTIONS", rows)
    shop.acting = shop.campaign(shop.version(solution))
    assert ask(shop, "u0")["actionList"] == [
        {"actionId": "buy", "score": 0.0},
        {"actionId": "join", "score": 0.0},
    ]
    shop.import_rows("ACTIONS", rows.splitlines()[0] + "\nask,,9,,\n", mode="INCREMENTAL")
    remember(inside.stores, inside.server.records.expect(shop.group))

    def refreshed():
        inside.server.deployments.refresh()
        return names(shop, "u0")

    assert until(refreshed, ["ask", "buy", "join"]) == ["ask", "buy", "join"]


@pytest.mark.parametrize("period", ["6", "29", "soon"])
def test_the_optimisation_period_has_limits(shop, period):
    shop.dataset("INTERACTIONS", FEW_ITEM_COLUMNS)
    config = {"featureTransformationParameters": {"action_optimization_period": period}}
    code, message = error_of(shop.solution, recipe="aws-next-best-action", solutionConfig=config)
    assert code == "InvalidInputException"
    assert "action_optimization_period" in message


def test_action_interactions_are_news_to_learn(inside, shop):
    day = 86_400.0
    shop = stock(shop, ActionWorld(n_users=60, n_items=20, n_actions=3, n_shown=2))
    solution = shop.solution("aws-next-best-action")
    shop.version(solution)

    def look(seconds):
        inside.clock.now += seconds
        upkeep.begin_due(inside.server)
        inside.run_jobs()
        found = shop.personalize.list_solution_versions(solutionArn=solution)["solutionVersions"]
        return len(found)

    assert look(8 * day) == 1, "nothing new came in"
    did(shop, "u1", "a1", "Taken", at=inside.clock.now)
    assert look(day) == 2
    assert look(8 * day) == 2, "nothing new came in"
