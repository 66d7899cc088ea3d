"""MinT against its definition, which forms the covariance of all series and totals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from presage.recipes.forecasting.reconciliation import reconciled, shrinkage


def by_definition(series, totals, membership, covariance):
    """The series of (S' W^-1 S)^-1 S' W^-1 y: the least squares that all forecasts allow."""
    summing = np.concatenate([np.eye(len(series)), membership])
    weighed = summing.T @ np.linalg.inv(covariance)
    return np.linalg.solve(weighed @ summing, weighed @ np.concatenate([series, totals]))


def shrunk_by_definition(errors):
    """(covariance, share of it that is diagonal): Schäfer and Strimmer's, pair by pair, of mean 0."""
    n, n_seen = errors.shape
    deviation = np.sqrt((errors**2).mean(axis=1))
    scores = errors / deviation[:, None]
    chance = whole = 0.0
    for one in range(n):
        for other in range(n):
            if one != other:
                products = scores[one] * scores[other]
                chance += products.var(ddof=0) / (n_seen - 1)
                whole += products.mean() ** 2
    kept = np.clip(chance / whole, 0, 1)
    correlation = kept * np.eye(n) + (1 - kept) * scores @ scores.T / n_seen
    return correlation * np.outer(deviation, deviation), kept


@given(n=st.integers(2, 8), n_totals=st.integers(1, 4), n_seen=st.integers(4, 30), seed=st.integers(0, 999))
@settings(max_examples=50, deadline=None)
def test_it_is_the_least_squares_of_all_forecasts(n, n_totals, n_seen, seed):
    rng = np.random.default_rng(seed)
    membership = (rng.random((n_totals, n)) < 0.6).astype(float)
    membership[0] = 1
    errors = rng.normal(size=(n, n_seen)) * rng.uniform(1, 9, (n, 1))
    above = membership @ errors + rng.normal(size=(n_totals, n_seen))
    series, totals = rng.uniform(0, 9, (n, 3)), rng.uniform(0, 50, (n_totals, 3))
    covariance, kept = shrunk_by_definition(np.concatenate([errors, above]))
    found = reconciled(series, totals, csr_array(membership), (errors, above))
    expected = by_definition(series, totals, membership, covariance)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    scores = np.concatenate([errors, above])
    scores /= np.sqrt((scores**2).mean(axis=1, keepdims=True))
    assert shrinkage(scores) == pytest.approx(kept)


def test_without_errors_a_total_of_many_is_trusted_less():
    membership = np.array([[1.0, 1, 1]])
    none = np.zeros((3, 0)), np.zeros((1, 0))
    found = reconciled(np.full((3, 1), 10.0), np.array([[36.0]]), csr_array(membership), none)
    np.testing.assert_allclose(
        found, by_definition(np.full((3, 1), 10.0), [[36.0]], membership, np.diag([1, 1, 1, 3]))
    )
    np.testing.assert_allclose(found, 11)


def test_who_never_erred_hardly_moves_and_who_is_unknown_moves_as_others_do():
    membership = csr_array(np.ones((1, 3)))
    nan = np.full(6, np.nan)
    errors = np.array([np.zeros(6), [1, -1, 1, -1, 1, -1], nan])
    found = reconciled(np.full((3, 1), 10.0), np.array([[40.0]]), membership, (errors, np.full((1, 6), 0.1)))
    assert found[0] == pytest.approx(10, abs=1e-4)
    assert found[1] > 12
    assert found[2] > 11


def test_forecasts_that_add_up_stay():
    series = np.array([[1.0, 2], [3, 4]])
    errors = np.random.default_rng(3).normal(size=(3, 9))
    totals = series.sum(axis=0, keepdims=True)
    found = reconciled(series, totals, csr_array(np.ones((1, 2))), (errors[:2], errors[2:]))
    np.testing.assert_allclose(found, series)


def test_a_hundred_thousand_series_are_no_matter():
    rng = np.random.default_rng(1)
    n = 100_000
    town = rng.integers(0, 50, n)
    membership = csr_array((np.ones(n), (town, np.arange(n))), shape=(50, n))
    series, errors = rng.random((n, 7)), rng.normal(size=(n, 14))
    found = reconciled(series, membership @ series + 5, membership, (errors, membership @ errors))
    np.testing.assert_allclose(membership @ found > membership @ series, True)
