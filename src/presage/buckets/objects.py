"""Who keeps the objects that jobs read and write: presage's own buckets, or a remote S3 endpoint."""

import tempfile
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .buckets import Buckets
from .errors import NoSuchBucket, NoSuchKey

CHUNK_BYTES = 1024 * 1024
_DENIED = {
    "403",
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "InvalidToken",
}


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """An object that a job reads; `size` in bytes."""

    bucket: str
    key: str
    size: int

    @property
    def name(self) -> str:
        """The file as a message to its owner names it."""
        return f"s3://{self.bucket}/{self.key}"


class AccessDenied(Exception):
    """The keeper of the objects does not let us in; the text is its reason."""


class Unreachable(Exception):
    """The keeper of the objects does not answer, or not sensibly; the text says how."""


class Objects(Protocol):
    """A keeper of objects. Every method may raise NoSuchBucket, AccessDenied, Unreachable."""

    def list(self, bucket: str, prefix: str, delimiter: str, limit: int | None = None) -> list[SourceFile]:
        """The objects whose key begins with `prefix` and holds no `delimiter` (if any) after it."""
        ...

    def reading(self, file: SourceFile) -> AbstractContextManager[Path]:
        """The object as a file, for as long as the block runs. Raises NoSuchKey."""
        ...

    def write(self, bucket: str, key: str, path: Path) -> None:
        """Store the content of `path`. Raises KeyTooLongError."""
        ...


class LocalObjects:
    """Objects in presage's own buckets."""

    def __init__(self, buckets: Buckets) -> None:
        self.buckets = buckets

    def list(self, bucket: str, prefix: str, delimiter: str, limit: int | None = None) -> list[SourceFile]:
        """See `Objects`."""
        files: list[SourceFile] = []
        after: str | None = ""
        while after is not None and (limit is None or len(files) < limit):
            page = self.buckets.objects(bucket, prefix=prefix, delimiter=delimiter, after=after)
            files += [SourceFile(bucket=bucket, key=found.key, size=found.size) for found in page.objects]
            after = page.next_after
        return files[:limit]

    def reading(self, file: SourceFile) -> AbstractContextManager[Path]:
        """See `Objects`."""
        return self.buckets.reading(file.bucket, file.key)

    def write(self, bucket: str, key: str, path: Path) -> None:
        """See `Objects`."""
        with path.open("rb") as source:
            self.buckets.put(bucket, key, iter(lambda: source.read(CHUNK_BYTES), b""))


class RemoteObjects:
    """Objects behind an S3 endpoint, reached with the standard AWS credentials.

    Parameters
    ----------
    endpoint : its URL
    region : signed into requests unless `AWS_REGION` or the AWS profile says another
    """

    def __init__(self, endpoint: str, region: str) -> None:
        import boto3  # noqa: PLC0415 - takes half a second that servers with their own buckets need not spend

        session = boto3.Session()
        self._client: Any = session.client(
            "s3", endpoint_url=endpoint, region_name=session.region_name or region
        )

    def list(self, bucket: str, prefix: str, delimiter: str, limit: int | None = None) -> list[SourceFile]:
        """See `Objects`."""
        with _translating(bucket, prefix):
            pages: Any = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=prefix, Delimiter=delimiter, PaginationConfig={"MaxItems": limit}
            )
            found = [entry for page in pages for entry in page.get("Contents", [])]
        return [SourceFile(bucket=bucket, key=entry["Key"], size=entry["Size"]) for entry in found]

    @contextmanager
    def reading(self, file: SourceFile) -> Generator[Path]:
        """See `Objects`; the object is downloaded into a temporary folder."""
        with tempfile.TemporaryDirectory(prefix="presage-") as folder:
            path = Path(folder) / "object"
            with _translating(file.bucket, file.key):
                self._client.download_file(file.bucket, file.key, str(path))
            yield path

    def write(self, bucket: str, key: str, path: Path) -> None:
        """See `Objects`."""
        with _translating(bucket, key):
            self._client.upload_file(str(path), bucket, key)


@contextmanager
def _translating(bucket: str, key: str) -> Generator[None]:
    """Turn the client's errors into ours."""
    from boto3.exceptions import S3UploadFailedError  # noqa: PLC0415 - see RemoteObjects
    from botocore.exceptions import (  # noqa: PLC0415
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        ParamValidationError,
        PartialCredentialsError,
    )

    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise AccessDenied(f"{error}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY") from None
    except ParamValidationError:
        raise NoSuchBucket(bucket) from None
    except (ClientError, S3UploadFailedError) as error:
        cause = error if isinstance(error, ClientError) else error.__context__
        code = str(cause.response["Error"]["Code"]) if isinstance(cause, ClientError) else ""
        if code == "NoSuchBucket":
            raise NoSuchBucket(bucket) from None
        if code in ("NoSuchKey", "404"):
            raise NoSuchKey(bucket, key) from None
        if code in _DENIED:
            raise AccessDenied(str(error)) from None
        raise Unreachable(str(error)) from None
    except BotoCoreError as error:
        raise Unreachable(str(error)) from None
