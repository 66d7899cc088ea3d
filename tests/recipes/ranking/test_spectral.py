import numpy as np
import pytest

from presage.recipes.ranking.relations import used_by
from presage.recipes.ranking.spectral import Spectral

from ..logs import log_of

RNG = np.random.default_rng(0)
HISTORIES = [list(RNG.permutation(14)[: 2 + u % 6]) for u in range(40)]


def weights_of(model):
    dense = np.zeros((model.n_items, model.n_items))
    row = np.repeat(np.arange(model.n_items), np.diff(model.relations.start))
    dense[row, model.relations.relative] = model.relations.weight
    return dense


def operator(used, size, ideal_weight, sharpening):
    """The published formula, in dense matrices."""
    r = used / np.sqrt(used.sum(axis=1, keepdims=True) * used.sum(axis=0))
    p = r.T @ r
    v = np.linalg.svd(r)[2][:size].T
    root = np.sqrt(used.sum(axis=0))
    series, term = np.eye(len(p)), np.eye(len(p))
    for j in range(1, 5):
        term = term @ (-sharpening * p) / j
        series = series + term
    return (p + ideal_weight * (v / root[:, None]) @ (v * root[:, None]).T) @ series


@pytest.mark.parametrize(("ideal_weight", "sharpening"), [(0.0, 0.0), (0.2, 2.5), (1.0, 1.0)])
def test_weights_are_those_of_the_formula(ideal_weight, sharpening):
    log = log_of(HISTORIES)
    model = Spectral(hidden_dimension=8, ideal_weight=ideal_weight, sharpening=sharpening).fit(log)
    expected = operator(used_by(log).toarray(), 8, ideal_weight, sharpening)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(weights_of(model), expected, atol=2e-3)


def test_the_largest_weights_are_kept():
    log = log_of(HISTORIES)
    all_, few = (weights_of(Spectral(hidden_dimension=8, max_relatives=n).fit(log)) for n in (500, 3))
    assert ((few != 0).sum(axis=1) == 3).all()
    for row, kept in zip(all_, few, strict=True):
        assert np.abs(kept[kept != 0]).min() >= np.sort(np.abs(row))[::-1][2] - 1e-6
