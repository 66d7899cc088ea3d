"""What a model's rows and codes mean: ids, categories, scales; saved beside the model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias

from numpy.typing import NDArray

from presage.recipes.data import Feature, State

from .codecs import CategoryCodec, Codec, NumberCodec, TextCodec
from .texts import Names, distinct

Codecs: TypeAlias = Mapping[str, Codec]
GROUPS = ("context", "item", "user")
NAMES = ("users", "items", "event_types")


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Names of rows and codes.

    Parameters
    ----------
    users, items, event_types, actions : name <-> row
    context, item, user : column -> how its cells are read
    """

    users: Names
    items: Names
    event_types: Names
    context: Codecs
    item: Codecs
    user: Codecs
    actions: Names = field(default_factory=lambda: Names.of(distinct()))

    def encode_context(self, values: Mapping[str, object]) -> dict[str, Feature]:
        """A request's context, one row a column; empty if no known column is named.

        Columns are recognised without regard to case and to signs other than letters and digits, as schemas
        do: `numberOfRatings` is NUMBER_OF_RATINGS.
        """
        return _encode_row(self.context, values)

    def encode_user(self, record: Mapping[str, object]) -> dict[str, Feature]:
        """A user's record, one row a column; empty if no known column is named."""
        return _encode_row(self.user, record)

    def encode_item(self, record: Mapping[str, object]) -> dict[str, Feature]:
        """An item's record, or what is asked of one, one row a column; empty if no known column is named."""
        return _encode_row(self.item, record)

    def encode_events(self, rows: Sequence[Mapping[str, object]]) -> dict[str, Feature]:
        """The context of several events, rows of the Interactions dataset by column."""
        return {name: codec.values(row.get(name) for row in rows) for name, codec in self.context.items()}

    def state(self) -> State:
        """The vocabulary as arrays and JSON."""
        arrays = self.users.arrays("users") | self.items.arrays("items")
        arrays |= self.event_types.arrays("event_types") | self.actions.arrays("actions")
        meta: dict[str, Any] = {}
        for group in GROUPS:
            codecs: Codecs = getattr(self, group)
            meta[group] = []
            for place, (name, codec) in enumerate(codecs.items()):
                meta[group].append({"name": name, **_describe(codec)})
                if isinstance(codec, CategoryCodec):
                    arrays |= codec.names.arrays(f"{group}.{place}")
        return arrays, meta

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The vocabulary that `state` described; the arrays may be memory-mapped."""
        groups = {
            group: {
                column["name"]: _restore(column, arrays, f"{group}.{place}")
                for place, column in enumerate(meta[group])
            }
            for group in GROUPS
        }
        names = {name: Names.from_arrays(arrays, name) for name in NAMES}
        if "actions.start" in arrays:  # older versions know of none
            names["actions"] = Names.from_arrays(arrays, "actions")
        return cls(**names, **groups)  # pyright: ignore[reportArgumentType]


def plain(name: str) -> str:
    """A column's name without case and signs: what two columns of a schema may not share."""
    return "".join(filter(str.isalnum, name)).casefold()


def _recognise(codecs: Codecs, values: Mapping[str, object]) -> dict[str, object]:
    """The values by the names of the columns that they belong to."""
    if values.keys() <= codecs.keys():
        return dict(values)
    given = {plain(name): value for name, value in values.items()}
    return {name: given[plain(name)] for name in codecs if plain(name) in given}


def _encode_row(codecs: Codecs, values: Mapping[str, object]) -> dict[str, Feature]:
    known = _recognise(codecs, values) if values and codecs else {}
    return {name: codec.values([known.get(name)]) for name, codec in codecs.items()} if known else {}


def _describe(codec: Codec) -> dict[str, Any]:
    if isinstance(codec, TextCodec):
        return {"text": True}
    return {"mean": codec.mean, "std": codec.std} if isinstance(codec, NumberCodec) else {}


def _restore(column: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], prefix: str) -> Codec:
    if "mean" in column:
        return NumberCodec(mean=column["mean"], std=column["std"])
    if "text" in column:
        return TextCodec()
    return CategoryCodec(names=Names.from_arrays(arrays, prefix))
