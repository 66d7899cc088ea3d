import hashlib

import pytest

from presage.buckets.buckets import Buckets
from presage.buckets.errors import (
    EntityTooSmall,
    InvalidPart,
    InvalidPartOrder,
    NoSuchUpload,
    PreconditionFailed,
)
from presage.buckets.uploads import LEAST_PART_BYTES, Uploads

BIG = b"b" * LEAST_PART_BYTES
SMALL = b"s"


@pytest.fixture
def uploads(tmp_path):
    buckets = Buckets(tmp_path / "buckets")
    buckets.create("shop")
    yield Uploads(buckets)
    buckets.close()


def keep(uploads, upload, number, content):
    draft = uploads.buckets.draft(upload.bucket, upload.key)
    draft.write(content)
    uploads.keep_part(draft, upload, number, {})
    return number, draft.etag


def files(uploads):
    return [path for path in (uploads.store.root / "data").rglob("*") if path.is_file()]


def test_parts_become_one_object_in_the_order_of_their_numbers(uploads):
    upload = uploads.begin("shop", "a", {"content-type": "text/csv"})
    second = keep(uploads, upload, 7, SMALL)
    first = keep(uploads, upload, 2, BIG)
    parts = uploads.choose(upload, [first, second])
    kept = uploads.complete(upload, parts, checksums={})
    assert kept.path.read_bytes() == BIG + SMALL
    digests = hashlib.md5(BIG).digest() + hashlib.md5(SMALL).digest()
    assert uploads.buckets.head("shop", "a").etag == f"{hashlib.md5(digests).hexdigest()}-2"
    assert uploads.buckets.head("shop", "a").headers == {"content-type": "text/csv"}
    assert files(uploads) == [kept.path]
    with pytest.raises(NoSuchUpload):
        uploads.upload("shop", "a", upload.id)


def test_a_part_can_be_sent_again(uploads):
    upload = uploads.begin("shop", "a", {})
    old = keep(uploads, upload, 1, b"old")
    new = keep(uploads, upload, 1, b"new")
    with pytest.raises(InvalidPart):
        uploads.choose(upload, [old])
    assert uploads.complete(upload, uploads.choose(upload, [new]), checksums={}).path.read_bytes() == b"new"
    assert len(files(uploads)) == 1


def test_parts_that_do_not_fit_are_refused(uploads):
    upload = uploads.begin("shop", "a", {})
    one, two = keep(uploads, upload, 1, SMALL), keep(uploads, upload, 2, SMALL)
    with pytest.raises(EntityTooSmall, match="part 1 has 1 bytes"):
        uploads.choose(upload, [one, two])
    with pytest.raises(InvalidPartOrder):
        uploads.choose(upload, [two, one])
    with pytest.raises(InvalidPartOrder):
        uploads.choose(upload, [one, one])
    with pytest.raises(InvalidPart, match="part 3"):
        uploads.choose(upload, [(3, one[1])])


def test_an_upload_that_comes_second_goes_on(uploads):
    upload = uploads.begin("shop", "a", {})
    parts = uploads.choose(upload, [keep(uploads, upload, 1, SMALL)])
    uploads.buckets.put("shop", "a", [b"first"])
    with pytest.raises(PreconditionFailed):
        uploads.complete(upload, parts, checksums={}, if_none_match="*")
    assert uploads.buckets.path("shop", "a").read_bytes() == b"first"
    assert len(files(uploads)) == 2
    assert uploads.uploads("shop") == [upload]


def test_an_aborted_upload_leaves_nothing(uploads):
    upload = uploads.begin("shop", "a", {})
    keep(uploads, upload, 1, SMALL)
    uploads.abort(upload)
    assert files(uploads) == []
    assert uploads.uploads("shop") == []
    draft = uploads.buckets.draft("shop", "a")
    with pytest.raises(NoSuchUpload):
        uploads.keep_part(draft, upload, 2, {})
    assert files(uploads) == []


def test_an_upload_belongs_to_its_bucket_and_key(uploads):
    upload = uploads.begin("shop", "a", {})
    with pytest.raises(NoSuchUpload):
        uploads.upload("shop", "b", upload.id)


def test_a_bucket_goes_with_the_uploads_that_were_never_completed(uploads):
    upload = uploads.begin("shop", "a", {})
    keep(uploads, upload, 1, SMALL)
    uploads.buckets.drop("shop")
    assert files(uploads) == []
    uploads.buckets.create("shop")
    assert uploads.uploads("shop") == []
