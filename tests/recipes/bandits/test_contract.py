"""What every bandit policy promises; a new one is tested here by standing in `BANDITS`."""

import json
from functools import cache
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.artifacts import load, save
from presage.recipes import BANDITS, load_policy
from presage.recipes.bandits.data import UNKNOWN, Rounds, Seen
from presage.recipes.bandits.policy import begin, draw
from presage.recipes.settings import Setting, parse_settings, settings_of

from .rounds import N_ACTIONS, N_CONTEXT, asked, chance, play, policy, rounds_of


@cache
def learned(name):
    """A policy that has played; tests leave it as it is."""
    one = policy(name)
    play(one)
    return one


def rng():
    return np.random.default_rng(5)


@pytest.mark.parametrize("name", BANDITS)
class TestEveryPolicy:
    def test_probabilities_are_a_distribution(self, name):
        for one in (policy(name), learned(name)):
            rounds, _ = asked(30, 7)
            found = one.probabilities(rounds, rng())
            assert found.shape == (30, N_ACTIONS)
            assert np.all(found >= 0)
            np.testing.assert_allclose(found.sum(axis=1), 1)
            assert one.probabilities(rounds.take(np.zeros(0, int)), rng()).shape == (0, N_ACTIONS)

    def test_a_choice_comes_with_the_probability_it_was_drawn_with(self, name):
        rounds, _ = asked(50, 8)
        choices = learned(name).choose(rounds, rng())
        assert np.all(choices.propensity > 0)
        found = learned(name).probabilities(rounds, rng())
        np.testing.assert_array_equal(choices.propensity, found[np.arange(50), choices.place])

    def test_the_same_generator_makes_the_same_choices(self, name):
        rounds, _ = asked(50, 9)
        first, second = (learned(name).choose(rounds, rng()) for _ in range(2))
        np.testing.assert_array_equal(first.place, second.place)
        np.testing.assert_array_equal(first.propensity, second.propensity)

    def test_at_first_all_actions_are_alike(self, name):
        found = policy(name).probabilities(rounds_of(np.arange(40)), rng()).mean(axis=0)
        np.testing.assert_allclose(found, 1 / N_ACTIONS, atol=0.1)

    def test_it_learns_what_is_good(self, name):
        by_chance, best = 0.5, chance(asked(2_000, 1)[0]).max(axis=1).mean()
        found = np.mean([play(policy(name), seed=seed) for seed in range(3)])
        if name == "presage-popularity-thompson":  # the actions are equally good on average
            assert abs(found - by_chance) < 0.15
        else:
            assert found > by_chance + 0.6 * (best - by_chance)

    def test_expectations_come_near_the_truth(self, name):
        rounds, _ = asked(20, 11)
        found = learned(name).expected(rounds)
        assert found.shape == (20, N_ACTIONS)
        if name == "presage-popularity-thompson":
            np.testing.assert_allclose(found[0], found[-1])
        else:
            assert np.corrcoef(found.ravel(), chance(rounds).ravel())[0, 1] > 0.7

    def test_a_reward_is_learned_in_less_than_a_millisecond(self, name):
        one = load_policy(*learned(name).state())
        rounds, _ = asked(1, 12)
        seen = rounds.seen(np.array([1]), np.array([1.0]))
        one.learn(seen)
        seconds = []
        for _ in range(50):
            began = process_time()
            one.learn(seen)
            seconds.append(process_time() - began)
        assert median(seconds) < 0.001

    def test_a_reward_counts_once(self, name):
        one, other = policy(name), policy(name)
        for batch in range(3):
            rounds, told = asked(40, 20 + batch)
            seen = rounds.seen(told.integers(0, N_ACTIONS, 40), told.integers(0, 2, 40).astype(float))
            one.learn(seen)
            one.learn(Seen(**{key: value[:0] for key, value in vars(seen).items()}))
            other.learn(seen)
        rounds, _ = asked(10, 13)
        np.testing.assert_array_equal(one.expected(rounds), other.expected(rounds))

    def test_asking_changes_nothing(self, name):
        one = load_policy(*learned(name).state())
        before = json.dumps({key: array.tolist() for key, array in one.state()[0].items()})
        one.choose(asked(5, 14)[0], rng())
        one.expected(rounds_of([UNKNOWN, 10**6]))
        assert json.dumps({key: array.tolist() for key, array in one.state()[0].items()}) == before

    def test_a_policy_survives_the_disk_and_goes_on_alike(self, name, tmp_path):
        one = load_policy(*learned(name).state())
        save(tmp_path / "p", *one.state())
        other = load_policy(*load(tmp_path / "p"))
        assert other.settings == one.settings
        rounds, _ = asked(30, 15)
        for step in range(2):
            for policy_ in (one, other):
                if step:
                    policy_.learn(rounds.seen(np.arange(30) % N_ACTIONS, np.ones(30)))
                    policy_.refit()
            np.testing.assert_array_equal(one.expected(rounds), other.expected(rounds))
            np.testing.assert_array_equal(
                one.probabilities(rounds, rng()), other.probabilities(rounds, rng())
            )

    def test_a_copy_learns_by_itself(self, name):
        arrays, meta = learned(name).state()
        before = {key: array.copy() for key, array in arrays.items()}
        play(load_policy(arrays, meta), n_batches=2)
        for key, array in learned(name).state()[0].items():
            np.testing.assert_array_equal(array, before[key])

    def test_strangers_and_new_actions_are_no_error(self, name):
        rounds = Rounds(
            user=np.array([UNKNOWN, 10**6]),
            context=np.zeros((2, N_CONTEXT)),
            action=np.array([2, 77]),
            features=np.eye(3)[[2, 0]],
        )
        found = learned(name).probabilities(rounds, rng())
        np.testing.assert_allclose(found.sum(axis=1), 1)

    def test_one_open_action_is_taken(self, name):
        rounds, _ = asked(4, 16)
        only = Rounds(user=rounds.user, context=rounds.context, action=np.array([1]), features=np.eye(3)[[1]])
        np.testing.assert_array_equal(learned(name).choose(only, rng()).propensity, 1)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"context": np.zeros((1, 3))}, r"context has the shape \(1, 3\); this policy reads \(rows, 2\)"),
            ({"context": np.full((1, 2), np.nan)}, "context holds nan; only finite numbers"),
            ({"context": np.zeros((4, 2))}, "context has 4 rows; there are 1 rounds"),
            ({"features": np.eye(2, 3)}, "features has 2 rows; there are 3 actions"),
            ({"action": np.array([0, 1, 1])}, "an action is open twice"),
            ({"action": np.array([0, 1, -1])}, "action has the row -1; rows are numbered from 0 on"),
            ({"action": np.zeros(0, int), "features": np.zeros((0, 3))}, "no action is open"),
        ],
    )
    def test_rounds_that_do_not_fit_are_refused(self, name, change, message):
        with pytest.raises(ValueError, match=message):
            policy(name).probabilities(Rounds(**vars(rounds_of([0])) | change), rng())

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"reward": np.array([np.inf])}, "reward holds inf; only finite numbers"),
            ({"reward": np.zeros(2)}, "the columns have different lengths: .*'reward': 2"),
            ({"user": np.array([-2])}, "user has the row -2; rows are numbered from -1 on"),
        ],
    )
    def test_rewards_that_do_not_fit_are_refused(self, name, change, message):
        seen = rounds_of([0]).seen(np.array([0]), np.array([1.0]))
        with pytest.raises(ValueError, match=message):
            policy(name).learn(Seen(**vars(seen) | change))

    def test_settings_have_defaults_within_their_limits(self, name):
        for key, (default, accepts) in settings_of(BANDITS[name]).items():
            assert isinstance(accepts, Setting)
            assert parse_settings(BANDITS[name], {key: str(default)}, accepts.group) == {key: default}

    def test_every_policy_and_setting_has_a_page(self, name):
        page = Path(__file__).parents[3].joinpath("docs", "policies", f"{name}.md").read_text()
        assert all(f"| `{setting}` |" in page for setting in settings_of(BANDITS[name]))


def test_an_unknown_policy_is_refused():
    with pytest.raises(
        ValueError, match=r"no policy is called 'oracle'; this presage knows: .*presage-greedy"
    ):
        begin(BANDITS, "oracle", 1, 1)


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_a_batch_with_one_distribution_is_spread_as_it_says(n_actions, n_rounds, seed):
    rng = np.random.default_rng(seed)
    probability = rng.dirichlet(np.ones(n_actions))
    choices = draw(np.tile(probability, (n_rounds, 1)), rng)
    count = np.bincount(choices.place, minlength=n_actions)
    assert np.all(np.abs(count - n_rounds * probability) < 2)
    np.testing.assert_array_equal(choices.propensity, probability[choices.place])


def test_what_has_no_chance_is_never_drawn():
    probability = np.tile([0.0, 0.7, 0.0, 0.3, 0.0], (3_000, 1))
    place = draw(probability, np.random.default_rng(0)).place
    assert set(place) == {1, 3}
    each = [draw(probability[:1], np.random.default_rng(seed)).place[0] for seed in range(2_000)]
    assert np.mean(np.array(each) == 1) == pytest.approx(0.7, abs=0.04)
