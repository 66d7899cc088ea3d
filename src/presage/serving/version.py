"""A trained solution version on disk: one artifact that holds a model, its vocabulary, its users' states.

Its arrays are named `<part>.<array>`, its JSON has a key per part:

    model        the model's own state
    vocabulary   ids, categories, event types, scales: what rows and codes mean
    states       each user's state after the training data, and when the user's last event in them was
    facts        what the training tells the deployment, see `save_version`

A version of format 1 has no states: its users' histories are read from the group's memory.
"""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from presage.artifacts import load, save
from presage.features.encode import Encoded
from presage.features.vocabulary import Vocabulary
from presage.recipes import SEGMENT_MODELS, load_model, load_segment_model
from presage.recipes.data import Floats, Longs, SegmentModel, UserModel


class UnusableModel(Exception):
    """A version that cannot answer, and why."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """A solution version, memory-mapped.

    Parameters
    ----------
    states : (n_users, state_size); None if a user is known by the history alone
    last_at : (n_users,), seconds since 1970 of each user's last event; -1 = none
    facts : see `save_version`
    """

    model: UserModel
    vocabulary: Vocabulary
    states: Floats | None
    last_at: Longs
    facts: Mapping[str, Any]

    @property
    def place(self) -> int:
        """Up to which place of the event log the training data hold all that was told."""
        return self.facts.get("seq", 0)


@dataclass(frozen=True, kw_only=True)
class SegmentVersion:
    """A version that finds users for items, memory-mapped; the rows of its users are the vocabulary's."""

    model: SegmentModel
    vocabulary: Vocabulary
    facts: Mapping[str, Any]


def save_version(
    folder: Path,
    model: UserModel | SegmentModel,
    encoded: Encoded,
    states: tuple[Floats, Longs] | None,
    facts: Mapping[str, Any],
) -> None:
    """Write a version so that `folder` holds all of it or does not exist.

    Parameters
    ----------
    states : what `user_states` gives for the model and the log of `encoded`; None for a model without any
    facts : whatever JSON can hold. Serving reads `recipe` (its name), `arn` (of the version), `seq` (up to
        which place of the event log the data hold all that was told; 0 = nothing), and if given `eventType`
        and `eventValueThreshold` (a number), or `events` (a list of both, the latter may be None): which
        events the model is to see
    """
    parts = {
        "model": model.state(),
        "vocabulary": encoded.vocabulary.state(),
    }
    if states is not None:
        parts["states"] = {"state": states[0], "last_at": states[1]}, {}
    arrays = {f"{part}.{name}": array for part, (held, _) in parts.items() for name, array in held.items()}
    save(folder, arrays, {part: meta for part, (_, meta) in parts.items()} | {"facts": dict(facts)})


def load_version(folder: Path) -> Version:
    """The version in a folder.

    Raises UnusableModel if there is none, or if it cannot be read.
    """
    with _reading(folder):
        arrays, meta = load(folder)
        states = _part(arrays, "states")
        return Version(
            model=load_model(_part(arrays, "model"), meta["model"]),
            vocabulary=Vocabulary.from_state(_part(arrays, "vocabulary"), meta["vocabulary"]),
            states=states.get("state"),
            last_at=states.get("last_at", np.zeros(0, np.int64)),
            facts=meta["facts"],
        )


def load_vocabulary(folder: Path) -> Vocabulary:
    """The vocabulary of the version in a folder, of whatever kind; raises UnusableModel."""
    with _reading(folder):
        arrays, meta = load(folder)
        return Vocabulary.from_state(_part(arrays, "vocabulary"), meta["vocabulary"])


def forget_users(folder: Path, users: Iterable[str]) -> bool:
    """Take some users out of a version on disk: they are as users that it was not trained on.

    Returns whether it knew any. Who has loaded it keeps it as it was.

    Raises UnusableModel if there is none, or if it cannot be read.
    """
    with _reading(folder):
        arrays, meta = load(folder)
        names = Vocabulary.from_state(_part(arrays, "vocabulary"), meta["vocabulary"]).users
        found = [row for user in users if (row := names.row(user)) is not None]
        if not found:
            return False
        kept = np.delete(np.arange(len(names)), found)
        arrays |= names.take(kept).arrays("vocabulary.users")
        for name in {"states.state", "states.last_at"} & arrays.keys():
            arrays[name] = arrays[name][kept]
        if meta["model"].get("model") in SEGMENT_MODELS:
            model = load_segment_model(_part(arrays, "model"), meta["model"]).of_users(kept)
            arrays |= {f"model.{name}": array for name, array in model.state()[0].items()}
        save(folder, arrays, meta)
        return True


def load_segment_version(folder: Path) -> SegmentVersion:
    """The version in a folder that finds users for items.

    Raises UnusableModel if there is none, or if it cannot be read.
    """
    with _reading(folder):
        arrays, meta = load(folder)
        return SegmentVersion(
            model=load_segment_model(_part(arrays, "model"), meta["model"]),
            vocabulary=Vocabulary.from_state(_part(arrays, "vocabulary"), meta["vocabulary"]),
            facts=meta["facts"],
        )


@contextmanager
def _reading(folder: Path) -> Generator[None]:
    """Whatever is wrong with a model is an UnusableModel."""
    try:
        yield
    except FileNotFoundError:
        raise UnusableModel(f"there is no model in {folder}; train again") from None
    except KeyError as missing:
        raise UnusableModel(f"the model in {folder} lacks {missing}; train again") from None
    except (OSError, ValueError, TypeError, IndexError) as error:
        raise UnusableModel(f"the model in {folder} cannot be read: {error}") from error


def _part(arrays: Mapping[str, NDArray[Any]], part: str) -> dict[str, NDArray[Any]]:
    return {
        name.removeprefix(f"{part}."): array for name, array in arrays.items() if name.startswith(f"{part}.")
    }
