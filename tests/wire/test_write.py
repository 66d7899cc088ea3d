import math
from datetime import UTC, datetime

import orjson
from hypothesis import given
from hypothesis import strategies as st

from presage.wire.models import OPERATIONS


def write(service, operation, answer):
    return OPERATIONS[service, operation].write(answer)


def campaign(**members):
    return write("personalize", "DescribeCampaign", {"campaign": members})["campaign"]


def test_instants_become_seconds_with_milliseconds():
    assert campaign(creationDateTime=1_542_392_161.8374) == {"creationDateTime": 1_542_392_161.837}
    assert campaign(creationDateTime=datetime(2023, 11, 14, 22, 13, 20, 1999, UTC)) == {
        "creationDateTime": 1_700_000_000.002
    }


def test_none_and_what_the_model_does_not_know_are_left_out():
    assert campaign(name="x", failureReason=None, secret=1, campaignConfig={"a": 1}) == {
        "name": "x",
        "campaignConfig": {},
    }


def test_a_figure_that_json_cannot_hold_is_left_out():
    answer = {"metrics": {"coverage": 0.5, "ndcg": None}}
    assert write("personalize", "GetSolutionMetrics", answer) == {"metrics": {"coverage": 0.5}}
    items = {"itemList": [{"itemId": "1", "score": float("nan")}]}
    assert write("personalize-runtime", "GetRecommendations", items) == {"itemList": [{"itemId": "1"}]}


@given(st.dictionaries(st.text(), st.floats()))
def test_a_map_of_figures_holds_finite_ones_alone(metrics):
    written = write("personalize", "GetSolutionMetrics", {"metrics": metrics})["metrics"]
    assert orjson.loads(orjson.dumps(written)) == written
    assert all(written[name] == metrics[name] for name in written)
    assert not any(math.isfinite(metrics[name]) for name in metrics.keys() - written)
