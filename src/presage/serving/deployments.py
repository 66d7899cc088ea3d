"""The campaigns that this process answers for, and what they share."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from threading import Lock

import numpy as np
import structlog

from presage.log import Log
from presage.recipes.data import UserModel
from presage.recipes.ranking.trending import TrendingModel

from .deployment import Deployment
from .exploring import Explore
from .follow import follow_log
from .influence import Influence
from .memory import GroupMemory, Limits, Row
from .multiplying import Multiply
from .once import Once
from .scorer import Scorer
from .served import ServedVersion
from .source import ROLES, Campaign, Source, actions_of
from .steps import Step
from .trending import Trending
from .version import UnusableModel, load_version

logger = structlog.get_logger()


class Deployments:
    """The campaigns of this process: any thread may change them, and the event loop never waits for that.

    A version is loaded once, and a dataset group's events are read once, however many campaigns there are.

    Parameters
    ----------
    rng : varies the answers of campaigns that explore; None = a generator that nobody can foresee
    """

    def __init__(self, rng: np.random.Generator | None = None) -> None:
        self._rng = rng or np.random.default_rng()
        self._by_name: dict[str, Deployment] = {}
        self._memories: Once[str, GroupMemory] = Once()
        self._scorers: Once[tuple[Path, int, str], Scorer] = Once()
        self._told: set[int] = set()
        self._listeners: dict[str, GroupMemory] = {}
        self._streams: dict[str, tuple[str, str]] = {}
        self._lock = Lock()

    def deploy(self, campaign: Campaign, log: Log, revision: int = 0) -> None:
        """Load a version beside what answers now, then swap; requests under way finish on the old one.

        Raises UnusableModel if the version, or the data of its group, cannot be read.
        """
        if campaign.of_actions and campaign.source.actions is None:
            raise UnusableModel("its dataset group has no Actions dataset any more")
        key = campaign.model, campaign.model_revision, campaign.source.group
        try:
            with ExitStack() as using:
                memories = [using.enter_context(self._using(one, log)) for one in campaign.sources]
                for memory, source in zip(memories, campaign.sources, strict=True):
                    self._renew(memory, source, log)
                scorer = using.enter_context(
                    self._scorers.using(key, lambda: self._scorer(campaign.model, *memories))
                )
                steps = steps_of(campaign, scorer.served.version.model)
                self._by_name[campaign.name] = Deployment(
                    campaign=campaign, scorer=scorer, steps=steps, revision=revision
                )
        finally:
            self._drop_unused()

    def get(self, name: str) -> Deployment | None:
        """What answers for a campaign, or None if it is not deployed here."""
        return self._by_name.get(name)

    def campaign(self, name: str) -> Campaign | None:
        """The settings with which a campaign was deployed last."""
        found = self._by_name.get(name)
        return found.campaign if found else None

    def revision(self, name: str) -> int | None:
        """The revision of its record that a campaign was deployed from last."""
        found = self._by_name.get(name)
        return found.revision if found else None

    def remove(self, name: str) -> None:
        """Answer no more for a campaign, if it was deployed."""
        if self._by_name.pop(name, None) is not None:
            self._drop_unused()

    def names(self) -> set[str]:
        """The campaigns that are deployed."""
        return set(self._by_name)

    def tell(self, group: str, dataset_type: str, places: Sequence[int], rows: Sequence[Row]) -> None:
        """Let a group's memory know rows that this process has put in the event log at `places`."""
        self._told.update(places)
        if dataset_type in ROLES:
            group, dataset_type = actions_of(group), ROLES[dataset_type]
        self._tell(group, dataset_type, places, rows)

    def hear(self, stream: str, places: Sequence[int], rows: Sequence[Row]) -> None:
        """Let a group's memory know rows of a stream of the event log; others are passed over."""
        found = self._streams.get(stream)
        if found is not None:
            self._tell(*found, places, rows)

    def known_through(self, place: int) -> int:
        """The place up to which all that came after another was told to this process: it need not be read."""
        while place + 1 in self._told:
            place += 1
        self._told = {told for told in self._told if told > place}
        return place

    def catch_up(self, log: Log) -> None:
        """Let every group's memory know at once what is in the event log."""
        for memory in self._memories.values():
            _try("a group's memory could not catch up", partial(memory.load, log))

    async def follow(self, log: Log) -> None:
        """Take in what any process tells, until cancelled."""
        through = [memory.through for memory in self._memories.values()]
        await follow_log(log, self, min(through, default=log.last_place()))

    def refresh(self) -> None:
        """Take up newer memories on disk, and items that were told: every half second, off the event loop."""
        scorers = self._scorers.values()
        steps = [memory.refresh for memory in self._memories.values()]
        steps += [scorer.served.refresh for scorer in scorers]
        for step in steps:
            _try("what campaigns answer from could not be refreshed; it is tried again", step)

    def _tell(self, group: str, dataset_type: str, places: Sequence[int], rows: Sequence[Row]) -> None:
        memory = self._listeners.get(group)
        if memory is not None:
            memory.tell(dataset_type, places, rows)

    def _using(self, source: Source, log: Log) -> AbstractContextManager[GroupMemory]:
        """A memory, made if need be; while this lasts it is not dropped."""
        return self._memories.using(source.group, lambda: self._memory(source, log))

    def _memory(self, source: Source, log: Log) -> GroupMemory:
        """A group's memory. It is told of news before it reads what there is, so that it misses nothing."""
        memory = self._listeners[source.group] = GroupMemory(source)
        try:
            memory.load(log)
        except Exception as error:
            del self._listeners[source.group]
            raise UnusableModel(f"the data of group {source.group!r} cannot be read: {error}") from error
        return memory

    def _renew(self, memory: GroupMemory, source: Source, log: Log) -> None:
        """Follow the group's datasets; if they are others than before, read them."""
        with self._lock:
            for dataset_type, dataset in source.known.items():
                self._streams[dataset.stream] = source.group, dataset_type
        before, memory.source = memory.source, source
        if before.shape != source.shape:
            memory.load(log)

    def _scorer(self, model: Path, memory: GroupMemory, actions: GroupMemory | None = None) -> Scorer:
        with self._lock:
            rng = self._rng.spawn(1)[0]
        return Scorer(ServedVersion(load_version(model), memory, rng, actions))

    def _drop_unused(self) -> None:
        """Forget versions and memories that no campaign uses any longer; share the room among the others."""
        campaigns = [deployment.campaign for deployment in list(self._by_name.values())]
        groups = {source.group for campaign in campaigns for source in campaign.sources}
        used = {(one.model, one.model_revision, one.source.group) for one in campaigns}
        self._scorers.drop_all_but(used)
        dropped = self._memories.drop_all_but(groups)
        with self._lock:
            for group, memory in dropped.items():
                if self._listeners.get(group) is memory:
                    del self._listeners[group]
                for dataset in memory.source.known.values():
                    self._streams.pop(dataset.stream, None)
        memories = self._memories.values()
        for memory in memories:
            memory.limits = Limits.shared(len(memories))


def _try(failure: str, step: Callable[[], None]) -> None:
    """Take a step; if it fails, only the log says so."""
    try:
        step()
    except Exception:
        logger.exception(failure)


def steps_of(campaign: Campaign, model: UserModel) -> Sequence[Step]:
    """The steps from the scores to an answer that a campaign's model and settings ask for."""
    steps: list[Step] = []
    if isinstance(model, TrendingModel):
        steps.append(Trending(seconds=model.seconds))
    if campaign.popularity or campaign.freshness:
        steps.append(Influence(popularity=campaign.popularity, freshness=campaign.freshness))
    if campaign.multiplier_column:
        steps.append(Multiply(campaign.multiplier_column))
    if campaign.exploration_weight > 0:
        weight, cutoff_days = campaign.exploration_weight, campaign.exploration_cutoff_days
        steps.append(Explore(weight=weight, cutoff_days=cutoff_days))
    return steps
