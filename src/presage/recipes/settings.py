"""How a recipe declares its settings: AWS's name, default, range, and which of AWS's maps carries it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

Group = Literal["algorithmHyperParameters", "featureTransformationParameters", "itemExplorationConfig"]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a setting accepts.

    Parameters
    ----------
    low, high : the range of a number, both ends allowed
    choices : the values of a setting that is no number
    tunable : whether hyperparameter optimisation may search it
    log : whether it is searched by its logarithm, because its effect goes by ratios: 32 to 64 as 64 to 128
    group : the AWS map that carries it
    """

    low: float | None = None
    high: float | None = None
    choices: Sequence[str] = ()
    tunable: bool = False
    log: bool = False
    group: Group = "algorithmHyperParameters"


def setting(default: Any, **limits: Any) -> Any:
    """A dataclass field with a default and a `Setting`; for booleans the choices are true and false."""
    if isinstance(default, bool):
        limits.setdefault("choices", ("true", "false"))
    return field(default=default, metadata={"setting": Setting(**limits)})


def settings_of(recipe: type) -> dict[str, tuple[Any, Setting]]:
    """AWS name -> (default, what it accepts), for every setting that a recipe shows to callers."""
    return {f.name: (f.default, f.metadata["setting"]) for f in fields(recipe) if "setting" in f.metadata}


def parse_settings(recipe: type, values: Mapping[str, str], group: Group) -> dict[str, Any]:
    """The keyword arguments for `recipe` from one of AWS's string maps.

    Raises ValueError naming the setting, the value and what would be accepted.
    """
    known = {name: pair for name, pair in settings_of(recipe).items() if pair[1].group == group}
    unknown = sorted(set(values) - set(known))
    if unknown:
        accepted = ", ".join(sorted(known)) or "none"
        raise ValueError(f"{group} has no setting {unknown[0]!r} for this recipe; it accepts: {accepted}")
    return {name: _parse(name, text, *known[name]) for name, text in values.items()}


def _parse(name: str, text: str, default: Any, accepts: Setting) -> Any:
    if accepts.choices:
        value = text.strip().lower() if isinstance(default, bool) else text.strip()
        if value not in accepts.choices:
            raise ValueError(f"{name} is {text!r}; it accepts: {', '.join(accepts.choices)}")
        return value == "true" if isinstance(default, bool) else value
    try:
        number = type(default)(text)
    except ValueError:
        kind = "a whole number" if isinstance(default, int) else "a number"
        raise ValueError(f"{name} is {text!r}; it must be {kind}") from None
    low = float("-inf") if accepts.low is None else accepts.low
    high = float("inf") if accepts.high is None else accepts.high
    if not low <= number <= high:
        raise ValueError(f"{name} is {text!r}; it must be from {low:g} to {high:g}")
    return number
