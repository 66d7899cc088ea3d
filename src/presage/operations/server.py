"""What every operation is handed: what is stored, what answers, and the kinds of resources there are."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cachetools import LRUCache, TTLCache

from presage.config import Config
from presage.decisions.decider import Decider
from presage.resources.record import Record
from presage.resources.records import Records
from presage.serving.deployments import Deployments
from presage.serving.forecast.opened import OpenedForecasts
from presage.stores import Stores

from .handover import Handover
from .kinds import Kind
from .live_sets import LiveSets
from .mended import Mended

Step = Callable[[], None]
Feed = Callable[[str, Callable[[], list[dict[str, Any]]]], Awaitable[None]]
MOST_REMEMBERED, REMEMBERED_SECONDS = 10_000, 1.0
MOST_ANSWERS, ANSWERED_SECONDS = 100_000, 3600.0
"""So many answers are remembered for so long, about 400 bytes each; events name them by recommendationId."""
MOST_EXPOSED = 100_000
"""So many exposures are remembered as logged; those beyond are logged again, which changes nothing."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """One running server.

    Parameters
    ----------
    kinds : (service, kind) -> its declaration
    later : runs a step after the answer that asked for it, before any request that arrives after that answer
    beside : runs a step that may take long beside the answers
    feed : logs events of a dataset group, named by its ARN, for the feature sets that want them; the events
        are made only if one does
    live : what is known of identities of feature sets
    walking : the ARNs of the resources that this process is moving right now
    handover : brings what the log has put on disk to the event loop
    filters : ARN of an ACTIVE filter -> what it lets through, as it was a moment ago
    answers : ARN of a campaign -> how many answers it gave that are not stored yet
    shown : recommendationId -> the items of that answer, for a while
    forecasts : those on disk that queries asked for lately
    queried : ARN of an ACTIVE forecast -> what answers for it, as it was a moment ago
    mended : counts what callers got wrong and was put right
    deciders : stream of an offer campaign -> who decides for it in this process
    offering : name of an offer campaign, or `:` and its stream -> its record, until its log says that it was
        deleted
    experiments : all that there are, and names that none has, as it was a moment ago
    exposed : (stream of an experiment, user, arm) that this process has logged lately
    streams : tracking id or dataset ARN -> where what is told goes, as it was a moment ago
    """

    stores: Stores
    deployments: Deployments
    kinds: Mapping[tuple[str, str], Kind]
    later: Callable[[Step], None]
    beside: Callable[[Step], None]
    feed: Feed
    live: LiveSets
    deciders: MutableMapping[str, Decider] = field(default_factory=dict[str, Decider])
    offering: MutableMapping[str, Record] = field(
        default_factory=lambda: LRUCache[str, Record](MOST_REMEMBERED)
    )
    experiments: MutableMapping[str, Any] = field(
        default_factory=lambda: TTLCache[str, Any](MOST_REMEMBERED, REMEMBERED_SECONDS)
    )
    exposed: MutableMapping[tuple[str, str, int], bool] = field(
        default_factory=lambda: LRUCache[tuple[str, str, int], bool](MOST_EXPOSED)
    )
    walking: set[str] = field(default_factory=set[str])
    streams: MutableMapping[str, Any] = field(
        default_factory=lambda: TTLCache[str, Any](MOST_REMEMBERED, REMEMBERED_SECONDS)
    )
    filters: MutableMapping[str, Any] = field(
        default_factory=lambda: TTLCache[str, Any](MOST_REMEMBERED, REMEMBERED_SECONDS)
    )
    answers: Counter[str] = field(default_factory=Counter[str])
    shown: MutableMapping[str, Sequence[str]] = field(
        default_factory=lambda: TTLCache[str, Sequence[str]](MOST_ANSWERS, ANSWERED_SECONDS)
    )
    forecasts: OpenedForecasts = field(default_factory=OpenedForecasts)
    queried: MutableMapping[str, Any] = field(
        default_factory=lambda: TTLCache[str, Any](MOST_REMEMBERED, REMEMBERED_SECONDS)
    )
    handover: Handover = field(default_factory=Handover)
    mended: Mended = field(default_factory=Mended)

    @property
    def config(self) -> Config:
        """The settings."""
        return self.stores.config

    @property
    def records(self) -> Records:
        """The records of all resources."""
        return self.stores.records

    def clock(self) -> float:
        """Seconds since 1970, UTC."""
        return self.stores.clock()

    def kind_of(self, record: Record) -> Kind:
        """The declaration of a record's kind."""
        return self.kinds[record.service, record.kind]

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource, such as `dataset-group/shop` of personalize."""
        return f"arn:aws:{service}:{self.config.region}:{self.config.account}:{resource}"
