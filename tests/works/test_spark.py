"""A Spark cluster with real worker processes makes of parts of a job what is made here."""

import math
import shutil
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from presage.jobs.helpers import Helpers
from presage.jobs.spark import SparkPool
from presage.recipes.data import Training
from presage.recipes.forecasting.local import LocalModel
from presage.recipes.forecasting.smoothing import Smoothing
from presage.recipes.ranking import factors
from presage.works import lines

from ..operations.inprocess import InProcess
from ..operations.personalize.batches import request, results, run
from ..operations.shop import Shop
from ..recipes.forecasting.panels import awkward

pytestmark = pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")


@pytest.fixture(scope="module")
def cluster():
    with SparkPool("local-cluster[2,1,1024]") as pool:
        yield pool


@pytest.fixture
def spread(cluster):
    """A `Run` that works on the cluster from the beginning."""
    return Helpers(lambda: (cluster, cluster.size), 0.0)


def test_parts_come_in_order_and_errors_as_they_were_raised(spread):
    assert list(spread(math.factorial, range(8))) == [math.factorial(n) for n in range(8)]
    with pytest.raises(ValueError, match="not defined for negative"):
        list(spread(math.factorial, [3, -1]))


def test_series_are_forecast_alike(spread, monkeypatch):
    monkeypatch.setattr(Smoothing, "at_once", lambda *_: 3)
    panel, model = awkward(), LocalModel(recipe=Smoothing(), horizon=3)
    here, there = (
        model.forecast(panel, (0.1, 0.9), training) for training in (Training(), Training(run=spread))
    )
    np.testing.assert_allclose(there.quantiles, here.quantiles, rtol=1e-9)


def test_least_squares_alternate_alike(spread, monkeypatch):
    monkeypatch.setattr(factors, "MOST_AT_ONCE", 200)
    used = csr_array(np.random.default_rng(0).random((60, 25)) < 0.2, dtype=np.float32)
    als = factors.Als(size=4, regularization=0.01, unobserved_weight=0.2, epochs=2)
    here, there = als.fit(used, Training()), als.fit(used, Training(run=spread))
    np.testing.assert_allclose(there.user, here.user, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(there.item, here.item, rtol=1e-5, atol=1e-6)


def test_batches_are_answered_alike(cluster, tmp_path, monkeypatch):
    inside = InProcess(tmp_path / "data")
    shop = Shop(inside).stocked()
    version = shop.version(shop.solution("presage-ease"))
    asked = [{"userId": f"u{n}"} for n in range(700)] + ["no line"]
    here, there = (request(shop, version, asked, numResults=5) for _ in range(2))
    run(shop, "batch_inference_job", here)
    monkeypatch.setattr(lines, "SparkPool", lambda _: nullcontext(cluster))
    monkeypatch.setattr(inside.stores, "config", replace(inside.stores.config, spark="the one above"))
    run(shop, "batch_inference_job", there)
    assert results(shop, there["jobName"]) == results(shop, here["jobName"])
    assert len(results(shop, here["jobName"])["lines.json.out"].splitlines()) == 701
    inside.close()
