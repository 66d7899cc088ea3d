import pytest

from presage.decisions.campaign import NO_OFFER
from presage.decisions.checks import check_campaign
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
