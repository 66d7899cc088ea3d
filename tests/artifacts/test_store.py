import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from presage.artifacts import load, save

KEYS = st.from_regex(r"[a-z0-9_][a-z0-9_.-]{0,20}", fullmatch=True)
SHAPES = arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
KINDS = st.sampled_from([np.float32, np.int64, np.bool_])
ARRAYS = KINDS.flatmap(lambda kind: arrays_of.arrays(kind, SHAPES))


@given(st.dictionaries(KEYS, ARRAYS, max_size=4), st.dictionaries(st.text(), st.integers() | st.text()))
def test_what_is_saved_is_loaded(tmp_path_factory, arrays, meta):
    folder = tmp_path_factory.mktemp("models") / "m"
    save(folder, arrays, meta)
    loaded, loaded_meta = load(folder)
    assert loaded_meta == meta
    assert set(loaded) == set(arrays)
    for key, array in arrays.items():
        np.testing.assert_array_equal(loaded[key], array)
        assert loaded[key].dtype == array.dtype


def test_loaded_arrays_are_mapped_and_read_only(tmp_path):
    save(tmp_path / "m", {"a": np.arange(3)}, {})
    array = load(tmp_path / "m")[0]["a"]
    assert isinstance(array.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


@pytest.mark.parametrize("key", ["", "../a", "a/b", ".hidden", "a\0", "x" * 201, "ä"])
def test_an_unsafe_name_is_refused(tmp_path, key):
    with pytest.raises(ValueError, match="cannot name an array"):
        save(tmp_path / "m", {key: np.zeros(1)}, {})
    assert list(tmp_path.iterdir()) == []


def test_names_that_some_file_systems_merge_are_refused(tmp_path):
    with pytest.raises(ValueError, match="case"):
        save(tmp_path / "m", {"a": np.zeros(1), "A": np.zeros(1)}, {})


def test_objects_are_refused(tmp_path):
    with pytest.raises(ValueError, match="Python objects"):
        save(tmp_path / "m", {"a": np.array([{}])}, {})


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


def test_a_newer_format_is_refused(tmp_path):
    save(tmp_path / "m", {}, {})
    (tmp_path / "m" / "model.json").write_text(json.dumps({"format": 2, "arrays": [], "meta": {}}))
    with pytest.raises(ValueError, match="format 2; this presage reads format 1"):
        load(tmp_path / "m")


@pytest.mark.parametrize("text", ["", "[]", "{}"])
def test_a_damaged_index_is_named(tmp_path, text):
    save(tmp_path / "m", {}, {})
    (tmp_path / "m" / "model.json").write_text(text)
    with pytest.raises(ValueError, match=r"model\.json is damaged"):
        load(tmp_path / "m")


@pytest.mark.parametrize("content", [b"", b"not an array", None])
def test_a_damaged_array_is_named(tmp_path, content):
    save(tmp_path / "m", {"a": np.zeros(1)}, {})
    file = tmp_path / "m" / "a.npy"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.npy is damaged"):
        load(tmp_path / "m")
