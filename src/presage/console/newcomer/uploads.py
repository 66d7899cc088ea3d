"""Where files lie that people brought, until datasets are made of them: in a bucket of presage's own S3."""

import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from presage.errors import InvalidInputException, JobFailure, ResourceNotFoundException
from presage.stores import Stores

BUCKET = "console-uploads"
_ID = re.compile(r"[0-9a-f]{16}")
_MOST_NAME = 60


def keep(stores: Stores, path: Path, name: str) -> str:
    """Keep a file under what is left of its name; the id of the upload."""
    if not stores.config.s3_endpoint:
        stores.buckets.create(BUCKET)
    id_ = secrets.token_hex(8)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name)[-_MOST_NAME:].strip(".-") or "file.csv"
    stores.locations.write(f"s3://{BUCKET}/{id_}/brought/", plain, path)
    return id_


def keep_dataset(stores: Stores, id_: str, path: Path) -> str:
    """Keep a file that was made of an upload; its location."""
    return stores.locations.write(f"s3://{BUCKET}/{id_}/", path.name, path)


@contextmanager
def brought(stores: Stores, id_: str) -> Generator[tuple[str, Path]]:
    """The name and the path of an upload, as long as the block lasts. Raises ResourceNotFoundException."""
    try:
        if not _ID.fullmatch(id_):
            raise JobFailure("no such id")
        (file,) = stores.locations.files(f"s3://{BUCKET}/{id_}/brought/")
    except JobFailure:
        raise ResourceNotFoundException("That upload is not here (any more); bring the file again.") from None
    try:
        with stores.locations.local_path(file) as path:
            yield file.key.rpartition("/")[2], path
    except JobFailure as failure:
        raise InvalidInputException(str(failure)) from None
