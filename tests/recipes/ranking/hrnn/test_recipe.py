"""What the members of the recurrent family learn beyond the contract."""

from dataclasses import replace

import numpy as np
import pytest

from presage.recipes.ranking.hrnn.plan import plan_for
from presage.recipes.ranking.hrnn.recipe import Hrnn, HrnnColdstart, HrnnMetadata, UserPersonalization

from ...logs import DAY, categories, log_of, question_of, scored


def test_the_order_of_events_decides():
    cycle = [[(u + k) % 6 for k in range(8)] for u in range(60)]
    row = scored(Hrnn().fit(log_of(cycle)), [question_of([2, 3]), question_of([0, 1, 2])])
    assert row.argmax(axis=1).tolist() == [4, 3]
    assert row.max(axis=1).min() > 0.5


def two_tastes(n_users=120, **columns):
    """Users of even number use items 0 to 4, the others items 5 to 9."""
    rng = np.random.default_rng(0)
    return log_of([(rng.permutation(5)[:3] + 5 * (u % 2)).tolist() for u in range(n_users)], **columns)


def test_a_new_user_is_known_by_metadata():
    sexes = {"SEX": categories(*[(u % 2,) for u in range(120)])}
    asked = [question_of(user_features={"SEX": categories((sex,), n_values=2)}) for sex in (0, 1)]
    first, second = scored(HrnnMetadata().fit(two_tastes(user_features=sexes)), asked)
    assert first[:5].sum() > 0.9
    assert second[5:].sum() > 0.9


def test_hrnn_uses_no_metadata_and_no_context():
    sexes = {"SEX": categories(*[(u % 2,) for u in range(120)])}
    device = {"DEVICE": categories(*[(u % 2,) for u in range(120) for _ in range(3)])}
    plain, rich = two_tastes(), two_tastes(user_features=sexes, context=device)
    asked = question_of(
        [1], user_features={"SEX": categories((0,))}, now_context={"DEVICE": categories((0,))}
    )
    np.testing.assert_array_equal(scored(Hrnn().fit(plain), [asked]), scored(Hrnn().fit(rich), [asked]))


def test_the_context_of_a_request_decides():
    rng = np.random.default_rng(0)
    device = rng.integers(0, 2, (150, 4))
    histories = [[2 * rng.integers(0, 3) + d for d in row] for row in device]
    log = log_of(histories, context={"DEVICE": categories(*[(d,) for d in device.flatten()])})
    past = {"DEVICE": categories((0,), (1,))}
    asked = [
        question_of([0, 1], context=past, now_context={"DEVICE": categories((d,), n_values=2)})
        for d in (0, 1)
    ]
    even, odd = scored(UserPersonalization(hidden_dimension=32).fit(log), asked)
    assert even[0::2].sum() > 0.9
    assert odd[1::2].sum() > 0.9


def test_items_without_events_are_judged_by_their_features():
    genres = {"GENRE": categories(*[(int(i >= 5),) for i in range(10)], (0,), (1,))}
    model = HrnnMetadata().fit(two_tastes(n_users=200, n_items=12, item_features=genres))
    first, second = scored(model, [question_of([0, 1]), question_of([5, 6])])
    assert first[10] > first[11]
    assert second[11] > second[10]


class TestColdItems:
    created = 1_600_000_000 + DAY * np.array([-50, -50, 0, 2, 2, 0], np.int64)
    log = log_of([[0, 1, 1, 1], [0, 2, 2, 2], [0, 4, 4, 0]], n_items=6, gap=DAY)  # ends on day 3

    def cold(self, log, **settings):
        return np.flatnonzero(HrnnColdstart(**settings).cold(log)).tolist()

    def test_young_and_rarely_used(self):
        log = replace(self.log, item_created_at=self.created)
        assert self.cold(log) == [2, 3, 4, 5]
        assert self.cold(log, cold_start_max_interactions=2) == [3, 4, 5]
        assert self.cold(log, cold_start_max_duration=1.0) == [3, 4]

    def test_age_may_count_from_the_newest_item(self):
        log = replace(self.log, item_created_at=self.created)
        near = {"cold_start_max_duration": 2.0}
        assert self.cold(log, **near) == [3, 4]
        assert self.cold(log, cold_start_relative_from="latestItem", **near) == [2, 3, 4, 5]

    def test_an_undated_item_is_as_old_as_its_first_event_and_new_without_any(self):
        assert self.cold(self.log, cold_start_max_duration=2.0) == [1, 2, 3, 4, 5]

    def test_a_film_from_before_1970_is_old(self):
        log = replace(self.log, item_created_at=np.array([-157_766_400, 0, *self.created[2:]]))
        assert self.cold(log, cold_start_max_interactions=1_000) == [2, 3, 4, 5]

    def test_they_stand_beside_items_like_them(self):
        genres = {"GENRE": categories(*[(int(i >= 5),) for i in range(10)], (0,), (1,))}
        log = two_tastes(n_users=200, n_items=12, item_features=genres)
        settings = {"hidden_dimension": 32, "cold_start_max_interactions": 15}
        row = scored(HrnnColdstart(**settings).fit(log), [question_of([0, 1])])[0]
        assert row[10] > row[5:10].max()
        assert row[10] > 0.2 * row[2:5].min()


def test_of_late_counts_more_with_the_recency_mask():
    histories = [[0, 0, 0]] * 60 + [[1, 1, 1]] * 30
    log = log_of(histories)
    log = replace(log, time=log.time + DAY * 100 * log.item)
    masked, plain = (scored(Hrnn(recency_mask=on).fit(log), [question_of()])[0] for on in (True, False))
    assert masked[1] > plain[1]
    assert plain.argmax() == 0


def test_a_bad_pair_of_percentiles_is_refused():
    with pytest.raises(ValueError, match="must not exceed"):
        Hrnn(min_user_history_length_percentile=0.9, max_user_history_length_percentile=0.1)


@pytest.mark.parametrize(("n_users", "length"), [(1, 1), (5000, 2), (100, 100), (1, 5000)])
def test_plans_learn_in_a_few_steps_a_pass(n_users, length):
    plan = plan_for(43, 32, log_of([[0] * length] * n_users))
    n_rows = n_users * -(-length // plan.window)
    assert n_rows / plan.batch_rows <= 20
