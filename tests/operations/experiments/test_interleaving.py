"""Answers with items of all arms, through unmodified clients."""

import pytest

from presage.errors import InvalidInputException
from presage.operations.experiments import asking


@pytest.fixture(scope="module")
def rankers(lab):
    """Two campaigns that rank differently."""
    return [lab.campaigns[0], lab.shop.trained("presage-rp3beta")]


def drafted(lab, answer):
    """item -> arm of an answer, as the log has it."""
    stream = lab.server.records.of_kind("decisions", "Experiment")[0]["_folder"]
    for logged in lab.server.stores.log.read(0, 10_000, stream=stream):
        if logged.record["answer"] == answer["recommendationId"]:
            return dict(logged.record["drafted"])
    raise AssertionError("the log does not have it")


def test_an_answer_has_items_of_both_and_choices_count_for_who_brought_them(lab, rankers):
    made = lab.make(rankers, mode="interleave")
    for number in range(40):
        user = f"u{number}"
        answer = lab.ask(made, user, numResults=10)
        items = [one["itemId"] for one in answer["itemList"]]
        arm_of = drafted(lab, answer)
        assert list(arm_of) == items
        assert len(set(items)) == 10
        assert sum(arm_of.values()) == 5  # each brought as many
        brought = next(item for item in items if arm_of[item] == 1)
        for _ in range(2):  # counts once
            lab.buy(user, brought, recommendationId=answer["recommendationId"])
        lab.buy(user, "i-unknown", recommendationId=answer["recommendationId"])
        assert lab.arm(answer) == ""
    lab.clock.now += 101
    found = lab.results(made)
    assert [arm.mean for arm in found.arms] == [0, 1]
    assert found.differences[0].estimate == 1
    assert found.differences[0].low > 0
    assert found.verdict.startswith("b has a higher part of what users choose than a")


def test_rankings_of_a_given_list_are_interleaved_too(lab):
    version = lab.shop.version(lab.shop.solution("aws-personalized-ranking"))
    made = lab.make([lab.shop.campaign(version) for _ in range(2)], mode="interleave")
    items = [f"i{number}" for number in range(8)]
    answer = lab.shop.runtime.get_personalized_ranking(
        campaignArn=made.experiment_arn, userId="u1", inputList=items
    )
    assert {one["itemId"] for one in answer["personalizedRanking"]} == set(items)


def test_nobody_has_an_arm(lab, rankers):
    made = lab.make(rankers, mode="interleave")
    call = asking.assign(lab.server, made.name, asking.Assign(user="ann"))
    with pytest.raises(InvalidInputException, match="interleaves"):
        call.send(None)
