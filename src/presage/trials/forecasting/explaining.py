"""What moves a forecast: Shapley values of related series, attributes and holidays, by sampled orders.

A coalition of features keeps its values; of each other one nothing is known: a related series is constant at
its mean, an attribute unknown, a holiday none. The value of a coalition is the mean forecast.
Source: Castro, Gomez, Tejada, Polynomial calculation of the Shapley value based on sampling, 2009.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from presage.recipes.data import DEFAULT_TRAINING, Training
from presage.recipes.forecasting.panel import Attribute, Doubles, ForecastModel, Panel, Related

MOST_EXACT = 4
"""Of so many features every order is looked at, which costs 16 forecasts at most."""
N_ORDERS = 8
"""Of more features so many orders are drawn, each followed by its reverse."""
Coalition = frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What each feature adds to the mean forecast; all together add up to what all of them change.

    Parameters
    ----------
    features : their names
    impact : (n_series, horizon, n_features), in units of the target
    """

    features: tuple[str, ...]
    impact: Doubles


def features_of(panel: Panel) -> tuple[str, ...]:
    """What may move forecasts besides the target itself."""
    return (*panel.related, *panel.attributes, *panel.shared)


def explain(model: ForecastModel, panel: Panel, training: Training = DEFAULT_TRAINING) -> Explanation:
    """The impact of every feature of a panel on a model's mean forecast of it."""
    features = features_of(panel)
    values = _Values(model, panel, training)
    n_orders, impacts = 0, dict.fromkeys(features, np.zeros(()))
    for order in _orders(features, training.seed):
        n_orders += 1
        present: Coalition = frozenset()
        for feature in order:
            added = values.of(present | {feature}) - values.of(present)
            impacts[feature] = impacts[feature] + added
            present |= {feature}
    impact = np.stack([impacts[feature] / n_orders for feature in features], axis=-1)
    return Explanation(features=features, impact=impact)


def together(impact: Doubles, axis: int) -> Doubles:
    """Impacts over an axis as one: how strong they are in the mean, with the sign of their sum."""
    return np.abs(impact).mean(axis=axis) * np.sign(impact.sum(axis=axis))


def normalised(impact: Doubles) -> Doubles:
    """Impacts on a scale from -1 to 1, the strongest of them all at an end; all 0 where nothing moves."""
    strongest = np.abs(impact).max(initial=0.0)
    return impact / strongest if strongest > 0 else np.zeros_like(impact)


def _orders(features: tuple[str, ...], seed: int) -> Iterator[tuple[str, ...]]:
    """Orders in which features come in: all of a few, else some at random and their reverses."""
    if len(features) <= MOST_EXACT:
        yield from permutations(features)
        return
    rng = np.random.default_rng(seed)
    for _ in range(N_ORDERS):
        order = tuple(features[place] for place in rng.permutation(len(features)))
        yield order
        yield order[::-1]


class _Values:
    """The mean forecast of each coalition, worked out once."""

    def __init__(self, model: ForecastModel, panel: Panel, training: Training) -> None:
        self._model, self._panel, self._training = model, panel, training
        self._known: dict[Coalition, Doubles] = {}
        n = len(features_of(panel))
        self._n_all = 2**n if n <= MOST_EXACT else 2 * N_ORDERS * n

    def of(self, present: Coalition) -> Doubles:
        """(n_series, horizon): the forecast that only knows these features."""
        if present not in self._known:
            begun = min(len(self._known) / self._n_all, 1.0)
            part = self._training.part(begun, min(begun + 1 / self._n_all, 1.0))
            self._known[present] = self._model.forecast(_knowing(self._panel, present), (0.5,), part).mean
        return self._known[present]


def _knowing(panel: Panel, present: Coalition) -> Panel:
    """The panel as if only these features were known."""
    related: Mapping[str, Related] = {
        name: one if name in present else _constant(one) for name, one in panel.related.items()
    }
    attributes: Mapping[str, Attribute] = {
        name: one if name in present else replace(one, code=np.full_like(one.code, -1))
        for name, one in panel.attributes.items()
    }
    shared = {name: one if name in present else np.zeros_like(one) for name, one in panel.shared.items()}
    return replace(panel, related=related, attributes=attributes, shared=shared)


def _constant(one: Related) -> Related:
    """A related series that is its own mean at each step where it is known."""
    known = np.isfinite(one.values)
    total = np.where(known, one.values, 0).sum(axis=1, keepdims=True)
    mean = total / np.maximum(known.sum(axis=1, keepdims=True), 1)
    return replace(one, values=np.where(known, mean, one.values).astype(one.values.dtype))
