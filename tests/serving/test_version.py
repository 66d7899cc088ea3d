import tarfile
from pathlib import Path

import numpy as np
import pytest

from presage.recipes.ranking.states import user_states
from presage.serving.version import UnusableModel, load_version

from .shop import Recency, encoded, save

FORMAT_1 = Path(__file__).parents[1] / "data" / "format-1.tar.gz"


def test_what_is_saved_is_loaded(tmp_path):
    data = encoded()
    version = load_version(save(tmp_path / "version", eventType="buy", seq=10))
    assert version.model == Recency(4)
    assert list(version.vocabulary.items) == ["bow", "cap", "hat", "tie"]
    states, last_at = user_states(Recency(4), data.log)
    np.testing.assert_array_equal(version.states, states)
    assert version.last_at.tolist() == last_at.tolist() == [20, 15, -1]
    assert version.place == 10
    assert version.facts["eventType"] == "buy"


def test_arrays_are_mapped_from_the_disk(tmp_path):
    version = load_version(save(tmp_path / "version"))
    assert not version.states.flags.writeable
    assert isinstance(version.states.base.base, np.memmap)


def test_a_version_is_whole_or_absent(tmp_path):
    class Broken(Recency):
        def state(self):
            return {"bad": np.array([object()])}, {}

    with pytest.raises(ValueError, match="'model.bad' is of type object"):
        save(tmp_path / "version", model=Broken(4))
    with pytest.raises(UnusableModel, match="there is no model in"):
        load_version(tmp_path / "version")


def test_a_model_of_another_recipe_s_is_unusable(tmp_path):
    class Unknown(Recency):
        def state(self):
            return {}, {"model": "unknown"}

    with pytest.raises(UnusableModel, match="no model is called 'unknown'"):
        load_version(save(tmp_path / "version", model=Unknown(4)))


def test_versions_of_format_1_have_no_states(tmp_path):
    with tarfile.open(FORMAT_1) as tar:
        tar.extractall(tmp_path, filter="data")
    versions = [load_version(folder) for folder in (tmp_path / "data" / "models").iterdir()]
    assert len(versions) > 3
    for version in versions:
        assert version.states is None
        assert version.model.n_items == len(version.vocabulary.items)
        assert version.facts["recipe"].startswith("aws-")
