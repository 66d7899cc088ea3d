import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.artifacts import load, save
from presage.features.texts import SIGNPOST, Names, Texts, distinct, rows_among

strings = st.lists(st.text(st.characters(codec="utf-8")), max_size=30)


@given(strings)
def test_strings_are_kept_as_they_are(values):
    texts = Texts.of(pl.Series(values, dtype=pl.String))
    assert list(texts) == values
    assert len(texts) == len(values)
    assert [texts[row] for row in range(len(values))] == values


@given(strings, strings)
def test_each_different_string_has_a_row(first, second):
    found = distinct(pl.Series(first, dtype=pl.String), pl.Series(second, dtype=pl.String))
    names = Names.of(found)
    assert list(names) == sorted({*first, *second}, key=str.encode)
    assert [names.row(name) for name in names] == list(range(len(names)))
    assert rows_among(found, pl.Series(first, dtype=pl.String)).tolist() == [names.row(n) for n in first]
    assert names.row("a name that is not there") is None


def test_null_and_strangers_have_no_row():
    names = distinct(pl.Series(["b", None, "a"]))
    assert rows_among(names, pl.Series(["a", None, "c", "b"])).tolist() == [0, -1, -1, 1]
    assert rows_among(names[:0], pl.Series(["a"])).tolist() == [-1]


@pytest.mark.parametrize("n", [0, 1, SIGNPOST, SIGNPOST + 1, 1000])
def test_names_are_found_between_the_signposts(n):
    found = distinct(pl.Series([f"name {i:04}" for i in range(n)], dtype=pl.String))
    names = Names.of(found)
    assert [names.row(name) for name in found] == list(range(n))
    for stranger in ("", "name 0000x", "zzz", "\ud800"):
        assert names.row(stranger) is None


@pytest.mark.parametrize("values", [[], [""], ["ä", "", "b"]])
def test_strings_survive_the_disk(values, tmp_path):
    save(tmp_path / "texts", Texts.of(pl.Series(values, dtype=pl.String)).arrays("names"), {})
    arrays, _ = load(tmp_path / "texts")
    assert list(Texts.from_arrays(arrays, "names")) == values
    assert not arrays["names.start"].flags.writeable


def test_null_is_the_empty_string():
    assert list(Texts.of(pl.Series(["a", None]))) == ["a", ""]
    assert Texts.of(pl.Series([1, 2])).start.dtype == np.int64
