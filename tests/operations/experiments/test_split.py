"""A split over two campaigns, through unmodified clients."""

import msgspec
import pytest

from presage.operations.experiments import experiments, shapes

from ..personalize.test_data_deletion_jobs import delete
from ..shop import error_of


def test_users_are_split_and_what_they_do_counts_for_their_arm(lab):
    made = lab.make()
    arms = {}
    for number in range(40):
        answer = lab.ask(made, f"u{number}", numResults=5)
        arms[number] = lab.arm(answer)
        assert (len(answer["itemList"]), len(answer["recommendationId"])) == (5, 40)
        if number % 4 == 0:
            for _ in range(2):  # a user counts once
                lab.buy(f"u{number}", recommendationId=answer["recommendationId"])
    assert {lab.arm(lab.ask(made, f"u{number}")) == arms[number] for number in range(40)} == {True}
    found = lab.results(made)
    assert [arm.exposed for arm in found.arms] == [list(arms.values()).count(name) for name in "ab"]
    assert (found.waiting, [arm.counted for arm in found.arms]) == (40, [0, 0])
    assert found.differences[0].estimate is None
    lab.clock.now += 101
    found = lab.results(made)
    bought = [sum(arms[number] == name for number in range(0, 40, 4)) for name in "ab"]
    assert [arm.converted for arm in found.arms] == bought
    assert [arm.mean for arm in found.arms] == [
        number / arm.exposed for number, arm in zip(bought, found.arms, strict=True)
    ]
    difference = found.differences[0]
    assert difference.low < 0 < difference.high
    assert "No difference between b and a is shown" in found.verdict
    assert not found.split.is_mismatched


def test_what_comes_too_late_or_from_elsewhere_does_not_count(lab):
    made, other = lab.make(), lab.make()
    answer, theirs = lab.ask(made, "ann"), lab.ask(other, "ann")
    plain = lab.shop.runtime.get_recommendations(campaignArn=lab.campaigns[0], userId="ann")
    for one in (theirs, plain):
        lab.buy("ann", recommendationId=one["recommendationId"])
    lab.buy("ann")
    lab.buy("ann", eventType="click", recommendationId=answer["recommendationId"])
    lab.clock.now += 101
    lab.buy("ann", recommendationId=answer["recommendationId"])
    assert sum(arm.converted for arm in lab.results(made).arms) == 0
    assert sum(arm.converted for arm in lab.results(other).arms) == 1


def test_every_event_of_a_user_counts_if_it_is_to(lab):
    made = lab.make(metric={"credit": "user", "kind": "value", "cap": 10})
    for user, values in {"ann": [3, 4], "ben": [20], "cat": []}.items():
        lab.ask(made, user)
        for value in values:
            lab.buy(user, eventValue=value)
    lab.buy("dan", eventValue=5)
    lab.clock.now += 101
    found = lab.results(made)
    assert sum((arm.mean or 0) * arm.counted for arm in found.arms) == pytest.approx(17)
    assert found.unknown_events == 1


def test_rankings_are_split_too(lab):
    made = lab.make()
    items = ["i3", "i1", "i2"]
    answer = lab.shop.runtime.get_recommendations(campaignArn=made.experiment_arn, userId="ann")
    code, message = error_of(
        lab.shop.runtime.get_personalized_ranking,
        campaignArn=made.experiment_arn,
        userId="ann",
        inputList=items,
    )
    assert (code, "GetRecommendations" in message) == ("InvalidInputException", True)
    assert lab.arm(answer) in "ab"


def test_a_solution_version_stands_for_a_campaign_that_deploys_it(lab):
    other = lab.shop.version(lab.shop.solution())
    campaign = lab.shop.campaign(other)
    made = lab.make([lab.version, other])
    assert {lab.arm(lab.ask(made, f"u{number}")) for number in range(20)} == {"a", "b"}
    code, message = error_of(lab.shop.personalize.delete_campaign, campaignArn=campaign)
    assert (code, made.experiment_arn in message) == ("ResourceInUseException", True)


def test_a_stopped_experiment_gives_everybody_one_arm_and_goes_on_as_it_was(lab):
    made = lab.make()
    arms = {number: lab.arm(lab.ask(made, f"u{number}")) for number in range(20)}
    stopped = experiments.stop_experiment(lab.server, made.name, shapes.StopExperiment(arm="b"))
    assert (stopped.status, stopped.answering) == ("INACTIVE", "b")
    assert {lab.arm(lab.ask(made, f"u{number}")) for number in range(40)} == {"b"}
    assert sum(arm.exposed for arm in lab.results(made).arms) == 20
    started = experiments.start_experiment(lab.server, made.name, None)
    assert (started.status, started.answering) == ("ACTIVE", "")
    assert {number: lab.arm(lab.ask(made, f"u{number}")) for number in range(20)} == arms


def test_other_weights_move_few_and_count_right(lab):
    made = lab.make()
    before = {number: lab.arm(lab.ask(made, f"u{number}")) for number in range(60)}
    weights = {"b": 0.0}
    experiments.update_experiment(lab.server, made.name, shapes.UpdateExperiment(weights=weights))
    assert {lab.arm(lab.ask(made, f"u{number}")) for number in range(60)} == {"a"}
    found = lab.results(made)
    assert found.moved == list(before.values()).count("b")
    assert [arm.exposed for arm in found.arms] == [list(before.values()).count(name) for name in "ab"]
    weights = {"a": 3.0, "b": 1.0}
    with pytest.raises(Exception, match="cannot become less"):
        experiments.update_experiment(lab.server, made.name, shapes.UpdateExperiment(weights=weights))


def test_a_deleted_experiment_is_gone(lab):
    made = lab.make()
    answer = lab.ask(made, "ann")
    experiments.delete_experiment(lab.server, made.name, None)
    lab.buy("ann", recommendationId=answer["recommendationId"])
    code, _ = error_of(lab.shop.runtime.get_recommendations, campaignArn=made.experiment_arn, userId="ann")
    assert code == "ResourceNotFoundException"
    again = experiments.create_experiment(
        lab.server,
        "",
        shapes.CreateExperiment(name=made.name, arms=made.experiment.arms, metric=made.experiment.metric),
    )
    assert sum(arm.exposed for arm in lab.results(again).arms) == 0


def test_a_user_is_asked_for(lab):
    made = lab.make()
    code, message = error_of(lab.shop.runtime.get_recommendations, campaignArn=made.experiment_arn)
    assert (code, message) == (
        "InvalidInputException",
        "userId is missing; an experiment gives each user an arm.",
    )


def test_recommenders_are_arms_too(bazaar, views):
    server = bazaar.server.server
    arms = [{"name": name, "target": views} for name in ("one", "same")]
    asked = {"name": "aa", "arms": arms, "metric": {"eventType": "Purchase"}}
    made = experiments.create_experiment(server, "", msgspec.convert(asked, shapes.CreateExperiment))
    ask = bazaar.runtime.get_recommendations
    plain = ask(recommenderArn=views, userId="u1")["itemList"]
    for member in ("recommenderArn", "campaignArn"):
        assert ask(**{member: made.experiment_arn}, userId="u1")["itemList"] == plain
    code, message = error_of(bazaar.personalize.delete_recommender, recommenderArn=views)
    assert (code, made.experiment_arn in message) == ("ResourceInUseException", True)
    experiments.delete_experiment(server, "aa", None)


def test_who_is_deleted_counts_no_more(lab):
    made = lab.make(metric={"credit": "user"})
    for user in ("u1", "u2", "u3"):
        lab.ask(made, user)
        lab.buy(user)
    lab.clock.now += 101
    assert sum(arm.converted for arm in lab.results(made).arms) == 3
    delete(lab.shop, ["u1", "u3"])
    found = lab.results(made)
    assert (sum(arm.exposed for arm in found.arms), sum(arm.converted for arm in found.arms)) == (1, 1)
    stream = lab.server.records.expect(made.experiment_arn)["_folder"]
    assert {one.record["user"] for one in lab.server.stores.log.read(0, 100, stream=stream)} == {"u2"}
