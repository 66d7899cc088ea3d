import polars as pl

from presage.features.actions import encode_actions
from presage.features.columns import Columns, Fields
from presage.features.vocabulary import Vocabulary

FRAMES = {
    "INTERACTIONS": pl.DataFrame({"USER_ID": ["ann"], "ITEM_ID": ["hat"], "TIMESTAMP": [10]}),
    "USERS": pl.DataFrame({"USER_ID": ["bob"], "AGE": [20]}),
    "ACTIONS": pl.DataFrame({"ACTION_ID": ["join", "buy"]}),
    "ACTION_INTERACTIONS": pl.DataFrame(
        {
            "USER_ID": ["eve", "bob", "bob", None],
            "ACTION_ID": ["join", "buy", "gone", "buy"],
            "EVENT_TYPE": ["TAKEN", "VIEWED", "TAKEN", "TAKEN"],
            "TIMESTAMP": [11, 12, 13, 14],
        }
    ),
}
COLUMNS = Columns(user=Fields(numeric=("AGE",)))


def test_users_are_those_of_all_tables_and_actions_those_with_a_record():
    found = encode_actions(FRAMES, COLUMNS)
    vocabulary, log = found.encoded.vocabulary, found.log
    assert list(vocabulary.users) == ["ann", "bob", "eve"]
    assert list(vocabulary.actions) == ["buy", "join"]
    rows = zip(log.user, log.action, log.time, log.is_taken, strict=True)
    assert sorted(map(tuple, rows)) == [(1, 0, 12, False), (2, 1, 11, True)]
    assert log.n_actions == 2
    assert log.interactions.n_users == 3


def test_there_may_be_no_action_interactions_and_no_users():
    few = {kind: FRAMES[kind] for kind in ("INTERACTIONS", "ACTIONS")}
    found = encode_actions(few, COLUMNS)
    assert list(found.encoded.vocabulary.users) == ["ann"]
    assert len(found.log.user) == 0
    assert found.log.n_actions == 2


def test_a_vocabulary_keeps_its_actions_and_an_older_one_has_none():
    vocabulary = encode_actions(FRAMES, COLUMNS).encoded.vocabulary
    arrays, meta = vocabulary.state()
    assert list(Vocabulary.from_state(arrays, meta).actions) == ["buy", "join"]
    older = {name: array for name, array in arrays.items() if not name.startswith("actions.")}
    assert list(Vocabulary.from_state(older, meta).actions) == []
