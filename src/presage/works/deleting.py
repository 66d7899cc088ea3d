"""The data deletion job: users are taken out of a group's datasets, its memory, and its models."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import polars as pl
import structlog

from presage.buckets.objects import SourceFile
from presage.columns import USER_ID, USERS
from presage.deliveries import forget as forget_delivered
from presage.errors import JobFailure
from presage.features.bts import DocumentError, TransformError
from presage.files import locked
from presage.log import NoSuchStream
from presage.recipes.data import Report, silent
from presage.resources.record import Record
from presage.serving.version import UnusableModel, forget_users, load_vocabulary
from presage.stores import Stores
from presage.tables.datasets import DatasetTable
from presage.tables.fold import fold
from presage.tables.imports import import_files
from presage.tables.personalize.layout import layout_of
from presage.tables.personalize.schema import DatasetSchema, Field

from .driver import driven
from .forgetting import (
    fed_by,
    fed_campaigns,
    forget_exposed,
    forget_identities,
    forget_offered,
    known_in,
)
from .remembering import build_memory

MOST_BYTES = 100 * 10**6
ENDINGS = (".csv", ".csv.gz")
LISTED = layout_of(DatasetSchema(dataset_type=USERS, fields=(Field(name=USER_ID, kind="string"),)))
"""The columns of a job's files."""
log = structlog.get_logger()


def delete_users(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Take the users that a DataDeletionJob names out of its dataset group, and out of what it feeds.

    That is feature sets, the offer campaigns that read these, experiments, and the outbox of deliveries.

    What is told of them while it goes on may stay, as does what they did as nobody: in sessions that never
    named them. What models learned from many users together stays until they are trained again.
    """
    group = stores.records.expect(record["datasetGroupArn"])
    report("reading", 0.0)
    with stores.drafts(record) as drafts:
        users = _listed(stores, record, drafts)
    found = _datasets(stores, group)
    for dataset in found:
        fold(stores.log, stores.table(dataset), stores.layout(dataset), dataset["_folder"])
    _count(stores, record, found, users)
    for number, dataset in enumerate(found):
        report("deleting rows", 0.1 + 0.5 * number / len(found))
        stores.table(dataset).forget(stores.layout(dataset), users)
    report("remembering", 0.6)
    build_memory(stores, group)
    report("forgetting in models", 0.7)
    for kind in ("SolutionVersion", "Recommender"):
        for trained in stores.records.children(group.arn, kind):
            _forget(stores, trained, users)
    report("forgetting in feature sets", 0.85)
    for feature_set in fed_by(stores, group):
        _forget_in(stores, feature_set, users)
    report("forgetting in offer campaigns", 0.87)
    for campaign in fed_campaigns(stores, group):
        with suppress(NoSuchStream):  # deleted a moment ago
            forget_offered(stores, campaign, users)
    report("forgetting in experiments", 0.88)
    for experiment in stores.experiments():
        if group.arn in experiment["_groups"]:
            forget_exposed(stores, experiment, users)
    report("forgetting in deliveries", 0.89)
    forget_delivered(stores.engine, users, stores.clock())
    report("deleting older versions of the datasets", 0.9)
    for dataset in found:
        table = stores.table(dataset)
        stores.log.drop(dataset["_folder"], table.folded)
        table.vacuum()
    return {}


def forget_who_left(stores: Stores, trained: Record, begun_at: float) -> None:
    """After a training: if users were deleted meanwhile, forget those whom no dataset knows any more."""
    group = stores.records.expect(trained["datasetGroupArn"])
    jobs = stores.records.children(group.arn, "DataDeletionJob")
    if any(job.motion or job.updated_at >= begun_at for job in jobs):
        known: set[str] = set()
        for dataset in _datasets(stores, group):
            rows = stores.table(dataset).read(stores.layout(dataset), columns=[USER_ID])
            known.update(rows[USER_ID].unique())
        users = load_vocabulary(stores.model(trained)).users
        _forget(stores, trained, [user for user in users if user not in known])


def _listed(stores: Stores, record: Record, drafts: Path) -> pl.Series:
    """The users that the job's files name, each once; the files are read and checked as an import's are."""
    files = _files(stores, record["dataSource"]["dataLocation"])
    table = DatasetTable(drafts / "users")
    with ExitStack() as open_files:
        import_files(
            [(file.name, open_files.enter_context(stores.locations.local_path(file))) for file in files],
            LISTED,
            table,
            "FULL",
            silent,
        )
    return table.read(LISTED)[USER_ID]


def _files(stores: Stores, location: str) -> list[SourceFile]:
    """The file at a location, or the CSV files of that folder and of those in it."""
    found = stores.locations.files(location, subfolders=True)
    if location.endswith("/"):
        found = [file for file in found if file.name.lower().endswith(ENDINGS)]
        if not found:
            raise JobFailure(f"Invalid Data location: {location} holds no file whose name ends in .csv")
    size = sum(file.size for file in found)
    if size > MOST_BYTES:
        raise JobFailure(f"The files hold {size} bytes; a job may read {MOST_BYTES}. Use several jobs")
    return found


def _datasets(stores: Stores, group: Record) -> list[Record]:
    """The datasets of a group whose rows are about users."""
    found = stores.records.of_kind("personalize", "Dataset", parent=group.arn)
    return [one for one in found if one.is_active and USER_ID in stores.layout(one)]


def _count(stores: Stores, record: Record, datasets: Iterable[Record], users: pl.Series) -> None:
    """Write down how many users there are to delete, before the first is; a second try finds that."""
    if "numDeleted" not in record.body:
        held: set[str] = set()
        for dataset in datasets:
            held |= stores.table(dataset).holds(stores.layout(dataset), users)
        with stores.records.writing() as records:
            records.change(record.arn, numDeleted=len(held))


def _forget(stores: Stores, trained: Record, users: Collection[str] | pl.Series) -> None:
    """Take users out of what was trained, also for an update; who answers from it loads it again."""
    group = stores.records.expect(trained["datasetGroupArn"])
    with locked(stores.memory_folder(group) / "forget.lock"):
        versions = {stores.model(one): one for one in (trained, trained.wanted)}
        changed = [one for folder, one in versions.items() if folder.exists() and _forgets(folder, users)]
        for one in changed:
            stores.keep_model(one)
    if not changed:
        return
    with stores.records.writing() as records:
        current = records.get(trained.arn)
        if current is not None:
            records.change(current.arn, _model_revision=current.get("_model_revision", 0) + 1)
            for campaign in records.children(current.arn, "Campaign"):
                records.change(campaign.arn)


def _forget_in(stores: Stores, feature_set: Record, users: pl.Series) -> None:
    """Forget the users among the identities of a feature set that is fed from the group's event tracker."""
    try:
        with suppress(NoSuchStream):  # deleted a moment ago
            forget_identities(stores, feature_set, known_in(stores, feature_set, users))
    except (DocumentError, TransformError) as error:  # another presage took its documents
        raise JobFailure(
            f"The feature set {feature_set.name} cannot be read ({error}). Delete it, then use another job"
        ) from None


def _forgets(folder: Path, users: Collection[str] | pl.Series) -> bool:
    """Whether a model knew any of some users, who are taken out; one that cannot be read answers nobody."""
    try:
        return forget_users(folder, users)
    except UnusableModel as error:
        log.warning("users cannot be forgotten in a model", reason=str(error))
        return False


run = driven(delete_users)
