"""What a campaign is deployed from: its settings, and where the data of its dataset group lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from presage.columns import ACTION_ID, ACTION_INTERACTIONS, ACTIONS, INTERACTIONS, ITEM_ID, ITEMS, USERS
from presage.filters.tree import Filter
from presage.tables.datasets import DatasetTable
from presage.tables.layout import Layout

KINDS = (INTERACTIONS, ITEMS, USERS)
"""The dataset types that a memory knows."""
ROLES: Mapping[str, str] = {ACTIONS: ITEMS, ACTION_INTERACTIONS: INTERACTIONS}
"""Dataset type -> as what it stands in the memory of a group's actions, which is a memory of its own."""
LAST_INTERACTIONS, LAST_ACTION_INTERACTIONS = 100, 300
"""AWS's filters look at so many of the latest events of each type of a user."""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """One dataset of a group.

    Parameters
    ----------
    stream : the stream of the log that holds what it is told
    table : its rows
    layout : its columns
    key : the column that stands as ITEM_ID in the memory
    """

    stream: str
    table: DatasetTable
    layout: Layout
    key: str = ITEM_ID

    @property
    def types(self) -> Mapping[str, pl.DataType]:
        """Column, as the memory has it -> what is stored."""
        return self.row(self.layout.types)

    def row(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """A row by column, as the memory has it."""
        if self.key == ITEM_ID or self.key not in row:
            return row
        return {ITEM_ID if name == self.key else name: value for name, value in row.items()}

    def frame(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows as the memory has them."""
        return rows.rename({self.key: ITEM_ID}) if self.key in rows.columns else rows


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the data of a dataset group lie.

    Parameters
    ----------
    group : the group's id, never used again for another
    datasets : by dataset type: INTERACTIONS, ITEMS, USERS; others are passed over
    snapshots : the folder that holds the group's memory on disk
    n_of_a_type : so many of a user's latest events of each type count for filters
    """

    group: str
    datasets: Mapping[str, Dataset]
    snapshots: Path
    n_of_a_type: int = LAST_INTERACTIONS

    @property
    def actions(self) -> "Source | None":
        """The memory of the group's actions, which stand as items, and what users did with them likewise."""
        if ACTIONS not in self.datasets:
            return None
        datasets = {
            role: replace(self.datasets[kind], key=ACTION_ID)
            for kind, role in ROLES.items()
            if kind in self.datasets
        }
        return Source(
            group=actions_of(self.group),
            datasets=datasets,
            snapshots=self.snapshots / "actions",
            n_of_a_type=LAST_ACTION_INTERACTIONS,
        )

    def all(self) -> "list[Source]":
        """The group's memories: this one, and that of its actions if it has any."""
        return [self] if self.actions is None else [self, self.actions]

    @property
    def known(self) -> Mapping[str, Dataset]:
        """The datasets of the types that serving knows."""
        return {kind: self.datasets[kind] for kind in KINDS if kind in self.datasets}

    @property
    def shape(self) -> Mapping[str, tuple[str, Mapping[str, Any]]]:
        """Dataset type -> stream and columns: while these are the same, so is the group."""
        return {kind: (dataset.stream, dataset.layout.types) for kind, dataset in self.known.items()}


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A campaign's settings.

    Parameters
    ----------
    name : its ARN
    model : the folder of its solution version
    model_revision : grows when the version on disk has become another, as when users are forgotten
    exploration_weight, exploration_cutoff_days : AWS's explorationWeight and explorationItemAgeCutOff
    with_metadata : whether answers may carry items' metadata
    multiplier_column : the column of the items by which scores are multiplied; empty = none
    leaves_out : a filter that holds before that of a request; None = none
    of_actions : whether its version recommends actions instead of items
    popularity, freshness : AWS's rankingInfluence
    """

    name: str
    model: Path
    source: Source
    model_revision: int = 0
    exploration_weight: float = 0.0
    exploration_cutoff_days: float = 30.0
    with_metadata: bool = False
    multiplier_column: str = ""
    leaves_out: Filter | None = None
    of_actions: bool = False
    popularity: float = 0.0
    freshness: float = 0.0

    @property
    def sources(self) -> Sequence[Source]:
        """The memories that it answers from."""
        return self.source.all() if self.of_actions else [self.source]


def actions_of(group: str) -> str:
    """The name of the memory of a group's actions."""
    return f"{group}/actions"
