import pytest

from ..operations.inprocess import InProcess
from ..operations.shop import NEWEST_EVENT, Shop


@pytest.fixture(scope="package")
def shop(tmp_path_factory):
    """A shop with data and a campaign, on a server in this process whose clock tests turn on, never back."""
    process = InProcess(tmp_path_factory.mktemp("health") / "data")
    process.clock.now = NEWEST_EVENT + 1
    shop = Shop(process).stocked()
    shop.campaign_arn = shop.trained("aws-popularity-count")
    shop.tracking_id = shop.personalize.create_event_tracker(name="t", datasetGroupArn=shop.group)[
        "trackingId"
    ]
    yield shop
    process.close()
