"""itemExplorationConfig: how new items are tried out, and presage's own multiplier of scores."""

from collections.abc import Mapping

from presage.columns import ITEMS, by_caseless, caseless
from presage.errors import InvalidInputException, few
from presage.resources.record import Record
from presage.tables.layout import NUMBERS

from ..server import Server
from .catalogue import KNOWN
from .solutions import columns_of

MULTIPLIER = "presage:multiplierColumn"
"""Names the column of Items by which scores are multiplied. AWS's models have no member for it, but this map
takes any key, so that unmodified clients can send it."""
LIMITS = {"explorationWeight": (0.3, 0.0, 1.0), "explorationItemAgeCutOff": (30.0, 1.0, float("inf"))}
"""AWS's name -> its default, the least and the most that it may be."""


def exploration_settings(config: Mapping[str, str]) -> tuple[float, float]:
    """(weight, cutoff in days) of an itemExplorationConfig; what is not given is AWS's default."""
    unknown = sorted(set(config) - {*LIMITS, MULTIPLIER})
    if unknown:
        raise InvalidInputException(
            f"itemExplorationConfig has no {unknown[0]!r}; it knows: {sorted([*LIMITS, MULTIPLIER])}"
        )
    values: list[float] = []
    for name, (default, low, high) in LIMITS.items():
        text = config.get(name, str(default))
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise InvalidInputException(f"{name} is {text!r}; it must be a number from {low:g} to {high:g}")
        values.append(value)
    return values[0], values[1]


def check_exploration(server: Server, group: Record, recipe: str, config: Mapping[str, str]) -> None:
    """Check an itemExplorationConfig against a recipe and the group's items; raises InvalidInputException."""
    if set(config) - {MULTIPLIER} and not KNOWN[recipe].exploration_config:
        raise InvalidInputException(f"{recipe} takes no itemExplorationConfig but {MULTIPLIER}.")
    exploration_settings(config)
    column = config.get(MULTIPLIER)
    if column is not None:
        kinds = columns_of(server, group).get(ITEMS, {})
        if kinds.get(by_caseless(kinds).get(caseless(column), "")) not in NUMBERS:
            numeric = [repr(name) for name, kind in kinds.items() if kind in NUMBERS]
            raise InvalidInputException(
                f"{MULTIPLIER} is {column!r}; it must be a numeric column of Items: {few(numeric) or 'none'}."
            )
