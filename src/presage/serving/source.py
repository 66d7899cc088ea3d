"""What a campaign is deployed from: its settings, and where the data of its dataset group lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from presage.columns import INTERACTIONS, ITEMS, USERS
from presage.filters.tree import Filter
from presage.tables.datasets import DatasetTable
from presage.tables.layout import Layout

KINDS = (INTERACTIONS, ITEMS, USERS)
"""The dataset types that serving knows."""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """One dataset of a group.

    Parameters
    ----------
    stream : the stream of the log that holds what it is told
    table : its rows
    layout : its columns
    """

    stream: str
    table: DatasetTable
    layout: Layout


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the data of a dataset group lie.

    Parameters
    ----------
    group : the group's id, never used again for another
    datasets : by dataset type: INTERACTIONS, ITEMS, USERS; others are passed over
    snapshots : the folder that holds the group's memory on disk
    """

    group: str
    datasets: Mapping[str, Dataset]
    snapshots: Path

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
    exploration_weight, exploration_cutoff_days : AWS's explorationWeight and explorationItemAgeCutOff
    with_metadata : whether answers may carry items' metadata
    multiplier_column : the column of the items by which scores are multiplied; empty = none
    leaves_out : a filter that holds before that of a request; None = none
    """

    name: str
    model: Path
    source: Source
    exploration_weight: float = 0.0
    exploration_cutoff_days: float = 30.0
    with_metadata: bool = False
    multiplier_column: str = ""
    leaves_out: Filter | None = None
