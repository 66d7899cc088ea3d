import pytest

from presage.decisions.campaign import NO_OFFER, check_campaign
from presage.errors import InvalidInputException

from .deciding import OFFERS, campaign

FROM, UNTIL = "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"offers": [OFFERS[0], OFFERS[0]]}, "offers holds 'small' twice"),
        ({"features": [{"name": "a"}, {"name": "a"}]}, "features holds 'a' twice"),
        ({"offers": [{"id": NO_OFFER}]}, "stands for giving none"),
        ({"offers": [{"id": "a", "validFrom": FROM, "validUntil": UNTIL}]}, "must be later than validFrom"),
        ({"policy": {"name": "best"}}, "no policy is called 'best'; this presage knows: presage-bayesian"),
        ({"policy": {"settings": {"epsilon": 2}}}, "epsilon is '2'; it must be from 0 to 1"),
        (
            {"policy": {"settings": {"speed": 2}}},
            "has no setting 'speed' for this recipe; it accepts: epsilon",
        ),
        (
            {"policy": {"name": "presage-logistic-thompson"}, "rewardWaitSeconds": 60, "defaultReward": -1},
            r"a reward is -1\.0",
        ),
    ],
)
def test_what_no_campaign_can_be_is_refused(members, message):
    with pytest.raises(InvalidInputException, match=message):
        check_campaign(campaign(**members))


def test_profit_is_what_is_left_of_a_reward():
    made = campaign(objective="profit", offers=[{"id": "a", "margin": 0.5, "cost": 2}])
    assert (made.earned("a", 10.0), made.earned(NO_OFFER, 10.0)) == (3.0, 10.0)
    assert campaign().earned("small", 10.0) == 10.0


def test_arms_differ_by_identity_price_and_type():
    assert campaign().arm_features.tolist() == [
        [1, 0, 0, 0.5, 1, 0],
        [0, 1, 0, 1.0, 0, 1],
        [0, 0, 1, 0.0, 0, 0],
    ]


def test_uplift_tells_offers_apart_by_type_and_discount():
    offers = [{"id": "a", "discount": 0.1}, {"id": "b", "discount": 0.3, "price": 4}]
    uplift = {"name": "presage-uplift"}
    assert campaign(offers=offers, policy=uplift).arm_features.tolist() == [[1, 0.1], [1, 0.3], [0, 0]]
    typed = [*offers, {"id": "c", "type": "free delivery", "discount": 0.2}]
    found = campaign(offers=typed, policy=uplift).arm_features.tolist()
    assert found == [[1, 1, 0, 0.1], [1, 1, 0, 0.3], [1, 0, 1, 0.2], [0, 0, 0, 0]]
