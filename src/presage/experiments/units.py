"""The users of an experiment, and what each did: read from its stream of the event log."""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from presage.log import LoggedRecord

from .experiment import Experiment

Record = dict[str, Any]


def exposure(*, user: str, arm: int, sizes: list[int], at: float, answer: str) -> Record:
    """What the log holds of a user who met an arm.

    Parameters
    ----------
    sizes : the units of each arm when the user was assigned: they say with which chance
    at : seconds since 1970, UTC
    answer : the recommendationId or the decision id; empty if the arm alone was asked for
    """
    return {"kind": "exposure", "user": user, "arm": arm, "sizes": sizes, "at": at, "answer": answer}


def mixed_exposure(*, user: str, drafted: list[tuple[str, int]], at: float, answer: str) -> Record:
    """What the log holds of an answer with items of all arms: which arm brought which item."""
    return {"kind": "exposure", "user": user, "drafted": drafted, "at": at, "answer": answer}


def outcome(*, user: str, at: float, value: float, answer: str, item: str) -> Record:
    """What the log holds of an event that may count.

    Parameters
    ----------
    at : when it was told, seconds since 1970, UTC
    answer : the recommendationId that it names; empty = none
    item : that it is about
    """
    return {"kind": "outcome", "user": user, "at": at, "value": value, "answer": answer, "item": item}


@dataclass(kw_only=True)
class Units:
    """Users in the order of their first exposure, n of them.

    Parameters
    ----------
    at : (n,), of the first exposure, seconds since 1970, UTC
    arm : (n,), that they met first; 0 in interleaving
    cut : (n,), which of the `cuts` held then
    count, total : (n,), how often something counted, and what the values add up to
    credit : (n,) by arm, in interleaving: how many of the items that they chose each arm brought
    moved : users who have met another arm since, as weights were changed
    unknown : events that counted for nobody, as their user had not been exposed
    """

    window: float
    at: "array[float]" = field(default_factory=lambda: array("d"))
    arm: "array[int]" = field(default_factory=lambda: array("i"))
    cut: "array[int]" = field(default_factory=lambda: array("i"))
    count: "array[int]" = field(default_factory=lambda: array("q"))
    total: "array[float]" = field(default_factory=lambda: array("d"))
    credit: dict[int, dict[int, int]] = field(default_factory=dict[int, dict[int, int]])
    moved: set[int] = field(default_factory=set[int])
    unknown: int = 0
    _rows: dict[str, int] = field(default_factory=dict[str, int])
    _answers: dict[str, tuple[int, dict[str, int]]] = field(
        default_factory=dict[str, tuple[int, dict[str, int]]]
    )
    _cuts: dict[tuple[int, ...], int] = field(default_factory=dict[tuple[int, ...], int])

    def __len__(self) -> int:
        return len(self.at)

    @property
    def cuts(self) -> list[tuple[int, ...]]:
        """The units of each arm, in each cut."""
        return list(self._cuts)

    def exposed(self, record: Mapping[str, Any]) -> None:
        """Take in an exposure."""
        row = self._rows.get(record["user"])
        if row is None:
            row = self._rows[record["user"]] = len(self.at)
            self.at.append(record["at"])
            self.arm.append(record.get("arm", 0))
            self.cut.append(self._cuts.setdefault(tuple(record.get("sizes", ())), len(self._cuts)))
            self.count.append(0)
            self.total.append(0.0)
        elif record.get("arm", 0) != self.arm[row]:
            self.moved.add(row)
        if record["answer"]:
            self._answers[record["answer"]] = row, dict(record.get("drafted", ()))

    def told(self, record: Mapping[str, Any]) -> None:
        """Take in an outcome of a split."""
        row = self._rows.get(record["user"])
        if row is None and record["answer"] in self._answers:
            row, _ = self._answers[record["answer"]]
        if row is None:
            self.unknown += 1
        elif self._is_in_time(row, record["at"]):
            self._add(row, record["value"])

    def chosen(self, record: Mapping[str, Any]) -> None:
        """Take in an outcome of interleaving: of one answer each item counts once."""
        row, drafted = self._answers.get(record["answer"], (-1, {}))
        arm = drafted.pop(record["item"], None)
        if arm is None:
            self.unknown += row < 0
        elif self._is_in_time(row, record["at"]):
            self._add(row, 1.0)
            credit = self.credit.setdefault(row, {})
            credit[arm] = credit.get(arm, 0) + 1

    def rewarded(self, decision: str, value: float, at: float) -> None:
        """Take in the reward of a decision, which counts if the experiment asked for it."""
        row, _ = self._answers.get(decision, (-1, {}))
        if row >= 0 and self._is_in_time(row, at):
            self._add(row, value)

    def _add(self, row: int, value: float) -> None:
        self.count[row] += value > 0
        self.total[row] += value

    def _is_in_time(self, row: int, at: float) -> bool:
        return self.at[row] <= at <= self.at[row] + self.window


def read_units(
    experiment: Experiment, records: Iterable[LoggedRecord], rewards: Iterable[LoggedRecord] = ()
) -> Units:
    """The users that a stream tells of.

    Parameters
    ----------
    records : the experiment's stream
    rewards : the streams of its offer campaigns; only rewards are read
    """
    units = Units(window=experiment.metric.window_seconds)
    take = units.chosen if experiment.mode == "interleave" else units.told
    for logged in records:
        record = logged.record
        if record["kind"] == "exposure":
            units.exposed(record)
        else:
            take(record)
    for logged in rewards:
        record = logged.record
        if record["kind"] == "reward":
            units.rewarded(record["decision"], record["value"], logged.received_at)
    return units
