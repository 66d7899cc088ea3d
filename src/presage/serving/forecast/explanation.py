"""An explanation at rest: what moved the forecasts of some series, by feature."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from presage.artifacts import load, save
from presage.features.texts import Texts
from presage.recipes.forecasting.frequency import Instants
from presage.recipes.forecasting.panel import Doubles

from .keys import Key, key_of, texts_of


@dataclass(frozen=True, kw_only=True)
class StoredExplanation:
    """The impact of features on forecasts.

    Parameters
    ----------
    dimensions : what the parts of a key are
    keys : (n_series,)
    starts : (n_steps,), when each step begins
    features : their names
    impact : (n_series, n_steps, n_features), in units of the target
    """

    dimensions: Sequence[str]
    keys: Sequence[Key]
    starts: Instants
    features: Sequence[str]
    impact: Doubles


def save_explanation(folder: Path, one: StoredExplanation) -> None:
    """Write an explanation so that `folder` holds all of it or does not exist."""
    arrays = {
        **texts_of(one.keys).arrays("keys"),
        "starts": one.starts.astype("M8[s]").astype(np.int64),
        "impact": one.impact,
    }
    save(folder, arrays, {"dimensions": list(one.dimensions), "features": list(one.features)})


def load_explanation(folder: Path) -> StoredExplanation:
    """The explanation in a folder.

    Raises FileNotFoundError if there is none, ValueError if it cannot be read.
    """
    arrays, meta = load(folder)
    return StoredExplanation(
        dimensions=meta["dimensions"],
        keys=[key_of(text) for text in Texts.from_arrays(arrays, "keys")],
        starts=arrays["starts"].astype("M8[s]"),
        features=meta["features"],
        impact=arrays["impact"],
    )
