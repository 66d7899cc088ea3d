import json

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.features.columns import Columns, Fields
from presage.features.encode import encode
from presage.features.vocabulary import Vocabulary

ids = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)
categories = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="|"), min_size=1, max_size=3))
cells = st.one_of(st.none(), categories.map("|".join))
numbers = st.one_of(st.none(), st.floats(-1e6, 1e6, width=32), st.just(float("nan")))
COLUMNS = Columns(
    context=Fields(categorical=("DEVICE",)),
    item=Fields(categorical=("GENRES",), numeric=("PRICE",)),
    user=Fields(numeric=("AGE",)),
)


@st.composite
def tables(draw):
    users, items = draw(st.lists(ids, min_size=1, max_size=5)), draw(st.lists(ids, min_size=1, max_size=5))
    event = st.tuples(st.sampled_from(users), st.sampled_from(items), st.integers(0, 20), cells)
    events = draw(st.lists(event, max_size=25))
    interactions = pl.DataFrame(
        events,
        schema={"USER_ID": pl.String, "ITEM_ID": pl.String, "TIMESTAMP": pl.Int64, "DEVICE": pl.String},
        orient="row",
    )
    records = draw(st.lists(st.tuples(st.sampled_from(items), cells, numbers), max_size=5))
    schema = {"ITEM_ID": pl.String, "GENRES": pl.String, "PRICE": pl.Float64}
    people = draw(st.lists(st.tuples(st.sampled_from(users), numbers), max_size=5))
    return (
        interactions,
        pl.DataFrame(records, schema=schema, orient="row"),
        pl.DataFrame(people, schema={"USER_ID": pl.String, "AGE": pl.Float64}, orient="row"),
    )


def decoded(codec, feature):
    """Each row's categories, by name."""
    bounds = zip(feature.start[:-1], feature.start[1:], strict=True)
    return [{codec.names[code] for code in feature.codes[low:high]} for low, high in bounds]


def parts(cell):
    return {part for part in (cell or "").split("|") if part}


@settings(deadline=None, max_examples=40)
@given(tables())
def test_what_is_encoded_can_be_read_back(frames):
    interactions, items, users = frames
    encoded = encode(interactions, items, users, COLUMNS)
    log, words = encoded.log, encoded.vocabulary
    order = sorted(interactions.rows(), key=lambda event: (event[0].encode(), event[2]))
    assert [words.users[row] for row in log.user] == [event[0] for event in order]
    assert [words.items[row] for row in log.item] == [event[1] for event in order]
    assert log.time.tolist() == [event[2] for event in order]
    assert decoded(words.context["DEVICE"], log.context["DEVICE"]) == [parts(event[3]) for event in order]
    assert set(words.users) == {*interactions["USER_ID"], *users["USER_ID"]}
    assert set(words.items) == {*interactions["ITEM_ID"], *items["ITEM_ID"]}
    assert (log.n_users, log.n_items) == (len(words.users), len(words.items))
    genres = {item: parts(cell) for item, cell, _ in items.rows()}
    assert decoded(words.item["GENRES"], log.item_features["GENRES"]) == [
        genres.get(item, set()) for item in words.items
    ]
    for row, name in enumerate(words.items):
        assert words.items.row(name) == row


@settings(deadline=None, max_examples=40)
@given(tables())
def test_numbers_are_standardised(frames):
    encoded = encode(*frames, COLUMNS)
    prices = {item: price for item, _, price in frames[1].rows()}
    codec, feature = encoded.vocabulary.item["PRICE"], encoded.log.item_features["PRICE"]
    for row, name in enumerate(encoded.vocabulary.items):
        price = prices.get(name)
        if price is None or np.isnan(price):
            assert np.isnan(feature.values[row])
        else:
            assert feature.values[row] == np.float32((price - codec.mean) / codec.std)
            assert codec.values([str(price)]).values[0] == feature.values[row]


@settings(deadline=None, max_examples=40)
@given(tables())
def test_a_vocabulary_survives_the_disk(frames):
    words = encode(*frames, COLUMNS).vocabulary
    arrays, meta = words.state()
    again = Vocabulary.from_state(arrays, json.loads(json.dumps(meta)))
    assert list(again.users) == list(words.users)
    assert list(again.items) == list(words.items)
    assert again.item["PRICE"] == words.item["PRICE"]
    assert list(again.context["DEVICE"].names) == list(words.context["DEVICE"].names)


def shop():
    interactions = pl.DataFrame(
        {
            "USER_ID": ["ann", "ann", "bob"],
            "ITEM_ID": ["hat", "cap", "hat"],
            "TIMESTAMP": [30, 10, 20],
            "EVENT_TYPE": ["view", "buy", None],
            "DEVICE": ["phone", "desk", None],
        }
    )
    items = pl.DataFrame(
        {
            "ITEM_ID": ["hat", "bow", "bow", "tie"],
            "GENRES": ["a|b", "x", "b", None],
            "PRICE": [1.0, 9.0, 3.0, None],
            "CREATION_TIMESTAMP": [None, 5, 7, None],
        }
    )
    return interactions, items


def test_an_item_may_have_been_created_before_1970():
    items = pl.DataFrame({"ITEM_ID": ["film"], "CREATION_TIMESTAMP": [-157_766_400]})
    events = pl.DataFrame({"USER_ID": ["ann"], "ITEM_ID": ["film"], "TIMESTAMP": [1]})
    assert encode(events, items, None, Columns()).log.item_created_at.tolist() == [-157_766_400]


def test_items_know_when_they_were_created():
    encoded = encode(*shop(), None, COLUMNS)
    created = dict(zip(encoded.vocabulary.items, encoded.log.item_created_at.tolist(), strict=True))
    assert created == {"hat": 20, "cap": 10, "bow": 7, "tie": 30}


def test_the_last_record_of_an_item_is_kept_as_text():
    encoded = encode(*shop(), None, COLUMNS)
    records = dict(zip(encoded.vocabulary.items, encoded.item_records, strict=True))
    assert json.loads(records["bow"]) == {"GENRES": "b", "PRICE": "3.0", "CREATION_TIMESTAMP": "7"}
    assert records["tie"] == records["cap"] == ""
    assert encoded.item_columns == ("GENRES", "PRICE", "CREATION_TIMESTAMP")


def test_event_types_are_kept():
    encoded = encode(*shop(), None, COLUMNS)
    names = encoded.vocabulary.event_types
    assert [None if row < 0 else names[row] for row in encoded.event_type] == ["buy", "view", None]


def test_interactions_alone_are_enough():
    interactions = shop()[0].drop("EVENT_TYPE", "DEVICE")
    encoded = encode(interactions, None, None, Columns())
    assert list(encoded.vocabulary.items) == ["cap", "hat"]
    assert list(encoded.item_records) == ["", ""]
    assert encoded.event_type.tolist() == [-1, -1, -1]


def test_a_request_speaks_of_columns_freely():
    words = encode(*shop(), None, COLUMNS).vocabulary
    names = words.context["DEVICE"].names
    assert words.encode_context({"device": "phone"})["DEVICE"].codes.tolist() == [names.row("phone")]
    assert words.encode_context({"DEVICE": "fridge"})["DEVICE"].codes.tolist() == []
    assert words.encode_context({"MOOD": "good"}) == {}
    assert words.encode_context({}) == {}
    events = words.encode_events([{"DEVICE": "phone"}, {}, {"DEVICE": "desk|phone"}])["DEVICE"]
    assert events.start.tolist() == [0, 1, 1, 3]


def test_a_users_record_is_one_row():
    users = pl.DataFrame({"USER_ID": ["ann", "bob"], "AGE": [20, 40]})
    words = encode(shop()[0], None, users, Columns(user=Fields(numeric=("AGE",)))).vocabulary
    assert words.encode_user({"age": "40"})["AGE"].values.tolist() == [1.0]
    assert np.isnan(words.encode_user({"age": "old"})["AGE"].values[0])
