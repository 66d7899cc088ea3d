import pytest

from presage.errors import Unavailable
from presage.remote import ObjectStore, ObjectStoreError

from ..running import free_port


def test_files_go_there_and_come_back_whole(store, tmp_path):
    given, found = tmp_path / "given", tmp_path / "deep" / "found"
    given.write_bytes(bytes(range(256)) * 50_000)
    etag = store.upload(given, "a/file")
    assert store.list("a/")["a/file"].size == given.stat().st_size
    assert store.download("a/file", found) == etag == store.list("")["a/file"].etag
    assert found.read_bytes() == given.read_bytes()
    assert [one.name for one in found.parent.iterdir()] == ["found"]


def test_what_is_not_there_is_said_to_be_not_there(store, tmp_path):
    with pytest.raises(FileNotFoundError, match="some/where/nothing"):
        store.download("nothing", tmp_path / "x")
    assert store.read("nothing") is None
    assert store.list("nothing") == {}
    store.delete(["nothing"])
    assert not list(tmp_path.iterdir())


def test_of_two_who_write_on_a_condition_one_does(store):
    etag = store.write("note", b"first")
    assert store.write("note", b"second") is None
    assert store.read("note").data == b"first"
    newer = store.write("note", b"third", etag=etag)
    assert store.write("note", b"fourth", etag=etag) is None
    assert store.read("note").data == b"third"
    assert store.read("note").etag == newer
    assert -2 < store.read("note").age < 60


def test_more_objects_than_a_request_may_delete(store, server, tmp_path):
    for n in range(3):
        store.write(f"many/{n}", b"x")
    store.delete([f"many/{n}" for n in range(2500)])
    assert store.list("many/") == {}


@pytest.mark.parametrize("url", ["lake", "s3://", "https://lake/x", "s3:///x"])
def test_an_address_that_names_no_bucket_is_refused(url):
    with pytest.raises(ValueError, match="s3://bucket/prefix"):
        ObjectStore(url)


def test_a_bucket_that_is_not_there_is_named(server, bucket):
    with pytest.raises(ObjectStoreError, match="no-such-lake"):
        ObjectStore("s3://no-such-lake", endpoint=server.url).list("")


def test_a_store_that_does_not_let_us_in_is_told_from_one_that_does_not_answer(server, bucket, store):
    store.check()
    with pytest.raises(ValueError, match="no-such-lake.*must fit"):
        ObjectStore("s3://no-such-lake", endpoint=server.url).check()
    with pytest.raises(ObjectStoreError):
        ObjectStore("s3://lake", endpoint=f"http://127.0.0.1:{free_port()}").check()


def test_an_object_store_that_does_not_answer_is_unavailable(bucket):
    with pytest.raises(Unavailable, match="cannot be reached"):
        ObjectStore("s3://lake", endpoint=f"http://127.0.0.1:{free_port()}").list("")
