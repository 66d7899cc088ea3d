"""States of several models in one: their arrays side by side, each under the name of its model."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]


def side_by_side(states: Mapping[str, Arrays]) -> Arrays:
    """The arrays of all, as `name.key`."""
    return {f"{name}.{key}": one for name, arrays in states.items() for key, one in arrays.items()}


def of_one(arrays: Mapping[str, NDArray[Any]], name: str) -> Arrays:
    """The arrays of one of them, as they were."""
    start = f"{name}."
    return {key.removeprefix(start): one for key, one in arrays.items() if key.startswith(start)}
