"""What widgets bring: campaigns, recommenders, arms of experiments, deliveries."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from presage.health.widgets import Rate, Widget, arms, widgets
from presage.resources.record import Record

from ..experiments.experiments import KIND
from ..experiments.results import units_of
from ..experiments.running import experiment_of
from ..server import Server


class Brought(Struct, frozen=True, kw_only=True, rename="camel"):
    """How often something was displayed, and how often that led to an action.

    Parameters
    ----------
    share : actions of a display; None without displays
    low, high : the share lies between them in 95 cases of 100: Wilson's score interval
    """

    displays: int
    actions: int
    share: float | None
    low: float
    high: float


class Day(Brought, frozen=True, kw_only=True, rename="camel"):
    """The same of a day, UTC, or of a period of a delivery."""

    day: str


class BroughtBy(Brought, frozen=True, kw_only=True, rename="camel"):
    """The same of a widget, in all and by day.

    Parameters
    ----------
    kind : campaign, recommender, experiment or delivery
    name : of it; of an experiment with its arm, as `home/new`
    event_type : of the actions; empty = none has come, or any counts
    """

    kind: str
    name: str
    event_type: str
    days: list[Day]


class Conversions(Struct, frozen=True, kw_only=True, rename="camel"):
    """All widgets, the most displayed first."""

    widgets: list[BroughtBy]


def describe_conversions(server: Server, _name: str, _asked: None) -> Conversions:
    """What each widget brings, by day."""
    return Conversions(widgets=[_brought_by(one) for one in widgets_of(server)])


def widgets_of(server: Server) -> list[Widget]:
    """All widgets; experiments follow, arm by arm."""
    experiments = server.records.of_kind(KIND.service, KIND.name)
    return [*widgets(server.stores), *(arm for one in experiments for arm in _arms(server, one))]


def _arms(server: Server, record: Record) -> list[Widget]:
    """The arms of an experiment; of interleaving none, as everybody meets all of them."""
    experiment = experiment_of(record)
    if experiment.mode == "interleave":
        return []
    names = [arm.name for arm in experiment.arms]
    units = units_of(server, record)

    def users() -> Iterator[tuple[str, str, bool]]:
        for at, arm, count in zip(units.at, units.arm, units.count, strict=True):
            yield names[arm], datetime.fromtimestamp(at, UTC).date().isoformat(), count > 0

    return arms(experiment.name, users(), names)


def _brought_by(widget: Widget) -> BroughtBy:
    return BroughtBy(
        kind=widget.kind,
        name=widget.name,
        event_type=widget.event_type,
        days=[Day(day=day, **_members(rate)) for day, rate in widget.days.items()],
        **_members(widget.total),
    )


def _members(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval
    return {
        "displays": rate.displays,
        "actions": rate.actions,
        "share": rate.share,
        "low": low,
        "high": high,
    }
