"""Multipart uploads: parts that arrive in any order and become one object when the upload is completed."""

import hashlib
import json
from collections.abc import Mapping
from uuid import uuid4

from .buckets import Buckets
from .errors import EntityTooSmall, InvalidPart, InvalidPartOrder, NoSuchUpload
from .index import Row
from .records import Part, StoredObject, Upload, check_key
from .store import Draft

LEAST_PART_BYTES = 5 * 1024 * 1024
COPY_BYTES = 1024 * 1024
_KEEP = (
    "INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (upload, number) DO UPDATE SET"
    " file = excluded.file, size = excluded.size, etag = excluded.etag, modified_at = excluded.modified_at,"
    " checksums = excluded.checksums"
)


class Uploads:
    """The multipart uploads into `buckets`. Every method that names an upload may raise `NoSuchUpload`."""

    def __init__(self, buckets: Buckets) -> None:
        self.buckets = buckets
        self.store = buckets.store

    def begin(self, bucket: str, key: str, headers: Mapping[str, str]) -> Upload:
        """Begin an upload that is to become the object `key` with these headers."""
        check_key(key)
        self.buckets.bucket(bucket)
        created_at = self.buckets.clock()
        upload = Upload(id=uuid4().hex, bucket=bucket, key=key, created_at=created_at, headers=headers)
        with self.store.transaction() as db:
            values = (upload.id, bucket, key.encode(), created_at, json.dumps(dict(headers)))
            db.write("INSERT INTO upload VALUES (?, ?, ?, ?, ?)", *values)
        return upload

    def upload(self, bucket: str, key: str, upload: str) -> Upload:
        """An upload that goes on."""
        query = "SELECT * FROM upload WHERE id = ? AND bucket = ? AND key = ?"
        rows = self.store.rows(query, upload, bucket, key.encode())
        if not rows:
            self.buckets.bucket(bucket)
            raise NoSuchUpload(upload)
        return _upload(rows[0])

    def uploads(self, bucket: str, prefix: str = "") -> list[Upload]:
        """The uploads into a bucket that go on, by key and time."""
        self.buckets.bucket(bucket)
        rows = self.store.rows("SELECT * FROM upload WHERE bucket = ? ORDER BY key, created_at", bucket)
        return [upload for upload in map(_upload, rows) if upload.key.startswith(prefix)]

    def parts(self, upload: Upload) -> list[Part]:
        """The parts that have arrived, by number."""
        rows = self.store.rows("SELECT * FROM part WHERE upload = ? ORDER BY number", upload.id)
        folder = self.store.folder(upload.bucket)
        return [
            Part(
                number=row["number"],
                size=row["size"],
                etag=row["etag"],
                modified_at=row["modified_at"],
                checksums=json.loads(row["checksums"]),
                path=folder / row["file"],
            )
            for row in rows
        ]

    def keep_part(self, draft: Draft, upload: Upload, number: int, checksums: Mapping[str, str]) -> None:
        """Make a draft part `number`, in place of one of that number, or discard it if that cannot be."""
        row = (
            upload.id,
            number,
            draft.path.name,
            draft.size,
            draft.etag,
            self.buckets.clock(),
            json.dumps(dict(checksums)),
        )
        with draft.sealed(), self.store.transaction() as db:
            self.upload(upload.bucket, upload.key, upload.id)
            query = "SELECT file FROM part WHERE upload = ? AND number = ?"
            replaced = db.rows(query, upload.id, number)
            db.write(_KEEP, *row)
        for row in replaced:
            self.store.files.drop(draft.path.parent / row["file"])

    def choose(self, upload: Upload, wanted: list[tuple[int, str]]) -> list[Part]:
        """The parts that an object is to be made of.

        Parameters
        ----------
        wanted : part number and ETag, in ascending order of the numbers

        Raises InvalidPart, InvalidPartOrder, EntityTooSmall.
        """
        numbers = [number for number, _ in wanted]
        if numbers != sorted(set(numbers)):
            raise InvalidPartOrder
        arrived = {part.number: part for part in self.parts(upload)}
        for number, etag in wanted:
            if number not in arrived or arrived[number].etag != etag:
                raise InvalidPart(number)
        chosen = [arrived[number] for number in numbers]
        for part in chosen[:-1]:
            if part.size < LEAST_PART_BYTES:
                raise EntityTooSmall(part.number, part.size, LEAST_PART_BYTES)
        for part in chosen:
            self.store.files.bring(part.path)
        return chosen

    def complete(
        self,
        upload: Upload,
        parts: list[Part],
        *,
        checksums: Mapping[str, str],
        if_match: str = "",
        if_none_match: str = "",
    ) -> StoredObject:
        """Join parts into the object and end the upload; PreconditionFailed leaves it going on."""
        draft = self.buckets.draft(upload.bucket, upload.key)
        with draft.writing():
            for part in parts:
                with part.path.open("rb") as file:
                    while data := file.read(COPY_BYTES):
                        draft.write(data)
        kept = self.buckets.keep(
            draft,
            upload.bucket,
            upload.key,
            headers=upload.headers,
            checksums=checksums,
            etag=joined_etag(parts),
            if_match=if_match,
            if_none_match=if_none_match,
        )
        self.abort(upload)
        return kept

    def abort(self, upload: Upload) -> None:
        """End an upload and drop its parts."""
        parts = self.parts(upload)
        with self.store.transaction() as db:
            db.write("DELETE FROM upload WHERE id = ?", upload.id)
        for part in parts:
            self.store.files.drop(part.path)


def joined_etag(parts: list[Part]) -> str:
    """S3's ETag of an object made of parts: the MD5 of their MD5s, and their number."""
    digests = b"".join(bytes.fromhex(part.etag) for part in parts)
    return f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"


def _upload(row: Row) -> Upload:
    return Upload(
        id=row["id"],
        bucket=row["bucket"],
        key=row["key"].decode(),
        created_at=row["created_at"],
        headers=json.loads(row["headers"]),
    )
