"""Tables become what recipes learn from: rows for ids, codes for categories, scaled numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from presage.columns import CREATION_TIMESTAMP, EVENT_TYPE, EVENT_WEIGHT, ITEM_ID, TIMESTAMP, USER_ID
from presage.recipes.data import Feature, Floats, Interactions, Ints, Longs

from .codecs import CategoryCodec, Codec, NumberCodec, TextCodec
from .columns import Columns, Fields
from .texts import Names, Texts, distinct, rows_among
from .vocabulary import Vocabulary


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """Data ready for training, and what it means.

    Parameters
    ----------
    log : what recipes learn from
    vocabulary : what the log's rows and codes mean
    event_type : (n_events,), rows into the vocabulary's event types; -1 where an event has none
    item_records : an item's metadata as a JSON object, by row; empty where the item has no record
    item_columns : the columns of these records
    """

    log: Interactions
    vocabulary: Vocabulary
    event_type: Ints
    item_records: Texts
    item_columns: tuple[str, ...]


def encode(
    interactions: pl.DataFrame, items: pl.DataFrame | None, users: pl.DataFrame | None, columns: Columns
) -> Encoded:
    """Encode the tables of a dataset group.

    Parameters
    ----------
    interactions : in the order of arrival, EVENT_WEIGHT beside them if not all count the same; rows without
        USER_ID, ITEM_ID or TIMESTAMP are dropped
    items, users : at least ITEM_ID or USER_ID; the last row of an id holds; None without a dataset
    columns : which other columns are features
    """
    interactions = interactions.drop_nulls([USER_ID, ITEM_ID, TIMESTAMP])
    items = _records(items, ITEM_ID)
    users = _records(users, USER_ID)
    user_ids = distinct(interactions[USER_ID], users[USER_ID])
    item_ids = distinct(interactions[ITEM_ID], items[ITEM_ID])
    events = interactions.with_columns(
        pl.Series(USER_ID, rows_among(user_ids, interactions[USER_ID])),
        pl.Series(ITEM_ID, rows_among(item_ids, interactions[ITEM_ID])),
    ).sort(USER_ID, TIMESTAMP, maintain_order=True)
    event_types = _event_types(events)
    types = distinct(event_types)
    items = _aligned(items, item_ids.alias(ITEM_ID))
    users = _aligned(users, user_ids.alias(USER_ID))
    vocabulary = Vocabulary(
        users=Names.of(user_ids),
        items=Names.of(item_ids),
        event_types=Names.of(types),
        context=_learn(events, columns.context),
        item=_learn(items, columns.item),
        user=_learn(users, columns.user),
    )
    item, time = events[ITEM_ID].to_numpy(), events[TIMESTAMP].cast(pl.Int64).to_numpy()
    texts = {name: codec for name, codec in vocabulary.item.items() if isinstance(codec, TextCodec)}
    plain = {name: codec for name, codec in vocabulary.item.items() if name not in texts}
    log = Interactions(
        user=events[USER_ID].to_numpy(),
        item=item,
        time=time,
        n_users=len(user_ids),
        n_items=len(item_ids),
        context=_features(events, vocabulary.context),
        item_features=_features(items, plain),
        item_texts={name: codec.column(items[name]) for name, codec in texts.items()},
        user_features=_features(users, vocabulary.user),
        item_created_at=_created_at(items, item, time),
        weight=_weight(events),
    )
    return Encoded(
        log=log,
        vocabulary=vocabulary,
        event_type=rows_among(types, event_types),
        item_records=_json(items.drop(ITEM_ID)),
        item_columns=tuple(name for name in items.columns if name != ITEM_ID),
    )


def _records(table: pl.DataFrame | None, key: str) -> pl.DataFrame:
    """The last record of each id."""
    if table is None:
        return pl.DataFrame(schema={key: pl.String})
    return table.unique(key, keep="last", maintain_order=True)


def _aligned(table: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """A record for each id, in the order of the ids; null where there is none."""
    return ids.to_frame().join(table, on=ids.name, how="left", maintain_order="left")


def _learn(table: pl.DataFrame, fields: Fields) -> dict[str, Codec]:
    categories = {
        name: CategoryCodec.learn(table[name]) for name in fields.categorical if name in table.columns
    }
    numbers = {name: NumberCodec.learn(table[name]) for name in fields.numeric if name in table.columns}
    texts = {name: TextCodec() for name in fields.textual if name in table.columns}
    return categories | numbers | texts


def _features(table: pl.DataFrame, codecs: Mapping[str, Codec]) -> dict[str, Feature]:
    return {name: codec.column(table[name]) for name, codec in codecs.items()}


def _created_at(items: pl.DataFrame, item: Ints, time: Longs) -> Longs:
    """(n_items,): the record's CREATION_TIMESTAMP, else the first interaction, else the newest of all."""
    newest = int(time.max(initial=0))
    first = np.full(len(items), np.iinfo(np.int64).max)
    np.minimum.at(first, item, time)
    first = np.minimum(first, newest)
    if CREATION_TIMESTAMP not in items.columns:
        return first
    declared = items[CREATION_TIMESTAMP].cast(pl.Int64)
    return pl.select(pl.coalesce(declared, pl.Series(first))).to_series().to_numpy()


def _weight(events: pl.DataFrame) -> Floats:
    """(n_events,), 1 in the mean; (0,) where all events count the same."""
    if EVENT_WEIGHT not in events.columns:
        return np.zeros(0, np.float32)
    weight = events[EVENT_WEIGHT].to_numpy()
    return (weight / max(float(weight.sum()), 1e-9) * len(weight)).astype(np.float32)


def _event_types(events: pl.DataFrame) -> pl.Series:
    """(n_events,) strings; null without the column."""
    if EVENT_TYPE in events.columns:
        return events[EVENT_TYPE]
    return pl.repeat(None, len(events), dtype=pl.String, eager=True)


def _json(records: pl.DataFrame) -> Texts:
    """Each record as a JSON object of strings, null left out; no columns or only null: the empty string."""
    if not records.columns:
        return Texts.of(pl.repeat("", len(records), eager=True))
    objects = records.select(
        pl.when(pl.any_horizontal(pl.all().is_not_null())).then(
            pl.struct(pl.all().cast(pl.String)).struct.json_encode()
        )
    )
    return Texts.of(objects.to_series())
