import json

import numpy as np
import pytest

from presage.artifacts import Damaged, load, save


def test_loaded_arrays_are_mapped_and_read_only(tmp_path):
    save(tmp_path / "m", {"a": np.arange(3)}, {})
    array = load(tmp_path / "m")[0]["a"]
    assert isinstance(array.base.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_what_is_saved_is_loaded(tmp_path):
    save(tmp_path / "m", {"a": np.arange(3)}, {"version": 1})
    arrays, meta = load(tmp_path / "m")
    assert meta == {"version": 1}
    assert {name: array.tolist() for name, array in arrays.items()} == {"a": [0, 1, 2]}


def test_a_failed_save_leaves_nothing_and_keeps_the_old_model(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        save(tmp_path / "m", {"a": np.zeros(1)}, {"bad": float("nan")})
    assert list(tmp_path.iterdir()) == []
    save(tmp_path / "m", {"a": np.ones(1)}, {"version": 1})
    with pytest.raises(TypeError):
        save(tmp_path / "m", {"a": np.zeros(1)}, {"bad": object()})
    assert load(tmp_path / "m")[1] == {"version": 1}


def test_saving_again_replaces_all_of_it_and_leaves_mapped_arrays_alone(tmp_path):
    save(tmp_path / "m", {"a": np.ones(2), "b": np.zeros(1)}, {"version": 1})
    before = load(tmp_path / "m")[0]["a"]
    save(tmp_path / "m", {"a": np.zeros(2)}, {"version": 2})
    arrays, meta = load(tmp_path / "m")
    assert (set(arrays), meta) == ({"a"}, {"version": 2})
    np.testing.assert_array_equal(before, np.ones(2))
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_no_model_is_said_as_such(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nothing")


def test_a_newer_format_is_refused(tmp_path, format_1):
    (format_1 / "model.json").write_text(json.dumps({"format": 3, "arrays": [], "meta": {}}))
    with pytest.raises(ValueError, match="format 3; this presage reads formats 1 and 2"):
        load(format_1)


@pytest.fixture
def format_1(tmp_path):
    """A model as presage wrote it until it had files of arrays."""
    (folder := tmp_path / "old").mkdir()
    np.save(folder / "a.npy", np.arange(3))
    (folder / "model.json").write_text(json.dumps({"format": 1, "arrays": ["a"], "meta": {"version": 1}}))
    return folder


def test_a_model_of_format_1_is_read_into_memory(format_1):
    arrays, meta = load(format_1)
    assert (arrays["a"].tolist(), meta) == ([0, 1, 2], {"version": 1})
    assert not arrays["a"].flags.writeable
    assert not isinstance(arrays["a"].base, np.memmap)


@pytest.mark.parametrize("text", ["", "[]", "{}"])
def test_a_damaged_index_is_named(format_1, text):
    (format_1 / "model.json").write_text(text)
    with pytest.raises(Damaged, match=r"model\.json is damaged"):
        load(format_1)


@pytest.mark.parametrize("content", [b"", b"not an array", None])
def test_a_damaged_array_is_named(format_1, content):
    file = format_1 / "a.npy"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Damaged, match=r"a\.npy is damaged"):
        load(format_1)
