import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from presage.artifacts import Damaged, read_file, write_file

NAMES = st.text(min_size=1).filter(lambda name: name != "__metadata__")
SHAPES = arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
KINDS = st.sampled_from([np.float32, np.int64, np.bool_, np.uint8, np.float64, np.uint16, np.dtype(">i4")])
ARRAYS = st.dictionaries(
    NAMES, KINDS.flatmap(lambda kind: arrays_of.arrays(kind, SHAPES, elements={})), max_size=4
)
META = st.dictionaries(st.text(), st.integers() | st.text(), max_size=3)


@settings(max_examples=50)
@given(ARRAYS, META)
def test_what_is_written_is_read(tmp_path_factory, arrays, meta):
    file = tmp_path_factory.mktemp("arrays") / "a.safetensors"
    write_file(file, arrays, meta)
    found, found_meta = read_file(file)
    assert found_meta == meta
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype.newbyteorder("<")
        assert found[name].flags.aligned


def test_the_layout_is_that_of_safetensors(tmp_path):
    """A reader that knows nothing of ours finds every array: no holes, wide numbers first."""
    file = tmp_path / "a.safetensors"
    arrays = {"small": np.array([True]), "wide": np.arange(3), "f": np.float32([[1, 2], [3, 4]])}
    write_file(file, arrays, {"a": [1]})
    content = file.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    assert all(isinstance(text, str) for text in header.pop("__metadata__").values())
    assert header == {
        "wide": {"dtype": "I64", "shape": [3], "data_offsets": [0, 24]},
        "f": {"dtype": "F32", "shape": [2, 2], "data_offsets": [24, 40]},
        "small": {"dtype": "BOOL", "shape": [1], "data_offsets": [40, 41]},
    }
    assert content[8 + length :] == arrays["wide"].tobytes() + arrays["f"].tobytes() + b"\1"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    file = tmp_path_factory.mktemp("written") / "a.safetensors"
    write_file(file, {"a": np.arange(5), "b": np.zeros(3, np.float32)}, {"key": "text"})
    return file


@settings(max_examples=300)
@given(st.data())
def test_no_altered_byte_goes_unseen(written, data):
    content = bytearray(written.read_bytes())
    file = written.with_name("altered.safetensors")
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    file.write_bytes(content)
    with pytest.raises(Damaged, match=r"altered\.safetensors is damaged"):
        read_file(file)


@given(st.integers(0, 1_000))
def test_a_file_that_is_cut_off_is_damaged(written, length):
    content = written.read_bytes()
    file = written.with_name("cut.safetensors")
    file.write_bytes(content[: min(length, len(content) - 1)])
    with pytest.raises(Damaged, match=r"cut\.safetensors"):
        read_file(file)


def test_a_wrong_array_is_named(tmp_path):
    file = tmp_path / "a.safetensors"
    write_file(file, {"first": np.arange(5), "second": np.arange(5)}, {})
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"\7")
    with pytest.raises(Damaged, match="checksum of array 'second' is wrong"):
        read_file(file)


@pytest.mark.parametrize("array", [np.array([{}]), np.array(["text"]), np.zeros(1, complex)])
def test_only_numbers_are_written(tmp_path, array):
    with pytest.raises(ValueError, match="array 'a' is of type"):
        write_file(tmp_path / "a", {"a": array}, {})
    assert list(tmp_path.iterdir()) == []


def test_the_name_that_safetensors_uses_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'__metadata__' cannot name an array"):
        write_file(tmp_path / "a", {"__metadata__": np.zeros(1)}, {})


def test_another_format_is_refused(tmp_path, monkeypatch):
    with monkeypatch.context() as later:
        later.setattr("presage.artifacts.safetensors.FORMAT", "3")
        write_file(tmp_path / "a", {}, {})
    with pytest.raises(ValueError, match="has format '3'; this presage reads format 2"):
        read_file(tmp_path / "a")


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_file_takes_one_descriptor_however_many_arrays_it_has(tmp_path):
    write_file(tmp_path / "a", {str(n): np.arange(n) for n in range(40)}, {})
    before = descriptors()
    arrays, _ = read_file(tmp_path / "a")
    assert descriptors() <= before + 1
    del arrays
    assert descriptors() == before
