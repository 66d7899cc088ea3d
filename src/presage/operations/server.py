"""What every operation is handed: the rooms below, each built once by `app.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from presage.config import Config
from presage.jobs.queue import Jobs
from presage.resources.kinds import PERSONALIZE, Kind
from presage.resources.remembered import Remembered
from presage.resources.store import Record, Store
from presage.serving.deployment import Deployments
from presage.tables.events import EventLog
from presage.tables.schema import DatasetSchema


def _nothing(_server: "Server", _record: Record) -> None:
    """No work."""


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """What a kind does besides moving its record; a JobFailure's text becomes the record's failureReason.

    Parameters
    ----------
    activate : before it becomes ACTIVE
    apply : before an update holds; the record's `latest<Kind>Update` has the new values
    clean_up : before a deleted record is forgotten; may run twice
    """

    activate: "Callable[[Server, Record], None]" = _nothing
    apply: "Callable[[Server, Record], None]" = _nothing
    clean_up: "Callable[[Server, Record], None]" = _nothing


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Where what callers tell goes.

    Parameters
    ----------
    dataset : the dataset's record
    schema : its columns
    """

    dataset: Record
    schema: DatasetSchema

    @property
    def group(self) -> str:
        """The ARN of the dataset group."""
        return self.dataset["datasetGroupArn"]


@dataclass(frozen=True, kw_only=True)
class Server:
    """One running server.

    Parameters
    ----------
    streams : tracking id or dataset ARN -> where what is told goes
    later : runs a step after the answer that asked for it, before any request that arrives after that answer
    clock : seconds since 1970, UTC
    """

    config: Config
    resources: Store
    jobs: Jobs
    events: EventLog
    deployments: Deployments
    streams: Remembered[str, Stream]
    later: Callable[[Callable[[], None]], None]
    clock: Callable[[], float]
    kinds: Mapping[str, Kind] = field(default_factory=lambda: PERSONALIZE)
    hooks: Mapping[str, Hooks] = field(default_factory=dict[str, Hooks])

    def hooks_of(self, kind: Kind) -> Hooks:
        """What a kind does besides moving its record."""
        return self.hooks.get(kind.name, Hooks())

    def arn(self, resource: str) -> str:
        """The ARN of a Personalize resource, such as `dataset-group/shop`."""
        return f"arn:aws:personalize:{self.config.region}:{self.config.account}:{resource}"

    def table_folder(self, folder: str) -> Path:
        """Where a dataset's rows lie."""
        return self.config.data / "tables" / folder

    def version_folder(self, folder: str) -> Path:
        """Where a solution version's model lies."""
        return self.config.data / "models" / folder
