"""Intervals and tests that hold at every look, against the libraries of others and against chance."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.metrics.sequential import (
    effect_terms,
    gamma_exponential_bound,
    log_mismatch,
    mean_of_any,
    mean_of_bounded,
    normal_bound,
)

GOLDEN = json.loads(Path(__file__).with_name("golden_sequential.json").read_text())
"""`golden_sequential.py` says how it was made."""
VARIANCES = np.array(GOLDEN["variances"])
EQUAL = 1e-9


class TestAsTheLibrariesOfOthersSay:
    @pytest.mark.parametrize("case", GOLDEN["gamma_exponential"])
    def test_gamma_exponential_bound(self, case):
        bound = gamma_exponential_bound(
            VARIANCES, alpha=case["alpha"], tuned_for=case["tuned_for"], scale=case["scale"]
        )
        assert bound == pytest.approx(case["bound"], rel=EQUAL)

    @pytest.mark.parametrize("case", GOLDEN["normal"])
    def test_normal_bound(self, case):
        bound = normal_bound(VARIANCES, alpha=case["alpha"], tuned_for=case["tuned_for"])
        assert bound == pytest.approx(case["bound"], rel=EQUAL)

    def test_mean_of_bounded(self):
        case = GOLDEN["bounded"]
        terms = np.array(case["terms"])
        looks = np.arange(1, len(terms) + 1)
        foreseen = np.concatenate([[0.5], (np.cumsum(terms) / looks)[:-1]])
        found = mean_of_bounded(
            terms, foreseen, looks, alpha=case["alpha"], tuned_for=case["tuned_for"], scale=1.0
        )
        assert np.maximum(found.mean - found.radius, 0) == pytest.approx(case["lower"], rel=EQUAL, abs=EQUAL)

    @pytest.mark.parametrize("case", GOLDEN["mismatch"])
    def test_mismatch(self, case):
        found = log_mismatch(np.array(case["counts"], float), np.array(case["shares"]))
        assert found == pytest.approx(case["log_evidence"], rel=EQUAL)


class TestBounds:
    @given(st.floats(0, 1e6), st.floats(1e-3, 0.2), st.floats(0.5, 1e5), st.floats(0.1, 100))
    def test_the_scale_is_a_unit(self, variance, alpha, tuned_for, scale):
        one = gamma_exponential_bound(np.array([variance]), alpha=alpha, tuned_for=tuned_for)
        other = gamma_exponential_bound(
            np.array([variance * scale**2]), alpha=alpha, tuned_for=tuned_for * scale**2, scale=scale
        )
        assert other == pytest.approx(one * scale, rel=1e-6)

    @given(st.floats(1e-3, 0.2), st.floats(0.5, 1e5))
    def test_bounds_grow(self, alpha, tuned_for):
        variances = np.linspace(0, 1e4, 50)
        for bound in (gamma_exponential_bound, normal_bound):
            found = bound(variances, alpha=alpha, tuned_for=tuned_for)
            assert (np.diff(found) > 0).all()
            assert (bound(variances, alpha=alpha / 2, tuned_for=tuned_for) > found * 0.99).all()

    def test_small_terms_are_as_good_as_normal_ones(self):
        small = gamma_exponential_bound(VARIANCES[-2:], alpha=0.025, tuned_for=1e4, scale=1e-3)
        assert small == pytest.approx(normal_bound(VARIANCES[-2:], alpha=0.05, tuned_for=1e4), rel=0.02)


class TestEffects:
    def test_terms_are_right_on_average_whatever_the_chances(self):
        rng = np.random.default_rng(5)
        chance = rng.choice([0.1, 0.5, 0.8], 40_000)
        is_treated = rng.random(40_000) < chance
        outcome = (rng.random(40_000) < np.where(is_treated, 0.4, 0.3) + 0.2 * (chance > 0.5)).astype(float)
        terms, foreseen = effect_terms(outcome, is_treated, chance)
        assert terms.mean() == pytest.approx(0.1, abs=0.03)
        assert np.abs(terms - foreseen).max() <= 1 / 0.1
        naive = outcome[is_treated].mean() - outcome[~is_treated].mean()
        assert naive > 0.15  # who was treated more often had more anyway

    def test_a_guess_knows_nothing_of_what_comes(self):
        rng = np.random.default_rng(6)
        outcome, is_treated, chance = rng.random(100), rng.random(100) < 0.5, np.full(100, 0.5)
        _, foreseen = effect_terms(outcome, is_treated, chance)
        outcome[50:] = 9.0
        _, changed = effect_terms(outcome, is_treated, chance)
        assert (changed[:51] == foreseen[:51]).all()
        assert foreseen[50] == pytest.approx(
            outcome[:50][is_treated[:50]].mean() - outcome[:50][~is_treated[:50]].mean()
        )


class TestEverySoOften:
    """What is looked at 300 times may be wrong in 5 % of the runs at most; the seeds are fixed."""

    N, RUNS = 3_000, 200
    LOOKS = np.arange(10, 3_001, 10)

    def ever_wrong(self, interval):
        wrong = [abs(found.mean - truth) > found.radius for found, truth in map(interval, range(self.RUNS))]
        return np.mean([one.any() for one in wrong])

    def test_bounded_terms(self):
        def interval(seed):
            terms = np.random.default_rng(seed).random(self.N) < 0.02
            foreseen = np.full(self.N, 0.02)
            return mean_of_bounded(
                terms * 1.0, foreseen, self.LOOKS, alpha=0.05, tuned_for=30.0, scale=1.0
            ), 0.02

        assert self.ever_wrong(interval) <= 0.05

    def test_terms_of_any_size(self):
        def interval(seed):
            terms = np.random.default_rng(seed).exponential(3.0, self.N)
            return mean_of_any(terms, np.full(self.N, 3.0), self.LOOKS, alpha=0.05, tuned_for=1000.0), 3.0

        assert self.ever_wrong(interval) <= 0.05

    def test_shares(self):
        def is_alarmed(seed):
            counts = np.cumsum(np.random.default_rng(seed).random((2_000, 1)) < [0.3], axis=0)[:, 0]
            after = np.arange(1, 2_001)
            return any(
                log_mismatch(np.array([one, n - one], float), np.array([0.3, 0.7])) > np.log(20)
                for one, n in zip(counts[::20], after[::20], strict=True)
            )

        assert np.mean([is_alarmed(seed) for seed in range(100)]) <= 0.05
        assert log_mismatch(np.array([400.0, 600.0]), np.array([0.3, 0.7])) > np.log(100)
