import numpy as np
import pytest

from presage.serving.version import load_version

from .shop import Recency, encoded, save


def test_what_is_saved_is_loaded(tmp_path):
    data = encoded()
    version = load_version(save(tmp_path / "version", eventType="buy"))
    assert version.model == Recency(4)
    assert list(version.vocabulary.items) == ["bow", "cap", "hat", "tie"]
    assert version.item_created_at.tolist() == data.log.item_created_at.tolist()
    assert version.item_uses.tolist() == [1, 1, 1, 0]
    assert version.latest_at == 20
    assert version.seq == 10
    assert version.facts["eventType"] == "buy"
    for row in range(3):
        item, time, context = version.past.latest(row)
        mine = data.log.user == row
        assert item.tolist() == data.log.item[mine].tolist()
        assert time.tolist() == data.log.time[mine].tolist()
        assert len(context["DEVICE"].start) == mine.sum() + 1
    assert version.past.event_type.tolist() == data.event_type.tolist()
    assert version.past.features(1)["AGE"].values.size == 1


def test_arrays_are_mapped_from_the_disk(tmp_path):
    version = load_version(save(tmp_path / "version"))
    assert not version.past.item.flags.writeable
    assert isinstance(version.past.item.base, np.memmap)


def test_a_version_is_whole_or_absent(tmp_path):
    class Broken(Recency):
        def state(self):
            return {"bad": np.array([object()])}, {}

    with pytest.raises(ValueError, match="objects"):
        save(tmp_path / "version", model=Broken(4))
    with pytest.raises(FileNotFoundError):
        load_version(tmp_path / "version")
