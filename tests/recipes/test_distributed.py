"""Networks that several processes learn together are those that one learns."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from presage.jobs.ranks_here import ranks_here
from presage.recipes.data import Training
from presage.recipes.forecasting.deep.cnn_qr import CnnQr
from presage.recipes.forecasting.deep.deep_ar import DeepAr
from presage.recipes.ranking.hrnn.fit import fit_network as fit_hrnn
from presage.recipes.ranking.hrnn.plan import Plan as HrnnPlan
from presage.recipes.ranking.linear_recurrence.fit import Plan as LinearPlan
from presage.recipes.ranking.linear_recurrence.fit import fit_network as fit_linear

from .forecasting.panels import awkward
from .logs import log_of

RNG = np.random.default_rng(0)
HISTORIES = [RNG.integers(0, 30, size=RNG.integers(2, 20)).tolist() for _ in range(33)]
LOG = replace(
    log_of(HISTORIES, 30), weight=RNG.uniform(0.1, 3.0, sum(map(len, HISTORIES))).astype(np.float32)
)
HRNN = HrnnPlan(hidden=32, bptt=8, batch_rows=8, epochs=2, drop=0.0)
LINEAR = LinearPlan(d=16, n_layers=1, n_decays=16, window=8, epochs=2, learning_rate=3e-3, hidden=0.0)
hrnn = partial(fit_hrnn, LOG, cold=None, recency=False)
FITS = {
    "hrnn, among all items": partial(hrnn, HRNN),
    "hrnn, among a sample": partial(hrnn, replace(HRNN, n_negatives=10)),
    "linear recurrence": partial(fit_linear, LOG, LINEAR),
    "CNN-QR": partial(CnnQr(epochs=2).fit, awkward(), 3),
    "DeepAR": partial(DeepAr(epochs=2, num_layers=1, least_observations=1).fit, awkward(), 3),
}


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS.keys())
def test_two_ranks_learn_what_one_does(fit):
    """Where nothing is dropped at random, for each rank drops on its own."""
    told = {n: [] for n in (1, 2)}
    models = {}
    for n, losses in told.items():
        training = Training(
            seed=3, ranks=ranks_here(n), monitor=lambda _, loss, losses=losses: losses.append(loss)
        )
        models[n] = fit(training=training)
    np.testing.assert_allclose(told[2], told[1], rtol=1e-4)
    arrays = {n: model.state()[0] for n, model in models.items()}
    for name, array in arrays[1].items():
        np.testing.assert_allclose(arrays[2][name], array, rtol=1e-3, atol=1e-3, err_msg=name)
