"""Data from one account to another: exported to S3 there, copied to S3 here, imported."""

import csv
import io
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from . import model
from .account import Account, Standing, label
from .adopting import Adopted, job_name
from .declaration import Item
from .endpoints import CallError
from .finding import ItemId
from .kinds import KINDS, Kind
from .report import Note, Topic
from .values import Ref, texts_in

PREFIX = "presage-adopt"
EXPORTED = ("INTERACTIONS", "ITEMS", "USERS")
"""Types of datasets that Personalize exports; the files of the imports are taken of others."""
Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Move:
    """From where to where.

    Parameters
    ----------
    bucket : in both accounts: for what is exported
    role : of the jobs that export and import
    stamp : tells this move's jobs and files from those of others
    """

    source: Account
    target: Account
    bucket: str
    role: str
    stamp: str


def move_data(move: Move, adopted: Adopted, tell: Tell) -> tuple[list[Item], dict[ItemId, int]]:
    """The imports that bring the data along, and how many rows the exported datasets and the imports have.

    What cannot be moved is noted.
    """
    imports: list[Item] = []
    rows: dict[ItemId, int] = {}
    for item in [one for one in adopted.items if one.kind.name == "Dataset"]:
        stands, about = adopted.standing[item.id], label(item.kind, item.name)
        try:
            if item.members.get("datasetType") in EXPORTED:
                job = job_name("adopt", item.key, move.stamp)
                prefix = export(move.source, stands.arn, move.bucket, job, move.role)
                rows[item.id] = sum(_copied(move, move.bucket, prefix))
                if rows[item.id]:  # a file without a row is refused
                    imports.append(_import_of(item, move, job, f"s3://{move.bucket}/{prefix}"))
                tell(f"{about}: {rows[item.id]:,} rows copied")
            else:
                found = _imports_again(move, item, stands)
                imports += [one for one, _ in found]
                if item.kind.service == "forecast":
                    rows |= {one.id: n_rows_of(job) for one, job in found}
                tell(f"{about}: the files of {len(found):,} imports copied")
        except (CallError, ClientError, BotoCoreError, ValueError) as error:
            adopted.notes.append(Note(Topic.DATA, about, f"could not be moved: {error}"))
    return imports, rows


def count_there(move: Move, item: Item, stands: Standing) -> int:
    """The rows of a dataset of the target, by an export of it; or of an import of Forecast, as it says."""
    if item.kind.service == "forecast":
        return n_rows_of(stands)
    job = job_name("adopted", item.key, move.stamp)
    prefix = export(move.target, stands.arn, move.bucket, job, move.role)
    s3 = move.target.endpoint.client("s3")
    bodies = (s3.get_object(Bucket=move.bucket, Key=key)["Body"] for key in _keys(s3, move.bucket, prefix))
    return sum(map(_n_rows, bodies))


def n_rows_of(job: Standing) -> int:
    """The rows of an import of Forecast's."""
    fields = job.told.get("FieldStatistics") or {}
    return max((int(one.get("Count", 0)) for one in fields.values()), default=0)


def export(account: Account, arn: str, bucket: str, job: str, role: str) -> str:
    """Export a dataset whole; the folder of the bucket that holds its files. Raises CallError, ValueError."""
    prefix = f"{PREFIX}/{job}/"
    made = account.endpoint.call(
        "personalize",
        "create_dataset_export_job",
        jobName=job,
        datasetArn=arn,
        ingestionMode="ALL",
        roleArn=role,
        jobOutput={"s3DataDestination": {"path": f"s3://{bucket}/{prefix}"}},
    )["datasetExportJobArn"]
    kind = Kind(service="personalize", name="DatasetExportJob")
    stands, seconds = account.described(kind, made), 0.1
    while stands.is_moving:
        time.sleep(seconds)
        seconds = min(1.5 * seconds, 15.0 if account.endpoint.is_aws else 1.0)
        stands = account.described(kind, made)
    if stands.has_failed:
        raise ValueError(f"the export {job} is {stands.status}: {stands.reason}")
    return prefix


def _import_of(item: Item, move: Move, job: str, location: str) -> Item:
    members: dict[str, Any] = {
        "datasetArn": Ref((item.kind.id,), item.key),
        "dataSource": {"dataLocation": location},
        "roleArn": move.role,
    }
    return Item(kind=KINDS["personalize", "DatasetImportJob"], key=job, name=job, members=members)


def _imports_again(move: Move, item: Item, stands: Standing) -> list[tuple[Item, Standing]]:
    """The imports that a dataset is made of, oldest first, and as they stand; their files are copied."""
    kind = KINDS[item.kind.service, "DatasetImportJob"]
    listed = move.source.listed(kind, stands.arn)
    jobs = [move.source.described(kind, one.arn) for one in listed if one.status == "ACTIVE"]
    found: list[tuple[Item, Standing]] = []
    for job in sorted(jobs, key=lambda job: job.created_at):
        members = {**job.members, kind.in_line: Ref((item.kind.id,), item.key)}
        members.pop(model.name_member(kind), None)
        if (members.get("importMode") or members.get("ImportMode") or "FULL") == "FULL":
            found = []
        found.append((Item(kind=kind, key=f"{item.key}/{job.name}", name=job.name, members=members), job))
    for one, _ in found:
        places = (text for text in texts_in(one.members) if text.startswith("s3://"))
        for bucket, _, prefix in (place.removeprefix("s3://").partition("/") for place in places):
            _copied(move, bucket, prefix)
    return found


def _copied(move: Move, bucket: str, prefix: str) -> list[int]:
    """Copy the files of a folder, or one file, to the target's bucket of the same name; the rows of each."""
    source, target = move.source.endpoint.client("s3"), move.target.endpoint.client("s3")
    if bucket not in {one["Name"] for one in target.list_buckets()["Buckets"]}:
        target.create_bucket(Bucket=bucket)
    keys = _keys(source, bucket, prefix)
    if not keys:
        raise ValueError(f"there is no file at s3://{bucket}/{prefix}")
    rows: list[int] = []
    for key in keys:
        with tempfile.TemporaryDirectory(prefix="presage-") as folder:
            path = Path(folder, "copied")
            source.download_file(bucket, key, str(path))
            target.upload_file(str(path), bucket, key)
            with path.open("rb") as file:
                rows.append(_n_rows(file))
    return rows


def _keys(s3: Any, bucket: str, prefix: str) -> Sequence[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    found = [one["Key"] for page in pages for one in page.get("Contents", ()) if one["Size"]]
    return [key for key in found if key == prefix or prefix.endswith("/") or key.startswith(f"{prefix}/")]


def _n_rows(file: Any) -> int:
    """The rows of a CSV file below its header."""
    text = io.TextIOWrapper(io.BytesIO(file.read()), encoding="utf-8", errors="replace", newline="")
    return max(0, sum(1 for row in csv.reader(text) if row) - 1)
