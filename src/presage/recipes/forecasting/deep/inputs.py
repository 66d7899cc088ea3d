"""A panel as networks read it: which columns there are, decided once, and their values."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...data import Floats, Longs
from ..panel import Doubles, Panel, Related
from .clock import clock, cycles_of
from .logs import Logs


@dataclass(frozen=True, kw_only=True)
class Column:
    """How a related series is standardised: over all series, and within each.

    Parameters
    ----------
    mean, spread : of all values
    within : the standard deviation from each series' own mean; 0 if it does not vary
    has_gaps : whether a column tells where values are missing
    """

    name: str
    mean: float
    spread: float
    within: float
    has_gaps: bool

    @classmethod
    def learn(cls, name: str, values: Floats) -> Self:
        """The column of values (n_series, n_steps) with NaN."""
        known = np.isfinite(values)
        filled = np.where(known, values, 0.0).astype(float)
        mean = filled.sum() / max(1, known.sum())
        spread = np.sqrt(np.where(known, filled - mean, 0).__pow__(2).sum() / max(1, known.sum()))
        apart = np.where(known, filled - _own_mean(values)[:, None], 0)
        within = np.sqrt((apart**2).sum() / max(1, known.sum()))
        return cls(
            name=name,
            mean=float(mean),
            spread=float(spread),
            within=float(within),
            has_gaps=not known.all(),
        )

    def encode(self, values: Floats, n_steps: int) -> list[Floats]:
        """Columns (n_series, n), missing values as 0; a series' own mean is that of its first n_steps."""
        known = np.isfinite(values)
        found = [(values - self.mean) / (self.spread or 1.0)]
        if self.within:
            found.append((values - _own_mean(values[:, :n_steps])[:, None]) / self.within)
        columns = [np.where(known, column, 0).clip(-10, 10).astype(np.float32) for column in found]
        return [*columns, known.astype(np.float32)] if self.has_gaps else columns


def _own_mean(values: Floats) -> Doubles:
    known = np.isfinite(values)
    return np.where(known, values, 0).sum(axis=1, dtype=float) / np.maximum(known.sum(axis=1), 1)


@dataclass(frozen=True, kw_only=True)
class InputSpec:
    """What a network reads beside the target.

    Parameters
    ----------
    logs : how it reads the target
    cycles : of the calendar
    shared : names of series that are the same for all
    known : related series that are known ahead
    past : related series that are not
    attributes : name and number of values
    """

    logs: Logs
    cycles: tuple[str, ...]
    shared: tuple[str, ...]
    known: tuple[Column, ...]
    past: tuple[Column, ...]
    attributes: tuple[tuple[str, int], ...]

    @classmethod
    def learn(cls, panel: Panel, *, logs: bool, ahead: bool, history: bool, attributes: bool) -> Self:
        """What a panel offers.

        Parameters
        ----------
        logs : whether to read logarithms of the target if that is better
        ahead : whether to read what is known ahead: such related series, and shared ones
        history : whether to read related series that are not
        attributes : whether to read attributes
        """

        def columns(is_known_ahead: bool) -> tuple[Column, ...]:
            return tuple(
                Column.learn(name, one.values[:, : panel.n_steps])
                for name, one in sorted(panel.related.items())
                if one.is_known_ahead == is_known_ahead
            )

        return cls(
            logs=Logs.learn(panel.target) if logs else Logs.none(),
            cycles=cycles_of(panel.frequency, panel.n_steps),
            shared=tuple(sorted(panel.shared)) if ahead else (),
            known=columns(True) if ahead else (),
            past=columns(False) if history else (),
            attributes=tuple((name, one.n_values) for name, one in sorted(panel.attributes.items()))
            if attributes
            else (),
        )

    def read(self, panel: Panel, horizon: int) -> "Inputs":
        """The panel's values; what it lacks counts as missing."""
        n = panel.n_steps + horizon
        shared = [clock(panel.starts(horizon), self.cycles)]
        shared += [np.nan_to_num(_fitted(panel.shared.get(name), n))[:, None] for name in self.shared]
        codes = [_codes(panel, name, n_values) for name, n_values in self.attributes]
        return Inputs(
            target=self.logs.of(panel.target),
            shared=np.concatenate(shared, axis=1).astype(np.float32),
            known=_encode(panel, self.known, n),
            past=_encode(panel, self.past, panel.n_steps),
            codes=np.stack([np.zeros(panel.n_series, np.int64), *codes], axis=1)[:, 1:],
        )

    def to_json(self) -> dict[str, Any]:
        """The same for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """What `to_json` told."""
        return cls(
            logs=Logs(**told["logs"]),
            cycles=tuple(told["cycles"]),
            shared=tuple(told["shared"]),
            known=tuple(Column(**one) for one in told["known"]),
            past=tuple(Column(**one) for one in told["past"]),
            attributes=tuple((name, n) for name, n in told["attributes"]),
        )


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The values of a panel.

    Parameters
    ----------
    target : (n_series, n_steps), perhaps logarithms; NaN = not known
    shared : (n_steps + horizon, n_shared)
    known : (n_series, n_steps + horizon, n_known)
    past : (n_series, n_steps, n_past)
    codes : (n_series, n_attributes), 0 = not known
    """

    target: Doubles
    shared: Floats
    known: Floats
    past: Floats
    codes: Longs

    @property
    def n_steps(self) -> int:
        """How many steps of history there are."""
        return self.target.shape[1]

    @property
    def n_covariates(self) -> int:
        """How many columns are known ahead."""
        return self.shared.shape[1] + self.known.shape[2]


def canonical_order(panel: Panel) -> NDArray[np.intp]:
    """(n_series,): rows in an order that depends on what the series hold, not on where they stand."""
    parts = [np.nan_to_num(panel.target, nan=np.inf)]
    parts += [one.values for _, one in sorted(panel.related.items())]
    parts += [one.code[:, None] for _, one in sorted(panel.attributes.items())]
    digests = [hashlib.blake2b(digest_size=16) for _ in range(panel.n_series)]
    for part in parts:
        for digest, row in zip(digests, np.ascontiguousarray(part), strict=True):
            digest.update(row.tobytes())
    keys = [digest.digest() for digest in digests]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), np.intp)


def _encode(panel: Panel, columns: tuple[Column, ...], n: int) -> Floats:
    """(n_series, n, n_columns)"""
    found: list[Floats] = []
    for column in columns:
        one: Related | None = panel.related.get(column.name)
        values = np.full((panel.n_series, 0), np.nan, np.float32) if one is None else one.values
        found += column.encode(_fitted(values, n), panel.n_steps)
    if not found:
        return np.zeros((panel.n_series, n, 0), np.float32)
    return np.stack(found, axis=2)


def _fitted(values: Floats | None, n: int) -> Floats:
    """The first n values of the last axis, NaN where there are fewer."""
    values = np.zeros(0, np.float32) if values is None else values[..., :n]
    missing = np.full((*values.shape[:-1], n - values.shape[-1]), np.nan, np.float32)
    return np.concatenate([values, missing], axis=-1)


def _codes(panel: Panel, name: str, n_values: int) -> Longs:
    """(n_series,): 0 = not known, else one more than the code."""
    if name not in panel.attributes:
        return np.zeros(panel.n_series, np.int64)
    code = panel.attributes[name].code.astype(np.int64)
    return np.where(code < n_values, code + 1, 0)
