"""The `s3://` locations that jobs read and write."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from presage.config import Config
from presage.errors import JobFailure

from .buckets import Buckets
from .errors import BucketError
from .objects import AccessDenied, LocalObjects, Objects, RemoteObjects, SourceFile, Unreachable

UNREADABLE = "Invalid Data location"
UNMATCHED = "Invalid S3 input path"
UNWRITABLE = "Invalid S3 output path"
FORBIDDEN = "Insufficient privileges for accessing data in Amazon S3"
N_EXAMPLES = 3


class Locations:
    """Reads and writes `s3://bucket/key` and `s3://bucket/folder/`; what cannot be done is a `JobFailure`.

    Parameters
    ----------
    objects : who keeps them
    endpoint : the URL of the keeper; path-style locations below it are understood too
    """

    def __init__(self, objects: Objects, endpoint: str) -> None:
        self.objects = objects
        self.endpoint = endpoint.rstrip("/")

    def files(self, location: str, *, subfolders: bool = False) -> list[SourceFile]:
        """The object at a location or, if it ends in `/`, the files of that folder, by key.

        Parameters
        ----------
        subfolders : whether files of folders within the folder count
        """
        bucket, key = self.split(location, UNREADABLE)
        with _failing_as(UNREADABLE, location):
            if key and not key.endswith("/"):
                return [self._file(location, bucket, key)]
            found = self.objects.list(bucket, key, "" if subfolders else "/")
        files = [file for file in found if not file.key.endswith("/")]
        if not files:
            raise JobFailure(
                f"{UNREADABLE}: {location} is a folder without files{' directly in it' * (not subfolders)}; "
                "upload the files there, or name one file"
            )
        return files

    def matching(self, location: str) -> list[SourceFile]:
        """The object at a location or, if there is none, those whose keys begin with it, by key."""
        bucket, key = self.split(location, UNMATCHED)
        with _failing_as(UNMATCHED, location):
            if key and not key.endswith("/"):
                exact = [file for file in self.objects.list(bucket, key, "", limit=1) if file.key == key]
                if exact:
                    return exact
            found = self.objects.list(bucket, key, "")
        files = [file for file in found if not file.key.endswith("/")]
        if not files:
            raise JobFailure(f"{UNMATCHED}: no object is called {location}, or begins with it")
        return files

    @contextmanager
    def local_path(self, file: SourceFile) -> Generator[Path]:
        """The file on this machine, to be read while the block runs."""
        with _failing_as(UNREADABLE, file.name), self.objects.reading(file) as path:
            yield path

    def write(self, location: str, name: str, path: Path) -> str:
        """Store the content of `path` as the file `name` of a folder; return the new file's location."""
        bucket, folder = self.split(location, UNWRITABLE)
        if folder and not folder.endswith("/"):
            folder += "/"
        with _failing_as(UNWRITABLE, location):
            self.objects.write(bucket, folder + name, path)
        return f"s3://{bucket}/{folder}{name}"

    def split(self, location: str, failure: str = UNREADABLE) -> tuple[str, str]:
        """Bucket and key of a location; `failure` begins the text of the JobFailure if it has none."""
        if location.startswith("s3://"):
            bucket, _, key = location.removeprefix("s3://").partition("/")
        elif location.startswith(self.endpoint + "/"):
            bucket, _, key = unquote(urlsplit(location).path).lstrip("/").partition("/")
        else:
            raise JobFailure(
                f"{failure}: {location} is not kept here; write s3://bucket/key or {self.endpoint}/bucket/key"
            )
        if not bucket or not _is_unicode(key):
            raise JobFailure(f"{failure}: {location!r} names no bucket and key; write s3://bucket/key")
        return bucket, key

    def _file(self, location: str, bucket: str, key: str) -> SourceFile:
        """The object of that key, which is the first of those that begin with it."""
        for file in self.objects.list(bucket, key, "", limit=1):
            if file.key == key:
                return file
        if self.objects.list(bucket, key + "/", "", limit=1):
            raise JobFailure(f"{UNREADABLE}: {location} is a folder; end it with '/' to read the files in it")
        folder = key[: key.rfind("/") + 1]
        beside = [file.name for file in self.objects.list(bucket, folder, "/", limit=N_EXAMPLES)]
        there = f"beside it there is {', '.join(beside)}" if beside else "its folder is empty"
        raise JobFailure(f"{UNREADABLE}: there is no object {location}; {there}")


def open_locations(config: Config, buckets: Buckets) -> Locations:
    """The locations that a configuration means: those of its S3 endpoint, or else presage's own buckets."""
    if config.s3_endpoint:
        return Locations(RemoteObjects(config.s3_endpoint, config.region), config.s3_endpoint)
    return Locations(LocalObjects(buckets), config.url)


@contextmanager
def _failing_as(failure: str, location: str) -> Generator[None]:
    """Turn what the keeper of the objects says into the reason that a job's record shows."""
    try:
        yield
    except BucketError as error:
        raise JobFailure(f"{failure}: {location}: {error}") from None
    except AccessDenied as error:
        raise JobFailure(
            f"{FORBIDDEN}: {location}: {error}; the server's AWS credentials must allow listing the bucket, "
            "reading its objects and, for results, writing them"
        ) from None
    except Unreachable as error:
        raise JobFailure(f"{failure}: {location} could not be reached: {error}") from None


def _is_unicode(text: str) -> bool:
    """Whether a text can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
