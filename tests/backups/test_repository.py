import time
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.backups import repository
from presage.backups.places import BucketPlace, FolderPlace
from presage.backups.repository import DamagedBackup
from presage.remote import ObjectStore


def silent(_what, _fraction):
    pass


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    for name in ("a", "deep/b"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


@pytest.fixture(params=["folder", "s3"])
def place(request, tmp_path, monkeypatch):
    if request.param == "folder":
        return FolderPlace(tmp_path / "place")
    server = request.getfixturevalue("server")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "presage")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "presage")
    bucket = f"backups-{uuid4().hex[:8]}"
    server.client("s3").create_bucket(Bucket=bucket)
    return BucketPlace(ObjectStore(f"s3://{bucket}/kept", endpoint=server.url))


def store(place, source, at):
    with place.turn():
        return repository.store(place, source, at=at, presage="1", progress=silent)


def restored(place, folder, name=""):
    repository.restore(place, folder, name, progress=silent)
    return {one.relative_to(folder).as_posix(): one.read_text() for one in folder.rglob("*") if one.is_file()}


def test_each_back_up_is_restored_as_it_was(place, source, tmp_path):
    first = store(place, source, 1_000.0)
    (source / "a").write_text("changed")
    (source / "deep/b").unlink()
    second = store(place, source, 2_000.0)
    assert repository.names(place) == [first, second] == ["1970-01-01T00-16-40Z", "1970-01-01T00-33-20Z"]
    assert restored(place, tmp_path / "1", first) == {"a": "a", "deep/b": "deep/b"}
    assert restored(place, tmp_path / "2") == {"a": "changed"}
    assert repository.check(place, first, progress=silent) == first


def test_what_is_the_same_is_stored_once(place, source):
    store(place, source, 1_000.0)
    (source / "copy of a").write_text("a")
    store(place, source, 2_000.0)
    assert len(place.keys("objects/")) == 2


def test_the_oldest_are_forgotten_with_what_they_alone_held(place, source, tmp_path):
    for n in range(3):
        (source / "a").write_text(f"a{n}")
        store(place, source, 1_000.0 * (n + 1))
    assert len(repository.prune(place, 2)) == 1
    assert len(repository.names(place)) == 2
    assert len(place.keys("objects/")) == 3
    assert restored(place, tmp_path / "x", repository.names(place)[0])["a"] == "a1"


def test_one_that_breaks_off_is_not_there(place, source):
    store(place, source, 1_000.0)
    (source / "deep/b").write_text("new")

    def broken(what, _fraction):
        if what == "deep/b":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        repository.store(place, source, at=2_000.0, presage="1", progress=broken)
    assert len(repository.names(place)) == 1
    repository.check(place, progress=silent)


@pytest.mark.parametrize("damage", ["altered", "lost"])
def test_what_is_damaged_is_named(tmp_path, source, damage):
    place = FolderPlace(tmp_path / "place")
    store(place, source, time.time())
    key = repository.read(place)[1].files["deep/b"].sha256
    file = next((tmp_path / "place").rglob(key))
    file.write_text("other") if damage == "altered" else file.unlink()
    for use in (repository.check, lambda place, progress: restored(place, tmp_path / "x")):
        with pytest.raises(DamagedBackup, match=rf"deep/b held is {damage}"):
            use(place, progress=silent)


def test_none_or_an_unknown_one_is_said(tmp_path, source):
    place = FolderPlace(tmp_path / "place")
    with pytest.raises(DamagedBackup, match="no back-up here"):
        repository.check(place, progress=silent)
    store(place, source, 1_000.0)
    with pytest.raises(DamagedBackup, match="'later'; there are: 1970-01-01T00-16-40Z"):
        repository.check(place, "later", progress=silent)


@given(text=st.binary(max_size=200) | st.sampled_from([b'{"format": 9}', b"[]"]))
def test_a_manifest_of_any_bytes_is_refused(tmp_path_factory, text):
    root = tmp_path_factory.mktemp("place")
    Path(root, "backups").mkdir()
    Path(root, "backups/now.json").write_bytes(text)
    with pytest.raises(DamagedBackup):
        repository.read(FolderPlace(root))


def test_one_of_a_newer_presage_or_that_points_outside_is_refused(tmp_path, source):
    place = FolderPlace(tmp_path / "place")
    name = store(place, source, 1_000.0)
    file = tmp_path / f"place/backups/{name}.json"
    text = file.read_text()
    file.write_text(text.replace('"format":1', '"format":2'))
    with pytest.raises(DamagedBackup, match="has format 2; this presage reads format 1"):
        repository.read(place)
    file.write_text(text.replace('"deep/b"', '"../b"'))
    with pytest.raises(DamagedBackup, match="outside its folder: ../b"):
        restored(place, tmp_path / "x" / "y")
    assert not (tmp_path / "x" / "b").exists()
