import time
from dataclasses import dataclass, field

import numpy as np
import pytest

from presage.recipes.data import Training
from presage.recipes.ranking.blend import fit
from presage.recipes.ranking.blend.fit import Member, fit_blend
from presage.recipes.ranking.blend.repeats import Repeats
from presage.recipes.ranking.ease import Ease
from presage.recipes.ranking.popularity import PopularityCount
from presage.recipes.ranking.rules import SequentialRules

from ...logs import checkerboard, log_of, question_of, scored

LOG = log_of(checkerboard(), 18)


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A recipe that keeps the logs it was fitted to."""

    recipe: object
    seen: list = field(default_factory=list)

    def fit(self, log, training):
        self.seen.append(log)
        return self.recipe.fit(log, training)


def watched(recipe, **facts):
    return Member(recipe=Watched(recipe=recipe), **facts)


def test_members_are_weighed_by_last_events_and_then_fitted_to_everything():
    member = watched(SequentialRules())
    fit_blend([member], LOG, Training())
    first, second = member.recipe.seen
    assert len(LOG.item) - len(first.item) == len(np.unique(LOG.user)) // 2
    assert len(second.item) == len(LOG.item)
    last = np.append(np.diff(LOG.user) != 0, True)
    left = set(zip(first.user.tolist(), first.time.tolist(), strict=True))
    gone = [at not in left for at in zip(LOG.user.tolist(), LOG.time.tolist(), strict=True)]
    assert last[gone].all()


@pytest.mark.parametrize(("n_held", "times"), [(2, 1), (50, 2)])
def test_for_few_events_only_quick_members_are_fitted_again(n_held, times, monkeypatch):
    monkeypatch.setattr(fit, "FEWEST_HELD", n_held)
    monkeypatch.setattr(fit, "MOST_HELD", n_held)
    quick, slow = watched(SequentialRules()), watched(PopularityCount(), least=-np.inf)
    assert len(fit_blend([quick, slow], LOG, Training()).members) == 2
    assert [len(log.item) for log in quick.recipe.seen] == [len(LOG.item) - n_held, len(LOG.item)]
    assert len(slow.recipe.seen) == times


def test_at_a_deadline_members_stay_as_they_were_weighed():
    member = watched(SequentialRules())
    fit_blend([member], LOG, Training(deadline=time.monotonic()))
    assert len(member.recipe.seen) == 1


def test_members_without_weight_are_left_out():
    misled = Ease(regularization=1e-3, decay=0.0, max_history_length=1)
    model = fit_blend([Member(recipe=SequentialRules()), Member(recipe=misled)], LOG, Training())
    assert [member.max_history_length for member in model.members] == [10]


@pytest.mark.parametrize("again", [False, True])
def test_whether_users_repeat_items_is_learned(again):
    rng = np.random.default_rng(0)
    histories = []
    for _ in range(80):
        items = rng.permutation(12)[:6]
        histories.append(
            [
                *items,
                *(rng.choice(items, 6) if again else rng.permutation(np.setdiff1d(np.arange(12), items))),
            ]
        )
    members = [Member(recipe=PopularityCount()), Member(recipe=Repeats(max_history_length=20), least=-np.inf)]
    model = fit_blend(members, log_of(histories, 12), Training())
    row = scored(model, [question_of([1, 2, 3])])[0]
    others = np.setdiff1d(np.arange(12), [1, 2, 3])
    assert (row[[1, 2, 3]].min() > row[others].max()) == again
    assert (row[[1, 2, 3]].max() < row[others].min()) == (not again)


def test_progress_counts_every_fit_and_reaches_the_end():
    told = []
    training = Training(report=lambda step, part: told.append(part))
    fit_blend([Member(recipe=SequentialRules()), Member(recipe=PopularityCount(), effort=3.0)], LOG, training)
    assert told == sorted(told)
    assert 0.5 in told
    assert told[-1] == 1.0
