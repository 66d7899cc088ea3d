"""What results say in words, and no more than they hold."""

from collections.abc import Sequence

from .experiment import Experiment

MISMATCHED = (
    "Users did not come to the arms as the shares say: something lets users of one arm vanish, or come more"
    " often. Whatever else is said here may be due to that; find the cause first."
)


def difference_in_words(
    experiment: Experiment, arm: str, control: str, low: float | None, high: float | None
) -> str:
    """What is known of an arm against the control.

    Parameters
    ----------
    low, high : of the true difference; None = nothing can be told yet
    """
    if low is None or high is None:
        return f"Nothing can be said of {arm} and {control} yet: too few users whose window is over."
    measured, unit = _measured(experiment)
    if low > 0:
        return f"{arm} has a higher {measured} than {control}: by {_range(low, high, unit)}."
    if high < 0:
        return f"{arm} has a lower {measured} than {control}: by {_range(-high, -low, unit)}."
    return (
        f"No difference between {arm} and {control} is shown: the {measured} of {arm} may be higher by up to"
        f" {_number(high, unit)}, or lower by up to {_number(-low, unit)}."
    )


def verdict_of(
    experiment: Experiment,
    differences: Sequence[str],
    *,
    is_mismatched: bool,
    holds_from_the_first_user: bool,
) -> str:
    """All of it, with what speaks against trusting it first, and how far it can be trusted last."""
    wrong = f"{1 - experiment.level:.4g}"
    sure = (
        f"However often one looks, any of this is ever wrong with a probability of {wrong} at most."
        if holds_from_the_first_user
        else f"However often one looks, any of this is ever wrong with a probability of about {wrong}, if"
        " users are many; with metric.cap that would hold for any number of users."
    )
    return " ".join([*([MISMATCHED] if is_mismatched else []), *differences, sure])


def _measured(experiment: Experiment) -> tuple[str, str]:
    """What is compared, and in which unit."""
    if experiment.mode == "interleave":
        return "part of what users choose", "points"
    if experiment.metric.kind == "conversion":
        return "conversion rate", "points"
    return "value per user", ""


def _range(low: float, high: float, unit: str) -> str:
    return f"{_number(low, unit).partition(' ')[0]} to {_number(high, unit)}"


def _number(value: float, unit: str) -> str:
    """A difference as people write it; one of rates in percentage points."""
    return f"{value * 100:.3g} percentage points" if unit else f"{value:.3g}"
