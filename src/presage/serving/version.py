"""A trained solution version on disk: one artifact that holds all that serving needs.

Its arrays are named `<part>.<array>`, its JSON has a key per part:

    model        the model's own state
    vocabulary   ids, categories, event types, scales: what rows and codes mean
    past         each user's training events and record
    items        records (metadata as JSON text), when created, how often used
    facts        what the training tells the deployment, see `save_version`
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from presage.artifacts import load, save
from presage.features import Encoded, Vocabulary
from presage.features.texts import Texts
from presage.recipes import load_model
from presage.recipes.data import Longs, RankingModel

from .past import Past


@dataclass(frozen=True, kw_only=True)
class Version:
    """A solution version, memory-mapped.

    Parameters
    ----------
    item_records : an item's metadata as a JSON object of strings, by row; empty where it has none
    item_columns : the columns of these records
    item_created_at : (n_items,), seconds since 1970, UTC
    item_uses : (n_items,), in how many training events each item occurs
    latest_at : the time of the newest training event
    facts : see `save_version`
    """

    model: RankingModel
    vocabulary: Vocabulary
    past: Past
    item_records: Texts
    item_columns: tuple[str, ...]
    item_created_at: Longs
    item_uses: Longs
    latest_at: int
    facts: Mapping[str, Any]

    @property
    def seq(self) -> int:
        """Up to which place of the event log the training data hold all that was told."""
        return self.facts.get("seq", 0)


def save_version(folder: Path, model: RankingModel, encoded: Encoded, facts: Mapping[str, Any]) -> None:
    """Write a version so that `folder` holds all of it or does not exist.

    Parameters
    ----------
    facts : whatever JSON can hold. Serving reads `recipe` (its name), `arn` (of the version), `seq` (up to
        which place of the event log the data hold all that was told; 0 = nothing), and if given `eventType`
        and `eventValueThreshold` (a number): which events the model is to see
    """
    log = encoded.log
    items = {
        **encoded.item_records.arrays("records"),
        "created_at": log.item_created_at,
        "uses": np.bincount(log.item, minlength=log.n_items).astype(np.int64),
    }
    latest_at = int(log.time.max(initial=0))
    parts = {
        "model": model.state(),
        "vocabulary": encoded.vocabulary.state(),
        "past": Past.of(encoded).state(),
        "items": (items, {"columns": list(encoded.item_columns), "latest_at": latest_at}),
    }
    arrays = {f"{part}.{name}": array for part, (held, _) in parts.items() for name, array in held.items()}
    save(folder, arrays, {part: meta for part, (_, meta) in parts.items()} | {"facts": dict(facts)})


def load_version(folder: Path) -> Version:
    """The version in a folder.

    Raises FileNotFoundError if there is none, ValueError if it is damaged.
    """
    arrays, meta = load(folder)
    items, about_items = _part(arrays, "items"), meta["items"]
    return Version(
        model=load_model(_part(arrays, "model"), meta["model"]),
        vocabulary=Vocabulary.from_state(_part(arrays, "vocabulary"), meta["vocabulary"]),
        past=Past.from_state(_part(arrays, "past"), meta["past"]),
        item_records=Texts.from_arrays(items, "records"),
        item_columns=tuple(about_items["columns"]),
        item_created_at=items["created_at"],
        item_uses=items["uses"],
        latest_at=about_items["latest_at"],
        facts=meta["facts"],
    )


def _part(arrays: Mapping[str, NDArray[Any]], part: str) -> dict[str, NDArray[Any]]:
    return {
        name.removeprefix(f"{part}."): array for name, array in arrays.items() if name.startswith(f"{part}.")
    }
