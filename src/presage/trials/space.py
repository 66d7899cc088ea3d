"""What a search may try: recipes, and the values that their settings may take."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optuna import Trial as Asked


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A recipe with settings.

    Parameters
    ----------
    recipe : AWS's name
    settings : what its dataclass is made with; the rest keeps its defaults
    """

    recipe: str
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True)
class Range:
    """The values that a setting may take: one of `choices`, or a number from `low` to `high`.

    Parameters
    ----------
    whole : whether the number is an integer
    log : whether it is drawn by its logarithm
    """

    choices: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 1.0
    whole: bool = False
    log: bool = False

    def nearest(self, value: Any) -> Any:
        """The value itself if it is in the range, else the nearest end or the first choice."""
        if self.choices:
            return value if value in self.choices else self.choices[0]
        return type(value)(min(max(value, self.low), self.high))

    def draw(self, asked: "Asked", name: str) -> Any:
        """A value that Optuna's sampler draws."""
        if self.choices:
            return asked.suggest_categorical(name, self.choices)
        if self.whole:
            return asked.suggest_int(name, int(self.low), int(self.high), log=self.log)
        return asked.suggest_float(name, self.low, self.high, log=self.log)


@dataclass(frozen=True, kw_only=True)
class Space:
    """The candidates of one recipe.

    Parameters
    ----------
    first : the candidate that is tried before any other; it has a value for every range
    ranges : the settings that may vary; the others stay as they are in `first`
    """

    first: Candidate
    ranges: Mapping[str, Range] = field(default_factory=dict[str, Range])

    @property
    def recipe(self) -> str:
        """AWS's name of the recipe."""
        return self.first.recipe

    def draw(self, asked: "Asked") -> Candidate:
        """A candidate that Optuna's sampler draws."""
        drawn = {name: one.draw(asked, self._key(name)) for name, one in self.ranges.items()}
        return Candidate(recipe=self.recipe, settings={**self.first.settings, **drawn})

    def first_draw(self) -> dict[str, Any]:
        """What Optuna must draw for `first`."""
        return {self._key(name): self.first.settings[name] for name in self.ranges}

    def _key(self, name: str) -> str:
        return f"{self.recipe}.{name}"
