from itertools import count

import msgspec
import pytest

from presage.operations.experiments import asking, experiments, results, shapes

from ..inprocess import InProcess
from ..shop import NEWEST_EVENT, Shop


class Lab:
    """Experiments on the campaigns of a shop, whose clock the tests turn."""

    def __init__(self, stocked):
        self.shop, self.server, self.clock = stocked, stocked.server.server, stocked.server.clock
        version = stocked.version(stocked.solution())
        self.campaigns = [stocked.campaign(version), stocked.campaign(version)]
        self.version = version
        self.tracking = stocked.personalize.create_event_tracker(name="lab", datasetGroupArn=stocked.group)[
            "trackingId"
        ]
        self._names = (f"e{number}" for number in count())

    def make(self, targets=None, weights=(1, 1), **more):
        """The description of a new experiment of arms a, b, …"""
        arms = [
            {"name": name, "target": target, "weight": weight}
            for name, target, weight in zip("abcdefgh", targets or self.campaigns, weights, strict=False)
        ]
        metric = {"eventType": "purchase", "windowSeconds": 100} | more.pop("metric", {})
        members = {"name": next(self._names), "arms": arms, "metric": metric, **more}
        asked = msgspec.convert(members, shapes.CreateExperiment)
        return experiments.create_experiment(self.server, "", asked)

    def ask(self, made, user, **more):
        return self.shop.runtime.get_recommendations(campaignArn=made.experiment_arn, userId=user, **more)

    def buy(self, user, item="i1", **event):
        event = {"eventType": "purchase", "sentAt": int(self.clock.now), "itemId": item, **event}
        self.shop.events.put_events(trackingId=self.tracking, userId=user, sessionId="s", eventList=[event])

    def results(self, made):
        return results.describe_results(self.server, made.name, None)

    def arm(self, answer):
        return asking.describe_answer(self.server, answer["recommendationId"], None).arm


@pytest.fixture(scope="package")
def stocked(tmp_path_factory):
    """A shop of these tests' own: they turn its clock, and tell it what others would not expect."""
    process = InProcess(tmp_path_factory.mktemp("lab") / "data")
    process.clock.now = NEWEST_EVENT + 1
    yield Shop(process).stocked()
    process.close()


@pytest.fixture(scope="package")
def lab(stocked):
    return Lab(stocked)


@pytest.fixture(autouse=True)
def now(stocked):
    stocked.server.clock.now = max(stocked.server.clock.now, NEWEST_EVENT) + 1000
