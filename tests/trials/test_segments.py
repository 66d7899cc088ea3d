"""How recipes of user segments are judged."""

import numpy as np
import pytest

from presage.recipes import SEGMENTS
from presage.recipes.data import Training
from presage.trials import plan_of, train_segments
from presage.trials.segments import SegmentTask

from ..recipes.logs import checkerboard, everything, log_of

PREFIX = "arn:aws:personalize:::recipe/"


def split_of(log, **options):
    [split] = SegmentTask(**options).splits(log, 0)
    return split


def test_the_newest_fifth_of_each_users_events_is_hidden():
    split = split_of(log_of([[0, 1, 2, 3, 4, 0, 1, 2, 5, 6], [4, 6], [2], []]))
    assert split.training.item.tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 4, 2]
    assert split.training.n_users == 4
    assert split.cases.items.tolist() == [5, 6]
    assert [users.tolist() for users in split.cases.users] == [[0], [0, 1]]


def test_who_used_an_item_before_is_not_looked_for():
    split = split_of(log_of([[0, 1, 2, 3, 1], [1, 0], [2, 1]]))
    assert split.cases.items.tolist() == [0, 1]
    assert [users.tolist() for users in split.cases.users] == [[1], [2]]
    assert [users.tolist() for users in split.cases.known] == [[0], [0, 1]]


class Insistent:
    """Ranks the users by their rows."""

    n_users = 3

    def best_users(self, items, k):
        return np.tile(np.arange(min(k, 3), dtype=np.int32), (len(items), 1)), np.ones((len(items), k))


def test_who_used_an_item_before_is_passed_over():
    split = split_of(log_of([[0, 1, 2, 3, 1], [1, 0], [2, 1]]))
    figures = SegmentTask().score(Insistent(), split)
    assert figures["hits_at_1_percent"] == 1.0  # user 1 for item 0, user 2 for item 1


def test_each_value_of_each_category_is_asked_about():
    log = everything([[0, 1, 2], [3, 4, 5], [1, 0]], 6)  # hidden: 2, 5, 0
    cases = split_of(log, by_attribute=True).cases
    asked = [int(query["GENRES"].codes[0]) for query in cases.attributes]
    assert asked == [0, 1, 2, 4]
    assert [users.tolist() for users in cases.users] == [[0, 2], [1], [2], [0, 1]]


def test_nobody_to_judge_by_is_said():
    with pytest.raises(ValueError, match="nobody has 2 events or more"):
        split_of(log_of([[0], [1], []]))


class Oracle:
    """Knows who used what."""

    n_users = 300

    def __init__(self, cases):
        self.users = dict(zip(cases.items.tolist(), cases.users, strict=True))

    def best_users(self, items, k):
        rows = [np.resize(self.users[item], k).astype(np.int32) for item in items.tolist()]
        return np.array(rows), np.ones((len(rows), k), np.float32)


def test_a_model_that_knows_the_answers_finds_a_user_an_item():
    split = split_of(log_of([[u, 300 + u] for u in range(300)]))
    figures = SegmentTask().score(Oracle(split.cases), split)
    assert figures["recall_at_1_percent"] == 1.0


@pytest.mark.parametrize("recipe", SEGMENTS)
def test_a_training_is_judged_without_what_it_learns_from_in_the_end(recipe):
    log = everything(checkerboard(per_user=5, n_users=300), 16)
    reported = []
    plan = plan_of(
        {
            "recipeArn": PREFIX + recipe,
            "solutionConfig": {"algorithmHyperParameters": {"hidden_dimension": "32"}},
        }
    )
    trained = train_segments(plan, log, Training(report=lambda step, part: reported.append(part)))
    assert set(trained.metrics) == {"coverage", "hits_at_1_percent", "recall_at_1_percent"}
    assert trained.candidate.settings == {"hidden_dimension": 32}
    whole = SEGMENTS[recipe](hidden_dimension=32).fit(log)
    np.testing.assert_array_equal(trained.model.item, whole.item)
    assert reported == sorted(reported)
    if recipe == "aws-item-affinity":
        assert trained.metrics["hits_at_1_percent"] > 0
