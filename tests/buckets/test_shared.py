"""Buckets whose files an S3 keeps and whose index is in a database, as two machines see them."""

import os
import time
from uuid import uuid4

import pytest

from presage.buckets.buckets import Buckets
from presage.buckets.errors import NoSuchKey
from presage.buckets.store import SECONDS_PER_DAY, UNUSED_SECONDS
from presage.buckets.uploads import LEAST_PART_BYTES, Uploads
from presage.remote import ObjectStore, SharedFolders


@pytest.fixture
def store(server, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "presage")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "presage")
    bucket = f"buckets-{uuid4().hex[:8]}"
    server.client("s3").create_bucket(Bucket=bucket)
    return ObjectStore(f"s3://{bucket}", endpoint=server.url)


@pytest.fixture(params=["sqlite", "postgres"])
def machines(request, store, tmp_path):
    url = f"sqlite:///{tmp_path / 'index.sqlite'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").new_database()
    pair = [
        Buckets(
            tmp_path / name, files=SharedFolders(tmp_path / name / "data", store, "buckets"), database=url
        )
        for name in ("here", "there")
    ]
    yield pair
    for buckets in pair:
        buckets.close()


def text(buckets, key):
    return buckets.path("shop", key).read_bytes()


def copies(buckets):
    return [one for one in (buckets.store.root / "data").rglob("*") if one.is_file()]


def test_what_one_takes_the_other_gives(machines, store):
    here, there = machines
    here.create("shop", {"tags": b"<x/>"})
    there.create("shop")
    kept = here.put("shop", "a/b", [b"one"], {"content-type": "text/plain"})
    assert there.head("shop", "a/b").etag == kept.etag
    assert there.head("shop", "a/b").headers == {"content-type": "text/plain"}
    assert there.setting("shop", "tags") == b"<x/>"
    assert text(there, "a/b") == b"one"
    there.put("shop", "a/b", [b"two"])
    with here.reading("shop", "a/b") as path:
        there.delete("shop", "a/b")
        assert path.read_bytes() == b"two"
    with pytest.raises(NoSuchKey):
        here.open("shop", "a/b")
    assert store.list("") == {}


def test_a_copy_is_a_file_of_its_own(machines, store):
    here, there = machines
    here.create("shop")
    kept = here.put("shop", "a", [b"one"])
    there.copy(kept, "shop", "b")
    here.delete("shop", "a")
    assert text(here, "b") == b"one"
    assert len(store.list("")) == 1
    assert [one.key for one in there.objects("shop").objects] == ["b"]


def test_parts_that_came_to_several_machines_become_one_object(machines, store):
    here, there = machines
    here.create("shop")
    upload = Uploads(here).begin("shop", "big", {})
    sent = [b"a" * LEAST_PART_BYTES, b"b" * 10]
    for number, (buckets, data) in enumerate(zip(machines, sent, strict=True), 1):
        draft = buckets.draft("shop", "big")
        draft.write(data)
        Uploads(buckets).keep_part(draft, upload, number, {})
    uploads = Uploads(there)
    parts = [(part.number, part.etag) for part in uploads.parts(upload)]
    uploads.complete(upload, uploads.choose(upload, parts), checksums={})
    assert text(here, "big") == b"".join(sent)
    assert len(store.list("")) == 1


def test_copies_go_when_they_are_not_used_and_come_again(machines):
    here, _ = machines
    here.create("shop")
    here.put("shop", "a", [b"one"])
    (copy,) = copies(here)
    here.sweep()
    assert copies(here) == [copy]
    long_ago = time.time() - UNUSED_SECONDS - 60
    os.utime(copy, (long_ago, long_ago))
    here.sweep()
    assert copies(here) == []
    assert text(here, "a") == b"one"
    assert copies(here) == [copy]


def test_files_that_a_crash_left_there_go_after_a_day(machines, store):
    here, _ = machines
    here.create("shop")
    here.put("shop", "a", [b"one"])
    draft = here.draft("shop", "b")
    draft.write(b"two")
    with pytest.raises(KeyError), draft.sealed():
        raise KeyError  # as if the row could not be written
    assert len(store.list("")) == 2
    here.sweep()
    assert len(store.list("")) == 2
    here.clock = lambda: time.time() + SECONDS_PER_DAY + 60
    here.sweep()
    assert len(store.list("")) == 1
    assert text(here, "a") == b"one"
