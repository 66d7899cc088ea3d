import numpy as np
import pytest

from presage.serving.histories import Histories
from presage.serving.live import Live
from presage.serving.version import load_version

from .shop import event, save


def histories(tmp_path, *told, **facts):
    version = load_version(save(tmp_path / "version", **facts))
    live = Live()
    for place, row in enumerate(told, 11):
        live.tell("INTERACTIONS", place, row)
    return Histories(version=version, live=live)


def items(found, query):
    return [found.version.vocabulary.items[row] for row in query.item]


def test_a_question_holds_past_and_live_events(tmp_path):
    found = histories(tmp_path, event("ann", "tie", 99, DEVICE="desk"), event("ann", "sock", 100))
    query = found.query("ann", None, {}, 200)
    assert items(found, query) == ["hat", "cap", "tie"]
    assert query.time.tolist() == [10, 20, 99]
    device = query.context["DEVICE"]
    names = found.version.vocabulary.context["DEVICE"].names
    assert device.start.tolist() == [0, 1, 1, 2]
    assert device.codes.tolist() == [names.row("phone"), names.row("desk")]
    assert query.user_features["AGE"].values.tolist() == [-1.0]
    assert (query.now, query.now_context, query.seed_item) == (200, {}, None)


def test_events_told_late_stand_where_they_belong(tmp_path):
    found = histories(tmp_path, event("ann", "tie", 15, DEVICE="desk"), event("ann", "bow", 5))
    query = found.query("ann", None, {}, 200)
    assert items(found, query) == ["bow", "hat", "tie", "cap"]
    assert query.time.tolist() == [5, 10, 15, 20]
    assert query.context["DEVICE"].start.tolist() == [0, 0, 1, 2, 2]


@pytest.mark.parametrize(
    ("facts", "seen"),
    [
        ({}, ["tie", "bow", "hat"]),
        ({"seq": 11}, ["bow", "hat"]),
        ({"eventType": "buy"}, ["bow"]),
        ({"eventValueThreshold": 2.0}, ["hat"]),
        ({"eventValueThreshold": 0.0}, ["bow", "hat"]),
    ],
)
def test_a_model_sees_events_of_its_kind(tmp_path, facts, seen):
    told = [
        event("new", "tie", 99),
        event("new", "bow", 100, EVENT_TYPE="buy", EVENT_VALUE=0.0),
        event("new", "hat", 101, EVENT_VALUE=2.0),
    ]
    found = histories(tmp_path, *told, **facts)
    assert items(found, found.query("new", None, {}, 200)) == seen


def test_nobody_has_an_empty_history(tmp_path):
    found = histories(tmp_path)
    query = found.query("stranger", None, {}, 200)
    assert (len(query.item), len(query.time)) == (0, 0)
    assert query.user_features == {}
    assert query.context["DEVICE"].start.tolist() == [0]


def test_the_request_is_part_of_the_question(tmp_path):
    found = histories(tmp_path)
    query = found.query("ann", "tie", {"device": "desk"}, 200)
    assert query.seed_item == found.version.vocabulary.items.row("tie")
    assert len(query.now_context["DEVICE"].codes) == 1
    assert found.query("ann", "sock", {}, 200).seed_item is None


def test_a_record_told_since_replaces_the_training_one(tmp_path):
    found = histories(tmp_path)
    found.live.tell("USERS", 20, {"USER_ID": "ann", "AGE": 30})
    found.live.tell("USERS", 21, {"USER_ID": "new", "AGE": None})
    assert found.query("ann", None, {}, 200).user_features["AGE"].values.tolist() == [0.0]
    assert np.isnan(found.query("new", None, {}, 200).user_features["AGE"].values[0])


def test_a_session_that_was_linked_leads_to_its_user(tmp_path):
    found = histories(tmp_path, event("ann", "tie", 99, session="s9"), event("bob", "tie", 99, session="eve"))
    assert found.who("s9") == "ann"
    assert found.who("eve") == "eve"
    assert found.who("stranger") == "stranger"
