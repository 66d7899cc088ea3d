"""What is known of items: a code for each category."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from presage.recipes.forecasting.panel import Attribute

from .rows import ItemRows

Categories = Mapping[str, Sequence[str]]
"""Attribute -> its values, in the order of their codes."""


def attributes_of(
    items: ItemRows, keys: pl.DataFrame, known: Categories | None
) -> tuple[dict[str, Attribute], Categories]:
    """Attribute -> what it says of each series, and what its codes mean; -1 = not known.

    Parameters
    ----------
    keys : (n_series,), with the item id of each
    known : what codes mean; None = they are numbered anew, in the order of the values
    """
    table = keys.select(items.identifier).join(
        items.frame.collect(engine="streaming"), on=items.identifier, how="left", maintain_order="left"
    )
    names = items.categories if known is None else known
    values = {name: _values(table, name) if known is None else known[name] for name in names}
    return {name: _coded(table, name, values[name]) for name in names}, values


def _values(table: pl.DataFrame, name: str) -> list[str]:
    return table[name].drop_nulls().unique().sort().to_list()


def _coded(table: pl.DataFrame, name: str, values: Sequence[str]) -> Attribute:
    cells = table[name] if name in table.columns else pl.Series(name, [None] * table.height, pl.String)
    order = pl.Series(values, dtype=pl.String)
    codes = cells.replace_strict(order, range(len(values)), default=-1, return_dtype=pl.Int32)
    return Attribute(code=codes.fill_null(-1).to_numpy().astype(np.int32), n_values=len(values))
