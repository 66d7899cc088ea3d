import polars as pl

from presage.tables.forecast import statistics
from presage.tables.forecast.schema import METADATA, RELATED, SeriesSchema
from presage.tables.forecast.statistics import field_statistics


def figures(name, kind, values, dataset_type=RELATED):
    schema = SeriesSchema(dataset_type=dataset_type, types={name: kind}, identifier="item_id")
    return field_statistics(pl.LazyFrame({name: values}), schema)[name]


def test_counts_that_32_bits_do_not_hold_are_told_as_long_ones_alone(monkeypatch):
    monkeypatch.setattr(statistics, "_MOST_OF_32_BITS", 2)
    found = figures("item_id", "string", ["a", "a", None])
    assert (found["Count"], found["CountLong"]) == (-1, 3)
    assert (found["CountDistinct"], found["CountNull"]) == (1, 1)


def test_numbers_are_written_as_their_type_has_them():
    assert figures("sold", "integer", [2.0, 3.0])["Max"] == "3"
    assert figures("price", "float", [2.0, 3.0])["Min"] == "2.0"


def test_an_attribute_without_a_value_has_counts_alone():
    found = figures("price", "float", [None, float("nan")])
    assert (found["CountDistinct"], found["CountNull"], found["CountNan"]) == (0, 1, 1)
    assert found.keys().isdisjoint({"Min", "Max", "Avg", "Stddev"})


def test_metadata_are_texts_whatever_their_type():
    assert "Avg" not in figures("wages", "float", ["1.5", "2"], METADATA)
