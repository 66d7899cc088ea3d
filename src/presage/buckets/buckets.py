"""Durable buckets of objects in a folder: what the local S3 endpoint serves and `s3://` locations read."""

import json
import re
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar

from presage.remote import Folders

from .errors import (
    BucketNotEmpty,
    InvalidBucketName,
    NoSuchBucket,
    NoSuchBucketPolicy,
    NoSuchKey,
    PreconditionFailed,
)
from .index import Row, Transaction
from .records import Bucket, Listing, StoredObject, check_key, successor
from .store import Draft, Store

ROWS_PER_QUERY = 1000
ANY = "*"
REGION = "location"
"""The setting that says where a bucket was asked to be."""
_BUCKETS = (
    "SELECT bucket.name, created_at, document AS region"
    " FROM bucket LEFT JOIN setting ON setting.bucket = bucket.name AND setting.name = ?"
)
_SET = (
    "INSERT INTO setting VALUES (?, ?, ?)"
    " ON CONFLICT (bucket, name) DO UPDATE SET document = excluded.document"
)
_KEEP = (
    "INSERT INTO object VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (bucket, key) DO UPDATE SET"
    " file = excluded.file, size = excluded.size, etag = excluded.etag, modified_at = excluded.modified_at,"
    " headers = excluded.headers, checksums = excluded.checksums"
)
_BUCKET_NAME = re.compile(r"(?!.*\.\.)(?!(\d{1,3}\.){3}\d{1,3}\Z)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
Taken = TypeVar("Taken")
_NO_HEADERS: Mapping[str, str] = {}
_NO_SETTINGS: Mapping[str, bytes] = {}


class Buckets:
    """Buckets of objects, durable when a call returns, safe for several threads and processes.

    Every method may raise `NoSuchBucket`.

    Parameters
    ----------
    root : the folder that holds them all
    clock : the time now, in seconds since 1970
    files : who keeps the files; None = the folder itself
    database : SQLAlchemy URL of the index; empty = SQLite in the folder
    """

    def __init__(
        self,
        root: Path,
        clock: Callable[[], float] = time.time,
        *,
        files: Folders | None = None,
        database: str = "",
    ) -> None:
        self.store = Store(root, files, database)
        self.clock = clock

    def close(self) -> None:
        """Let go of the files."""
        self.store.close()

    def sweep(self) -> int:
        """Delete what crashes left behind more than a day ago; return the number of files."""
        return self.store.sweep(self.clock())

    def create(self, name: str, settings: Mapping[str, bytes] = _NO_SETTINGS) -> None:
        """Make a bucket with settings; one that exists stays as it is. Raises InvalidBucketName."""
        if not _BUCKET_NAME.fullmatch(name):
            raise InvalidBucketName(name)
        with self.store.transaction() as db:
            made = db.write(
                "INSERT INTO bucket VALUES (?, ?, NULL) ON CONFLICT DO NOTHING", name, self.clock()
            )
            for setting, document in settings.items() if made else ():
                db.write("INSERT INTO setting VALUES (?, ?, ?)", name, setting, document)

    def drop(self, name: str) -> None:
        """Delete an empty bucket, and uploads that were never completed. Raises BucketNotEmpty."""
        self.bucket(name)
        query = "SELECT part.file FROM part JOIN upload ON upload.id = part.upload WHERE upload.bucket = ?"
        with self.store.transaction() as db:
            if db.rows("SELECT 1 FROM object WHERE bucket = ? LIMIT 1", name):
                raise BucketNotEmpty(name)
            parts = [row["file"] for row in db.rows(query, name)]
            db.write("DELETE FROM bucket WHERE name = ?", name)
        for file in parts:
            self.store.files.drop(self.store.folder(name) / file)
        with suppress(OSError):
            self.store.folder(name).rmdir()

    def buckets(self) -> list[Bucket]:
        """All buckets by name."""
        return [_bucket(row) for row in self.store.rows(f"{_BUCKETS} ORDER BY bucket.name", REGION)]

    def bucket(self, name: str) -> Bucket:
        """One bucket."""
        rows = self.store.rows(f"{_BUCKETS} WHERE bucket.name = ?", REGION, name)
        if not rows:
            raise NoSuchBucket(name)
        return _bucket(rows[0])

    def setting(self, bucket: str, name: str) -> bytes | None:
        """A document that was put on the bucket under a name; None if none was."""
        self.bucket(bucket)
        rows = self.store.rows("SELECT document FROM setting WHERE bucket = ? AND name = ?", bucket, name)
        return rows[0]["document"] if rows else None

    def set_setting(self, bucket: str, name: str, document: bytes | None) -> None:
        """Keep a document with the bucket under a name; None takes it away."""
        with self.store.transaction() as db:
            self.bucket(bucket)
            if document is None:
                db.write("DELETE FROM setting WHERE bucket = ? AND name = ?", bucket, name)
            else:
                db.write(_SET, bucket, name, document)

    def policy(self, bucket: str) -> str:
        """The bucket's policy document. Raises NoSuchBucketPolicy."""
        self.bucket(bucket)
        policy: str | None = self.store.rows("SELECT policy FROM bucket WHERE name = ?", bucket)[0]["policy"]
        if policy is None:
            raise NoSuchBucketPolicy(bucket)
        return policy

    def set_policy(self, bucket: str, policy: str | None) -> None:
        """Keep a policy document with the bucket; None takes it away."""
        self.bucket(bucket)
        with self.store.transaction() as db:
            db.write("UPDATE bucket SET policy = ? WHERE name = ?", policy, bucket)

    def put(
        self, bucket: str, key: str, chunks: Iterable[bytes], headers: Mapping[str, str] = _NO_HEADERS
    ) -> StoredObject:
        """Store an object; one of the same key is replaced. Raises KeyTooLongError."""
        draft = self.draft(bucket, key)
        with draft.writing():
            for chunk in chunks:
                draft.write(chunk)
        return self.keep(draft, bucket, key, headers=headers)

    def draft(self, bucket: str, key: str) -> Draft:
        """A file to write an object into before it is kept, or discarded. Raises KeyTooLongError."""
        check_key(key)
        self.bucket(bucket)
        return self.store.draft(bucket)

    def keep(
        self,
        draft: Draft,
        bucket: str,
        key: str,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        checksums: Mapping[str, str] = _NO_HEADERS,
        etag: str = "",
        if_match: str = "",
        if_none_match: str = "",
    ) -> StoredObject:
        """Make a draft the object of that key, or discard it if that cannot be.

        Parameters
        ----------
        etag : empty = the MD5 of the bytes
        if_match : the ETag that the present object must have, or `*` for any; empty = no matter
        if_none_match : `*` if there must be no object yet; empty = no matter

        Raises PreconditionFailed.
        """
        kept = StoredObject(
            bucket=bucket,
            key=key,
            size=draft.size,
            etag=etag or draft.etag,
            modified_at=self.clock(),
            headers=headers,
            checksums=checksums,
            path=draft.path,
        )
        with draft.sealed(), self.store.transaction() as db:
            replaced = self._replace(db, kept, if_match=if_match, if_none_match=if_none_match)
        if replaced:
            self.store.files.drop(replaced)
        return kept

    def _replace(
        self, db: Transaction, kept: StoredObject, *, if_match: str = "", if_none_match: str = ""
    ) -> Path | None:
        """Write the row of an object, and return the file that it no longer needs."""
        present = self._find(kept.bucket, kept.key)
        if if_none_match and present:
            raise PreconditionFailed("If-None-Match")
        if if_match and not (present and if_match in (ANY, present.etag)):
            raise PreconditionFailed("If-Match")
        self.bucket(kept.bucket)
        db.write(
            _KEEP,
            kept.bucket,
            kept.key.encode(),
            kept.path.name,
            kept.size,
            kept.etag,
            kept.modified_at,
            json.dumps(dict(kept.headers)),
            json.dumps(dict(kept.checksums)),
        )
        return present.path if present else None

    def head(self, bucket: str, key: str) -> StoredObject:
        """What is known of an object. Raises NoSuchKey."""
        found = self._find(bucket, key)
        if found is None:
            self.bucket(bucket)
            raise NoSuchKey(bucket, key)
        return found

    def set_header(self, bucket: str, key: str, name: str, value: str) -> None:
        """Change one of the headers kept with an object; an empty value takes it away. Raises NoSuchKey."""
        with self.store.transaction() as db:
            headers = {**self.head(bucket, key).headers, name: value}
            kept = json.dumps({name: value for name, value in headers.items() if value})
            db.write("UPDATE object SET headers = ? WHERE bucket = ? AND key = ?", kept, bucket, key.encode())

    def open(self, bucket: str, key: str) -> tuple[StoredObject, BinaryIO]:
        """An object and its open file, whole even if the object is replaced meanwhile. Raises NoSuchKey."""
        return self._use(bucket, key, lambda path: path.open("rb"))

    @contextmanager
    def reading(self, bucket: str, key: str) -> Generator[Path]:
        """An object as a file that stays while the block runs, even if it is replaced. Raises NoSuchKey."""
        _, path = self._use(bucket, key, self.store.lend)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _use(self, bucket: str, key: str, take: Callable[[Path], Taken]) -> tuple[StoredObject, Taken]:
        """Take hold of an object's file, again if the object was replaced between look-up and taking."""
        while True:
            found = self.head(bucket, key)
            try:
                self.store.files.bring(found.path)
                return found, take(found.path)
            except FileNotFoundError:
                if self._find(bucket, key) == found:
                    raise

    def path(self, bucket: str, key: str) -> Path:
        """The file that holds an object's bytes: to be read, never written. Raises NoSuchKey."""
        return self._use(bucket, key, lambda path: path)[1]

    def delete(self, bucket: str, *keys: str) -> None:
        """Delete objects; those that are not there do not matter."""
        with self.store.transaction() as db:
            self.bucket(bucket)
            present = [found for key in keys if (found := self._find(bucket, key))]
            for found in present:
                db.write("DELETE FROM object WHERE bucket = ? AND key = ?", bucket, found.key.encode())
        for found in present:
            self.store.files.drop(found.path)

    def copy(
        self, source: StoredObject, bucket: str, key: str, headers: Mapping[str, str] | None = None
    ) -> StoredObject:
        """Copy an object; `headers` replaces those of the source. Raises NoSuchKey, KeyTooLongError."""
        check_key(key)
        self.bucket(bucket)
        present, path = self._use(source.bucket, source.key, lambda path: self.store.duplicate(path, bucket))
        copied = StoredObject(
            bucket=bucket,
            key=key,
            size=present.size,
            etag=present.etag,
            modified_at=self.clock(),
            headers=present.headers if headers is None else headers,
            checksums=present.checksums,
            path=path,
        )
        try:
            with self.store.transaction() as db:
                replaced = self._replace(db, copied)
        except BaseException:
            self.store.files.drop(path)
            raise
        if replaced:
            self.store.files.drop(replaced)
        return copied

    def objects(
        self, bucket: str, *, prefix: str = "", delimiter: str = "", after: str = "", limit: int = 1000
    ) -> Listing:
        """A page of at most `limit` objects and folders whose names come after `after`."""
        self.bucket(bucket)
        entries = list(islice(self._entries(bucket, prefix, delimiter, after), limit + 1))
        page = entries[:limit]
        last = page[-1] if len(entries) > limit and page else None
        return Listing(
            objects=[entry for entry in page if isinstance(entry, StoredObject)],
            folders=[entry for entry in page if isinstance(entry, str)],
            next_after=last.key if isinstance(last, StoredObject) else last,
        )

    def _entries(self, bucket: str, prefix: str, delimiter: str, after: str) -> Iterator[StoredObject | str]:
        """Objects, and folders in place of what lies in them, in order; folders are leapt over."""
        begin = max(prefix.encode(), after.encode() + b"\0" if after else b"")
        end = successor(prefix.encode())
        query = "SELECT * FROM object WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?"
        n_rows = 1  # grows where there are objects, stays small where every row leads to a leap
        while rows := self.store.rows(query, bucket, begin, end, n_rows):
            n_rows = min(2 * n_rows, ROWS_PER_QUERY)
            for row in rows:
                entry = self._object(row)
                begin = row["key"] + b"\0"
                cut = entry.key.find(delimiter, len(prefix)) if delimiter else -1
                if cut < 0:
                    yield entry
                    continue
                folder = entry.key[: cut + len(delimiter)]
                begin, n_rows = successor(folder.encode()), 1
                if folder.encode() > after.encode():
                    yield folder
                break

    def _find(self, bucket: str, key: str) -> StoredObject | None:
        rows = self.store.rows("SELECT * FROM object WHERE bucket = ? AND key = ?", bucket, key.encode())
        return self._object(rows[0]) if rows else None

    def _object(self, row: Row) -> StoredObject:
        return StoredObject(
            bucket=row["bucket"],
            key=row["key"].decode(),
            size=row["size"],
            etag=row["etag"],
            modified_at=row["modified_at"],
            headers=json.loads(row["headers"]),
            checksums=json.loads(row["checksums"]),
            path=self.store.folder(row["bucket"]) / row["file"],
        )


def _bucket(row: Row) -> Bucket:
    region = (row["region"] or b"").decode()
    return Bucket(name=row["name"], created_at=row["created_at"], region=region)
