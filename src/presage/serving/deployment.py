"""Campaigns and the versions that answer for them."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import TypeAlias, TypeVar
from uuid import uuid4

import numpy as np

from presage.recipes.data import Floats
from presage.tables.events import EventLog

from .exploring import Exploration
from .follow import follow_log
from .histories import Histories
from .live import Live, Row
from .scorer import Scorer
from .version import Version, load_version

Told: TypeAlias = Callable[[int], Iterable[tuple[str, int, Row]]]
"""Place in the event log -> (dataset type, place, row) of what a dataset group was told after it."""
Answer = TypeVar("Answer")
MOST_REPRESENTED = 50_000
REPRESENTED_SECONDS = 900
"""How long a representation holds while nothing new is known of the user: models look at the clock too."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What one request wants to know.

    Parameters
    ----------
    user_id : whose history counts; empty for nobody's
    item_id : the item whose relatives are asked for; models of users' tastes pay no heed to it
    context : the request's own context
    now : seconds since 1970, UTC
    """

    user_id: str
    item_id: str | None = None
    context: Mapping[str, str] = field(default_factory=dict[str, str])
    now: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A representation, and as of when it holds."""

    represented: Floats
    changes: int
    at: float


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One campaign's version, ready to answer.

    Parameters
    ----------
    name : the campaign's ARN
    metadata_enabled : whether answers may carry items' metadata
    stamp : whatever tells the deployer which settings this deployment has
    """

    name: str
    version: Version
    histories: Histories
    scorer: Scorer
    exploration: Exploration
    metadata_enabled: bool = False
    stamp: object = None
    kept: OrderedDict[Hashable, Kept] = field(default_factory=OrderedDict[Hashable, Kept])

    @property
    def recipe(self) -> str:
        """The name of the recipe that made the model, for instance `aws-sims`."""
        return self.version.facts["recipe"]

    @cached_property
    def item_columns(self) -> Mapping[str, str]:
        """The columns of the items' metadata: name in upper case -> name."""
        return {name.upper(): name for name in self.version.item_columns}

    def metadata(self, item_id: str, columns: Iterable[str]) -> dict[str, str]:
        """An item's metadata as text, by the names asked for, in any case; what it lacks is left out."""
        record = self.histories.item_record(item_id)
        found = {column: record.get(self.item_columns.get(column.upper(), column)) for column in columns}
        return {column: _text(value) for column, value in found.items() if value is not None}

    def recommendation_id(self) -> str:
        """A new id for an answer, 40 characters in AWS's form; its end is `short_name` of this deployment."""
        return f"RID-{str(uuid4())[-25:]}-CID-{self.short_name}"

    @cached_property
    def short_name(self) -> str:
        """Six hexadecimal digits that stand for this campaign and version."""
        return short_name(self.name, self.version.facts.get("arn", ""))

    async def ask(self, question: Question, finish: Callable[[Floats], Answer]) -> Answer:
        """What `finish` makes of the scores (n_items,), a probability per item."""
        user = self.histories.who(question.user_id)
        key = user, question.item_id, tuple(sorted(question.context.items()))
        changes = self.histories.live.changes(user)
        kept = self.kept.get(key)
        if kept and kept.changes == changes and 0 <= question.now - kept.at < REPRESENTED_SECONDS:
            return await self.scorer.ask(kept.represented, _forget, finish)
        query = partial(self.histories.query, user, question.item_id, question.context, int(question.now))
        return await self.scorer.ask(query, partial(self._keep, key, changes, question.now), finish)

    def _keep(self, key: Hashable, changes: int, at: float, represented: Floats) -> None:
        self.kept[key] = Kept(represented=represented, changes=changes, at=at)
        self.kept.move_to_end(key)
        while len(self.kept) > MOST_REPRESENTED:
            self.kept.popitem(last=False)


class Deployments:
    """The campaigns that this process answers for. Any thread may change them, the event loop asks.

    Parameters
    ----------
    rng : varies the answers of campaigns that explore; None = a generator that nobody can foresee
    """

    def __init__(self, rng: np.random.Generator | None = None) -> None:
        self._rng = rng or np.random.default_rng()
        self._by_name: dict[str, Deployment] = {}
        self._live: dict[str, Live] = {}
        self._lock = Lock()

    def deploy(
        self,
        name: str,
        *,
        folder: Path,
        group: str,
        told: Told,
        exploration_weight: float = 0.0,
        exploration_cutoff_days: float = 30.0,
        metadata_enabled: bool = False,
        stamp: object = None,
    ) -> None:
        """Load a version beside what answers now, then swap; requests under way finish on the old one.

        Parameters
        ----------
        name : the campaign's ARN
        folder : of `save_version`
        group : the ARN of the dataset group whose events count
        told : what the group was told, for the events that are newer than the version
        exploration_weight, exploration_cutoff_days : AWS's explorationWeight and explorationItemAgeCutOff
        metadata_enabled, stamp : see `Deployment`
        """
        version = load_version(folder)
        with self._lock:
            live = self._live.setdefault(group, Live(version.seq))
            for dataset_type, seq, row in told(version.seq):
                live.tell(dataset_type, seq, row)
            self._by_name[name] = Deployment(
                name=name,
                version=version,
                histories=Histories(version=version, live=live),
                scorer=Scorer(version.model),
                exploration=Exploration(
                    version,
                    live,
                    weight=exploration_weight,
                    cutoff_days=exploration_cutoff_days,
                    rng=self._rng,
                ),
                metadata_enabled=metadata_enabled,
                stamp=stamp,
            )
            learnt = (d.version.seq for d in self._by_name.values() if d.histories.live is live)
            live.forget(min(learnt))

    def get(self, name: str) -> Deployment | None:
        """What answers for a campaign, or None if it is not deployed here."""
        return self._by_name.get(name)

    def stamp(self, name: str) -> object:
        """The stamp with which a campaign was deployed last; None if it is not deployed here."""
        found = self._by_name.get(name)
        return found.stamp if found else None

    def remove(self, name: str) -> None:
        """Answer no more for a campaign, if it was deployed; forget events that none needs any longer."""
        with self._lock:
            self._by_name.pop(name, None)
            used = [deployment.histories.live for deployment in self._by_name.values()]
            self._live = {group: live for group, live in self._live.items() if live in used}

    def names(self) -> set[str]:
        """The campaigns that are deployed."""
        return set(self._by_name)

    def tell(self, group: str, dataset_type: str, places: Iterable[int], rows: Iterable[Row]) -> None:
        """Let a group's deployments know rows that are in the event log at `places`."""
        live = self._live.get(group)
        if live is not None:
            for seq, row in zip(places, rows, strict=True):
                live.tell(dataset_type, seq, row)

    async def follow(self, log: EventLog) -> None:
        """Take in what any process tells, until cancelled."""
        known = [live.newest for live in self._live.values()]
        await follow_log(log, self.tell, min(known) if known else log.last_seq())


def short_name(campaign: str, version: str) -> str:
    """Six hexadecimal digits that stand for a campaign and a version; recommendationIds end in them."""
    return hashlib.blake2b(f"{campaign} {version}".encode(), digest_size=3).hexdigest()


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _forget(_represented: Floats) -> None:
    """Keep nothing."""
