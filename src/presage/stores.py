"""One home for what is stored: opened once, handed to operations and to jobs alike.

The only place that knows the layout of the data folder, and the seam where other databases and object stores
enter.
"""

import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path

from presage.buckets.buckets import Buckets
from presage.buckets.locations import Locations, open_locations
from presage.config import Config
from presage.jobs.queue import Jobs
from presage.jobs.table import jobs_url
from presage.log import Log, Stream, open_log
from presage.online import OnlineStore, open_online
from presage.remote import Folders, LocalFolders, ObjectStore, SharedFolders
from presage.resources.alarms import Alarms
from presage.resources.counts import Counts
from presage.resources.displays import Displays
from presage.resources.keys import Keys
from presage.resources.measured import Measured
from presage.resources.migrations import open_database
from presage.resources.record import Record
from presage.resources.records import Records
from presage.resources.secret import cluster_secret
from presage.tables.datasets import DatasetTable
from presage.tables.fold import DATASETS
from presage.tables.forecast.layout import DEFAULT_FORMAT, FileFormat
from presage.tables.forecast.layout import layout_of as series_layout_of
from presage.tables.forecast.schema import read_schema
from presage.tables.layout import Layout
from presage.tables.personalize.layout import layout_of
from presage.tables.personalize.schema import DatasetSchema, parse_schema
from presage.tables.shared import SharedFolder

DECISIONS = "decisions"
"""Who reads the streams of offer campaigns; their records stay as long as the campaign."""
EXPERIMENTS = "experiments"
"""Who reads the streams of experiments; their records stay as long as the experiment."""
FEATURES = "features"
"""The consumer of every stream that is folded into the online store."""
FORGET = "presage:forget"
"""In such a stream a record with this member says that nothing told before of that identity counts."""
_FROM_ARN, _TO_ARN = str.maketrans(":/", "=+"), str.maketrans("=+", ":/")
"""A file is named as an ARN, whatever reads its path as a URL."""


class Stores:
    """Records, keys, jobs, the log, tables, models, buckets and the clock; each is opened at its first use.

    Parameters
    ----------
    clock : seconds since 1970, UTC; None = as the settings say
    """

    def __init__(self, config: Config, clock: Callable[[], float] | None = None) -> None:
        config.data.mkdir(parents=True, exist_ok=True)
        self.config = config
        self.clock = clock or config.now
        self.engine = open_database(config.database, config.data)
        self.records = Records(self.engine, self.clock)

    @cached_property
    def keys(self) -> Keys:
        """The access keys."""
        return Keys(self.engine, self.clock)

    @cached_property
    def secret(self) -> bytes:
        """What the servers and workers on this database alone know; it signs sessions of the console."""
        return cluster_secret(self.engine)

    @cached_property
    def displays(self) -> Displays:
        """How many answers each campaign gave."""
        return Displays(self.engine)

    @cached_property
    def alarms(self) -> Alarms:
        """The alarms that were made, where alarms stand, and their notices."""
        return Alarms(self.engine)

    @cached_property
    def measured(self) -> Measured:
        """What jobs measured last."""
        return Measured(self.engine)

    @cached_property
    def counts(self) -> Counts:
        """How often things happened, by slots of time."""
        return Counts(self.engine)

    @cached_property
    def jobs(self) -> Jobs:
        """The job queue."""
        return Jobs(jobs_url(self.config))

    @cached_property
    def log(self) -> Log:
        """What callers told, durable, in the order of its arrival."""
        return open_log(
            self.config.data,
            self.config.postgres,
            streams=self._streams,
            stored=self._folded,
            clock=self.clock,
        )

    @cached_property
    def online(self) -> OnlineStore:
        """What is known now of each identity of a feature set."""
        return open_online(self.config.data, self.config.online_store or self.config.postgres)

    @cached_property
    def buckets(self) -> Buckets:
        """Presage's own buckets."""
        root = self.config.data / "buckets"
        if self.remote is None:
            return Buckets(root, self.clock)
        files = SharedFolders(root / "data", self.remote, "buckets")
        return Buckets(root, self.clock, files=files, database=self.config.database)

    @cached_property
    def locations(self) -> Locations:
        """The `s3://` locations that jobs read and write."""
        return open_locations(self.config, self.buckets)

    def schema(self, dataset: Record) -> DatasetSchema:
        """The columns of a dataset."""
        return _parsed(self.records.expect(dataset["schemaArn"])["schema"])

    def layout(self, dataset: Record) -> Layout:
        """The columns of a dataset's table, and what is asked of them."""
        return layout_of(self.schema(dataset))

    def series_layout(self, dataset: Record, written: FileFormat = DEFAULT_FORMAT) -> Layout:
        """The same of a Forecast dataset, whose files are written in a format."""
        return series_layout_of(read_schema(dataset.body), written)

    def table(self, dataset: Record) -> DatasetTable:
        """The rows of a dataset."""
        folder = self.config.data / "tables" / dataset["_folder"]
        if self.remote is None:
            return DatasetTable(folder)
        return DatasetTable(SharedFolder(folder, self.remote, f"tables/{dataset['_folder']}"))

    @cached_property
    def remote(self) -> ObjectStore | None:
        """The object store; None where the data folder keeps everything."""
        config = self.config
        if not config.object_store:
            return None
        endpoint = config.object_store_endpoint or config.s3_endpoint
        return ObjectStore(config.object_store, endpoint=endpoint, region=config.region)

    @cached_property
    def models(self) -> Folders:
        """The models, by the names that records have for their folders."""
        return self._folders("models")

    @cached_property
    def memory(self) -> Folders:
        """What serving knows of each dataset group, by the group's folder."""
        return self._folders("memory")

    def _folders(self, name: str) -> Folders:
        root = self.config.data / name
        return LocalFolders(root) if self.remote is None else SharedFolders(root, self.remote, name)

    def model_folder(self, record: Record) -> Path:
        """Where the model of a version lies on this machine, or that of a recommender's training, or will."""
        return self.models.root / _model_of(record)

    def model(self, record: Record) -> Path:
        """The same, with the model in it, wherever it was trained."""
        return self.models.pull(_model_of(record))

    def keep_model(self, record: Record) -> None:
        """Let every server have a model that was written here."""
        self.models.push(_model_of(record))

    def keep_memory(self, group: Record) -> None:
        """Let every server have the memory of a dataset group that was built here."""
        self.memory.push(group["_folder"])

    def memory_folder(self, group: Record) -> Path:
        """Where the memory of a dataset group lies on this machine."""
        return self.memory.root / group["_folder"]

    @contextmanager
    def drafts(self, record: Record) -> Generator[Path]:
        """A folder for what a job prepares, empty at first and gone in the end; others' leftovers go too."""
        folder = self.config.data / "drafts"
        for left in folder.iterdir() if folder.is_dir() else ():
            owner = self.records.get(left.name.translate(_TO_ARN))
            if owner is None or not owner.motion or owner.arn == record.arn:
                shutil.rmtree(left, ignore_errors=True)
        own = self.draft_folder(record.arn)
        own.mkdir(parents=True)
        try:
            yield own
        finally:
            self.drop_draft(record.arn)

    def draft_folder(self, arn: str) -> Path:
        """Where a job may prepare what its next try goes on from; it is dropped when the job has ended."""
        return self.config.data / "drafts" / arn.translate(_FROM_ARN)

    def drop_draft(self, arn: str) -> None:
        """Forget what a job prepared."""
        shutil.rmtree(self.draft_folder(arn), ignore_errors=True)

    def decisions_folder(self, campaign: Record) -> Path:
        """Where an offer campaign's policy lies."""
        return self.config.data / "decisions" / campaign["_folder"]

    def open_decisions(self, stream: str) -> None:
        """Let decisions be logged."""
        self.log.open_stream(stream, DECISIONS)

    def drop_decisions(self, campaign: Record) -> None:
        """Forget what an offer campaign decided and learned."""
        self.log.drop_stream(campaign["_folder"])
        shutil.rmtree(self.decisions_folder(campaign), ignore_errors=True)

    def open_experiment(self, stream: str) -> None:
        """Let exposures and outcomes be logged."""
        self.log.open_stream(stream, EXPERIMENTS)

    def drop_experiment(self, experiment: Record) -> None:
        """Forget who was exposed to what, and what they did."""
        self.log.drop_stream(experiment["_folder"])

    def drop_dataset(self, dataset: Record) -> None:
        """Forget a dataset's rows, those that were told and not folded yet too."""
        self.log.drop_stream(dataset["_folder"])
        self.table(dataset).delete()

    def drop_model(self, record: Record) -> None:
        """Forget the model of a version, or those of all trainings of a recommender."""
        self.models.remove(record["_folder"])

    def drop_other_models(self, recommender: Record) -> None:
        """Forget a recommender's models, but the one that answers and the one that will."""
        kept = {recommender["_training"], recommender.wanted["_training"]}
        for training in self.models.parts(recommender["_folder"]) - kept:
            self.models.remove(f"{recommender['_folder']}/{training}")

    def sweep(self) -> None:
        """Delete copies on this machine of what other machines have deleted, and what crashes left behind."""
        self.buckets.sweep()
        self.models.sweep()
        for table in self.tables().values():
            table.sweep()

    def tables(self) -> dict[str, DatasetTable]:
        """Every dataset's rows, of whatever service, by the name of their folder."""
        kinds = (("personalize", "Dataset"), ("forecast", "Dataset"))
        found = (one for kind in kinds for one in self.records.of_kind(*kind) if "_folder" in one.body)
        return {one["_folder"]: self.table(one) for one in found}

    def datasets(self) -> list[Record]:
        """Every dataset that rows can be told to."""
        return self.records.of_kind("personalize", "Dataset")

    def feature_sets(self) -> list[Record]:
        """Every feature set that events can be told to."""
        return self.records.of_kind("presage", "FeatureSet")

    def campaigns(self) -> list[Record]:
        """Every offer campaign."""
        return self.records.of_kind("decisions", "Campaign")

    def experiments(self) -> list[Record]:
        """Every experiment."""
        return self.records.of_kind("decisions", "Experiment")

    def _streams(self) -> list[Stream]:
        """The streams that a log must have: of each dataset, offer campaign, experiment and feature set."""
        datasets = [
            Stream(name=one["_folder"], consumer=DATASETS, formerly=one.arn) for one in self.datasets()
        ]
        decided = [Stream(name=one["_folder"], consumer=DECISIONS) for one in self.campaigns()]
        exposed = [Stream(name=one["_folder"], consumer=EXPERIMENTS) for one in self.experiments()]
        told = [Stream(name=one["_folder"], consumer=FEATURES) for one in self.feature_sets()]
        return [*datasets, *decided, *exposed, *told]

    def _folded(self) -> int:
        """The highest place of the log that any table or the online store holds."""
        places = [self.table(one).folded for one in self.datasets()]
        live = [self.online.highest_place()] if self.feature_sets() else []
        return max([0, *places, *live])

    def close(self) -> None:
        """Close whatever was opened."""
        for name in ("log", "jobs", "buckets", "online"):
            if name in vars(self):
                vars(self)[name].close()
        self.records.close()


def _model_of(record: Record) -> str:
    """The name of the folder of a version's model, or of that of a recommender's training."""
    training = record.get("_training", "")
    return f"{record['_folder']}/{training}" if training else record["_folder"]


@lru_cache(maxsize=1_000)
def _parsed(schema: str) -> DatasetSchema:
    return parse_schema(schema)


@contextmanager
def open_stores(config: Config) -> Generator[Stores]:
    """The stores, for the length of a job."""
    stores = Stores(config)
    try:
        yield stores
    finally:
        stores.close()
