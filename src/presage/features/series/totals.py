"""Totals of series, of everything and by the values of dimensions and attributes, as series themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from presage.recipes.forecasting.panel import Doubles, Panel
from presage.recipes.forecasting.reconciliation import Membership

from .table import Key, SeriesTable

ALL = "Aggregate"
"""What a total has in the place of a dimension that it adds up over, as AWS's explanations have it."""
MOST_TOTALS = 2_000
Grouping = tuple[str, ...]
"""The names by whose values totals are formed together; without any, one of everything."""


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Sums of a table's series.

    Parameters
    ----------
    keys : (n_totals,), shaped as the keys of the series
    membership : (n_totals, n_series), 1 where a series is part of a total, else 0
    panel : of the totals: their history and what all series share, without related series and attributes
    """

    keys: Sequence[Key]
    membership: Membership
    panel: Panel


def groupings(text: str, dimensions: Sequence[str], attributes: Sequence[str]) -> list[Grouping]:
    """What totals are formed by, from names with spaces between: `location category category+location`.

    Parameters
    ----------
    dimensions : of the series, the item id first
    attributes : what is known of items

    Raises ValueError for a name that is neither, or a combination that tells every series apart.
    """
    able = {name.lower(): name for name in (*dimensions, *attributes)}
    found: list[Grouping] = []
    for combination in text.split():
        names = combination.split("+")
        if unknown := [name for name in names if name.lower() not in able]:
            raise ValueError(f"{unknown[0]!r} cannot be added up by; these can: {', '.join(able.values())}")
        grouping = tuple(sorted({able[name.lower()] for name in names}))
        if set(dimensions) <= set(grouping):
            raise ValueError(f"{combination!r} tells every series apart; leave one of its names out")
        if dimensions[0] in grouping and set(grouping) & set(attributes):
            raise ValueError(f"{combination!r} names items and what is known of them; one of both will do")
        found.append(grouping)
    return [(), *dict.fromkeys(found)]


def totals_of(table: SeriesTable, asked: Sequence[Grouping]) -> Totals:
    """The totals of a table; a series of which an attribute is not known is part of no total by it.

    Raises ValueError if there are more than MOST_TOTALS, or one is called as a series is.
    """
    from scipy.sparse import csr_array  # noqa: PLC0415 (a tenth of a second, seldom needed)

    rows_of: dict[Key, list[int]] = {}
    for grouping in asked:
        columns = [_values(table, name) for name in grouping]
        for row in range(len(table.keys)):
            values = [column[row] for column in columns]
            if "" not in values:
                key = _key(table.dimensions, dict(zip(grouping, values, strict=True)))
                rows_of.setdefault(key, []).append(row)
    if len(rows_of) > MOST_TOTALS:
        raise ValueError(f"there would be {len(rows_of)} totals; there may be {MOST_TOTALS}")
    if taken := sorted(rows_of.keys() & set(table.keys)):
        raise ValueError(f"a series is called as a total is: {', '.join(taken[0])}; give it another name")
    parts = np.concatenate([np.array(rows) for rows in rows_of.values()])
    begins = np.concatenate([[0], np.cumsum([len(rows) for rows in rows_of.values()])])
    membership = csr_array((np.ones(len(parts)), parts, begins), shape=(len(rows_of), len(table.keys)))
    target = _sums(membership, table.panel.target)
    panel = replace(table.panel, target=target, related={}, attributes={})
    return Totals(keys=list(rows_of), membership=membership, panel=panel)


def _values(table: SeriesTable, name: str) -> Sequence[str]:
    """(n_series,): what series are grouped by; empty where it is not known."""
    if name in table.dimensions:
        place = table.dimensions.index(name)
        return [key[place] for key in table.keys]
    words = [*table.categories[name], ""]  # the last one for -1
    return [words[code] for code in table.panel.attributes[name].code]


def _key(dimensions: Sequence[str], values: Mapping[str, str]) -> Key:
    """How a total is called: its values in their places; of attributes `name=value`, in place of the item."""
    of_items = [f"{name}={value}" for name, value in values.items() if name not in dimensions]
    item = " ".join(of_items) or values.get(dimensions[0], ALL)
    return (item, *(values.get(name, ALL) for name in dimensions[1:]))


def _sums(membership: Membership, target: Doubles) -> Doubles:
    """(n_totals, n_steps): what is known of the parts added up; NaN where nothing is."""
    known = np.isfinite(target)
    total = np.asarray(membership @ np.where(known, target, 0.0))
    n_known = np.asarray(membership @ known.astype(np.float64))
    return np.where(n_known > 0, total, np.nan)
