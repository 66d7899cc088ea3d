"""What widgets bring: how often each was displayed, and how often that led to an action, by day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from presage.deliveries import conversions as delivered
from presage.resources.record import Record
from presage.stores import Stores
from presage.works.conversions import daily, told_recommendations, wilson


@dataclass(frozen=True)
class Rate:
    """A share of displays.

    Parameters
    ----------
    low, high : the share lies between them in 95 cases of 100: Wilson's score interval
    """

    displays: int
    actions: int

    @property
    def share(self) -> float | None:
        """Actions of a display; None without displays."""
        return min(1.0, self.actions / self.displays) if self.displays else None

    @property
    def interval(self) -> tuple[float, float]:
        """The share lies between these in 95 cases of 100: Wilson's score interval (1927)."""
        return wilson(min(self.actions, self.displays), self.displays)


@dataclass(frozen=True, kw_only=True)
class Widget:
    """What was shown by one that recommends, and what came of it.

    Parameters
    ----------
    kind : campaign, recommender, experiment or delivery
    name : of it; of an experiment with its arm, as `home/new`
    event_type : of the actions; empty = none has come, or any counts
    days : what happened by day (of a delivery, by its period), the first first
    """

    kind: str
    name: str
    event_type: str
    days: dict[str, Rate]

    @property
    def total(self) -> Rate:
        """All days together."""
        return Rate(
            sum(one.displays for one in self.days.values()), sum(one.actions for one in self.days.values())
        )


def widgets(stores: Stores, group: Record | None = None) -> list[Widget]:
    """The campaigns and recommenders of all dataset groups, and the deliveries; the most shown first.

    Parameters
    ----------
    group : the campaigns and recommenders of this dataset group alone
    """
    found = [*_answering(stores, group)] if group else [*_every_answering(stores), *_delivering(stores)]
    return sorted(found, key=lambda one: (-one.total.displays, one.kind, one.name, one.event_type))


def _every_answering(stores: Stores) -> Iterator[Widget]:
    for group in stores.records.of_kind("personalize", "DatasetGroup"):
        yield from _answering(stores, group)


def _answering(stores: Stores, group: Record) -> Iterator[Widget]:
    recommenders = {
        one.name for one in stores.records.of_kind("personalize", "Recommender", parent=group.arn)
    }
    days: dict[tuple[str, str], dict[str, Rate]] = {}
    for one in daily(stores, group):
        of = days.setdefault((one.source, one.event_type), {})
        of[one.day] = Rate(one.displays, one.conversions)
    for (name, event_type), of in days.items():
        kind = "recommender" if name in recommenders else "campaign"
        yield Widget(kind=kind, name=name, event_type=event_type, days=of)


def _delivering(stores: Stores) -> Iterator[Widget]:
    if not delivered(stores.engine, ()):
        return  # without reading events
    told: set[tuple[str, str]] = set()
    for group in stores.records.of_kind("personalize", "DatasetGroup"):
        told.update(told_recommendations(stores, group))
    periods: dict[tuple[str, str], dict[str, Rate]] = {}
    for one in delivered(stores.engine, told):
        of = periods.setdefault((one.delivery, one.event_type), {})
        of[one.period] = Rate(one.n_messages, one.n_converted)
    for (name, event_type), of in periods.items():
        yield Widget(kind="delivery", name=name, event_type=event_type, days=dict(sorted(of.items())))


def arms(experiment: str, exposed: Iterable[tuple[str, str, bool]], names: Iterable[str]) -> list[Widget]:
    """The arms of an experiment: users by the day they first met it, and those of whom anything counted.

    Parameters
    ----------
    exposed : (arm, day, whether anything counted) of each user
    names : of all arms
    """
    counts: dict[str, dict[str, list[int]]] = {name: {} for name in names}
    for arm, day, counted in exposed:
        of = counts[arm].setdefault(day, [0, 0])
        of[0] += 1
        of[1] += counted
    return [
        Widget(
            kind="experiment",
            name=f"{experiment}/{arm}",
            event_type="",
            days={day: Rate(*of) for day, of in sorted(days.items())},
        )
        for arm, days in counts.items()
    ]
