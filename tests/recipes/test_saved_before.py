"""Models that an older presage saved."""

import tarfile
from pathlib import Path

import numpy as np
import pytest

from presage.artifacts import load
from presage.recipes import load_model

from .logs import question_of, scored

FOLDER = Path(__file__).parents[1] / "data" / "format-1.tar.gz"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The models of a data folder of format 1, when a model knew histories and no features of items."""
    folder = tmp_path_factory.mktemp("format-1")
    with tarfile.open(FOLDER) as tar:
        tar.extractall(folder, filter="data")
    found = {}
    for model in sorted((folder / "data" / "models").iterdir()):
        arrays, meta = load(model)
        own = {name[6:]: array for name, array in arrays.items() if name.startswith("model.")}
        found[model.name] = load_model(own, meta["model"])
    return found


def test_they_answer(models):
    assert {type(model).__name__ for model in models.values()} == {
        "HrnnModel",
        "LiftedModel",
        "PopularityModel",
        "SimsModel",
    }
    for model in models.values():
        found = scored(model, [question_of(), question_of([1, 2])])
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


def test_they_take_new_items_which_come_last(models):
    for model in models.values():
        found = scored(model.extended({}, 2), [question_of([1, 2])])[0]
        assert len(found) == model.n_items + 2
        assert found[-2:].max() <= found[:-2].mean()
