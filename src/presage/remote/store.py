"""Objects by key below one `s3://bucket/prefix`, reached with the standard AWS credentials."""

import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path
from threading import get_ident
from typing import Any

from presage.errors import Unavailable
from presage.files import make_folder, sync

CONNECT_SECONDS, READ_SECONDS, MOST_TRIES = 5, 60, 3
CHUNK_BYTES = 1 << 20
KEYS_PER_DELETION = 1000
_LACKING = frozenset({"NoSuchKey", "404", "NotFound"})
_REFUSED = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})


class ObjectStoreError(Unavailable):
    """The object store does not do what it is asked to; the text says what and why."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a listing says of an object.

    Parameters
    ----------
    size : bytes
    etag : without quotes
    modified_at : when it was stored, seconds since 1970
    """

    size: int
    etag: str
    modified_at: float


@dataclass(frozen=True, kw_only=True)
class Note:
    """A small object; `age` says its seconds since it was written, by the store's clock, to a second."""

    data: bytes
    etag: str
    age: float


class ObjectStore:
    """The objects below a prefix of a bucket. Any thread may use it.

    Every method may raise ObjectStoreError.

    Parameters
    ----------
    url : s3://bucket/prefix
    endpoint : the URL of the S3; empty = as the AWS settings of this machine say
    region : signed into requests unless the AWS settings say another

    Raises ValueError for a URL that names no bucket.
    """

    def __init__(self, url: str, *, endpoint: str = "", region: str = "us-east-1") -> None:
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        if not url.startswith("s3://") or not bucket:
            raise ValueError(f"object_store is {url!r}; it must be s3://bucket or s3://bucket/prefix")
        self.bucket, self._prefix = bucket, f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._endpoint, self._region = endpoint, region

    def uri(self, key: str) -> str:
        """Where other S3 clients find a key."""
        return f"s3://{self.bucket}/{self._prefix}{key}"

    @property
    def options(self) -> Mapping[str, str]:
        """What delta-rs must know to reach it; a commit goes through if no other took its place."""
        from botocore.credentials import ReadOnlyCredentials  # noqa: PLC0415 - see `_session`

        options = {"AWS_REGION": self._client.meta.region_name, "aws_conditional_put": "etag"}
        options["AWS_ENDPOINT_URL"] = self._client.meta.endpoint_url
        options["AWS_ALLOW_HTTP"] = "true"
        options |= {"max_retries": "3", "retry_timeout": "30s", "connect_timeout": f"{CONNECT_SECONDS}s"}
        held = self._session.get_credentials()
        if held is not None:
            frozen: ReadOnlyCredentials = held.get_frozen_credentials()
            options["AWS_ACCESS_KEY_ID"] = str(frozen.access_key)
            options["AWS_SECRET_ACCESS_KEY"] = str(frozen.secret_key)
            if frozen.token:
                options["AWS_SESSION_TOKEN"] = frozen.token
        return options

    def check(self) -> None:
        """Raises ValueError if it is there and does not let us in, ObjectStoreError if it does not answer."""
        from botocore.exceptions import ClientError, NoCredentialsError  # noqa: PLC0415 - see `_session`

        try:
            with self._asking(""):
                self._client.list_objects_v2(Bucket=self.bucket, Prefix=self._prefix, MaxKeys=1)
        except ObjectStoreError as error:
            if isinstance(error.__context__, ClientError | NoCredentialsError):
                raise ValueError(
                    f"object_store {error}; its bucket and the AWS credentials must fit"
                ) from None
            raise

    def list(self, prefix: str) -> dict[str, Found]:
        """Key -> what is known of it, of all objects whose key begins with a prefix."""
        with self._asking(prefix):
            pages: Any = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self._prefix + prefix
            )
            found = [entry for page in pages for entry in page.get("Contents", [])]
        return {
            entry["Key"].removeprefix(self._prefix): Found(
                size=entry["Size"],
                etag=_bare(entry["ETag"]),
                modified_at=entry["LastModified"].timestamp(),
            )
            for entry in found
        }

    def upload(self, path: Path, key: str) -> str:
        """Store a file, whole or not at all; the ETag."""
        with self._asking(key):
            self._client.upload_file(str(path), self.bucket, self._prefix + key)
            return _bare(self._client.head_object(Bucket=self.bucket, Key=self._prefix + key)["ETag"])

    def download(self, key: str, path: Path) -> str:
        """Put an object in the place of a file, whole and on disk; the ETag. Raises FileNotFoundError."""
        make_folder(path.parent)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}")
        try:
            with self._asking(key), draft.open("wb") as out:
                answer = self._client.get_object(Bucket=self.bucket, Key=self._prefix + key)
                for chunk in answer["Body"].iter_chunks(CHUNK_BYTES):
                    out.write(chunk)
            sync(draft)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        sync(path.parent)
        return _bare(answer["ETag"])

    def read(self, key: str) -> Note | None:
        """A small object; None if there is none."""
        try:
            with self._asking(key):
                answer = self._client.get_object(Bucket=self.bucket, Key=self._prefix + key)
                data = answer["Body"].read()
        except FileNotFoundError:
            return None
        now: datetime = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        age = (now - answer["LastModified"]).total_seconds()
        return Note(data=data, etag=_bare(answer["ETag"]), age=age)

    def write(self, key: str, data: bytes, *, etag: str = "") -> str | None:
        """Store a small object in the place of that of an ETag (empty = of none); its own ETag.

        None if another object is there, or none where one should be.
        """
        condition = {"IfMatch": f'"{etag}"'} if etag else {"IfNoneMatch": "*"}
        try:
            with self._asking(key):
                stored = self._client.put_object(
                    Bucket=self.bucket, Key=self._prefix + key, Body=data, **condition
                )
        except (FileExistsError, FileNotFoundError):
            return None
        return _bare(stored["ETag"])

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; those that are not there do not matter."""
        every = list(keys)
        for start in range(0, len(every), KEYS_PER_DELETION):
            some = every[start : start + KEYS_PER_DELETION]
            with self._asking(some[0]):
                wanted: Any = {"Objects": [{"Key": self._prefix + key} for key in some], "Quiet": True}
                answer = self._client.delete_objects(Bucket=self.bucket, Delete=wanted)
            for error in answer.get("Errors", []):
                raise ObjectStoreError(f"{self.uri(error['Key'])} cannot be deleted: {error.get('Message')}")

    @cached_property
    def _session(self) -> Any:
        import boto3  # noqa: PLC0415 - takes half a second that servers without an object store need not spend

        return boto3.Session()

    @cached_property
    def _client(self) -> Any:
        from botocore.config import Config  # noqa: PLC0415 - see `_session`

        return self._session.client(
            "s3",
            endpoint_url=self._endpoint or None,
            region_name=self._session.region_name or self._region,
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"max_attempts": MOST_TRIES, "mode": "standard"},
            ),
        )

    @contextmanager
    def _asking(self, key: str) -> Generator[None]:
        """Turn the client's errors into ours; FileNotFoundError: no such object, FileExistsError: another."""
        from boto3.exceptions import Boto3Error  # noqa: PLC0415 - see `_session`
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 - a body that breaks off

        try:
            yield
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            if code in _LACKING:
                raise FileNotFoundError(self.uri(key)) from None
            if code in _REFUSED:
                raise FileExistsError(self.uri(key)) from None
            raise ObjectStoreError(f"{self.uri(key)}: {error}") from None
        except (BotoCoreError, Boto3Error, HTTPError) as error:
            raise ObjectStoreError(f"{self.uri(key)} cannot be reached: {error}") from None


def _bare(etag: str) -> str:
    return etag.strip('"')
