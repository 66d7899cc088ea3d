"""Which campaigns a process answers for follows the records."""

from presage.operations.personalize.following import Follower


def test_campaigns_that_are_gone_are_tried_no_more(inside):
    follower = Follower(inside.server)
    follower._tried_at = {"arn:aws:personalize:us-east-1:000000000000:campaign/gone": 0.0}
    follower.step()
    assert follower._tried_at == {}
