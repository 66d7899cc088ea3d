import errno
import itertools
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from presage.buckets.buckets import Buckets
from presage.buckets.errors import (
    BucketNotEmpty,
    InvalidBucketName,
    KeyTooLongError,
    NoSuchBucket,
    NoSuchBucketPolicy,
    NoSuchKey,
    PreconditionFailed,
)
from presage.buckets.records import successor

AWKWARD = ["a", "A", "a/", "a/b", "a/b/c", "a-b", "/a", "/", "//", ".", "..", "../x", "a/../../x", "a\\..\\x"]
AWKWARD += ["\0", "a\0b", "\x7f", "index.sqlite", "é", "e\u0301", "\U0010ffff", "a" * 1024, "a/" * 512]
KEYS = st.sampled_from(AWKWARD) | st.text(
    st.characters(codec="utf-8") | st.sampled_from("ab/"), min_size=1, max_size=30
)
BUCKETS = st.sampled_from(["shop", "shop.two", "index.sqlite"])


@pytest.fixture
def buckets(tmp_path):
    buckets = Buckets(tmp_path / "buckets")
    buckets.create("shop")
    yield buckets
    buckets.close()


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def listed(model, prefix, delimiter, after):
    """By the definition: names in UTF-8 order, rolled up at the first delimiter after the prefix."""
    names = set()
    for key in model:
        if key.startswith(prefix):
            head, mark, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
            names.add(prefix + head + mark if mark else key)
    return sorted((name for name in names if name.encode() > after.encode()), key=str.encode)


class BucketsAreDicts(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = TemporaryDirectory()
        self.root = Path(self.folder.name) / "inside"
        self.buckets = Buckets(self.root)
        self.model = {}

    def teardown(self):
        self.buckets.close()
        self.folder.cleanup()

    @rule(bucket=BUCKETS)
    def create(self, bucket):
        self.buckets.create(bucket)
        self.model.setdefault(bucket, {})

    @precondition(lambda self: self.model)
    @rule(data=st.data(), key=KEYS, content=st.binary(max_size=40))
    def put(self, data, key, content):
        bucket = data.draw(st.sampled_from(sorted(self.model)))
        self.buckets.put(bucket, key, [content[:7], content[7:]], {"x-amz-meta-n": str(len(content))})
        self.model[bucket][key] = content

    @precondition(lambda self: any(self.model.values()))
    @rule(data=st.data(), goal=BUCKETS, key=KEYS)
    def copy(self, data, goal, key):
        bucket = data.draw(st.sampled_from(sorted(name for name, held in self.model.items() if held)))
        source = data.draw(st.sampled_from(sorted(self.model[bucket])))
        found = self.buckets.head(bucket, source)
        if goal not in self.model:
            with pytest.raises(NoSuchBucket):
                self.buckets.copy(found, goal, key)
            return
        self.buckets.copy(found, goal, key)
        self.model[goal][key] = self.model[bucket][source]

    @precondition(lambda self: self.model)
    @rule(data=st.data(), key=KEYS)
    def delete(self, data, key):
        bucket = data.draw(st.sampled_from(sorted(self.model)))
        key = data.draw(st.sampled_from([key, *self.model[bucket]]))
        self.buckets.delete(bucket, key)
        self.model[bucket].pop(key, None)

    @rule(bucket=BUCKETS)
    def drop(self, bucket):
        if bucket not in self.model:
            with pytest.raises(NoSuchBucket):
                self.buckets.drop(bucket)
        elif self.model[bucket]:
            with pytest.raises(BucketNotEmpty):
                self.buckets.drop(bucket)
        else:
            self.buckets.drop(bucket)
            del self.model[bucket]

    @rule()
    def open_again(self):
        self.buckets.close()
        self.buckets = Buckets(self.root)

    @precondition(lambda self: self.model)
    @rule(
        data=st.data(),
        delimiter=st.sampled_from(["", "/", "a", "a/", "\0"]),
        limit=st.integers(1, 4),
    )
    def list_pages(self, data, delimiter, limit):
        bucket = data.draw(st.sampled_from(sorted(self.model)))
        keys = st.sampled_from(["", *self.model[bucket]]) | KEYS
        prefix = data.draw(keys.map(lambda key: key[: len(key) // 2]))
        first = after = data.draw(st.just("") | keys)
        names = []
        while after is not None:
            page = self.buckets.objects(bucket, prefix=prefix, delimiter=delimiter, after=after, limit=limit)
            found = sorted([*page.folders, *(each.key for each in page.objects)], key=str.encode)
            assert len(found) == limit or page.next_after is None
            names += found
            after = page.next_after
        assert names == listed(self.model[bucket], prefix, delimiter, first)

    @invariant()
    def holds_what_the_model_holds(self):
        assert [bucket.name for bucket in self.buckets.buckets()] == sorted(self.model)
        for bucket, held in self.model.items():
            for key, content in held.items():
                assert self.buckets.path(bucket, key).read_bytes() == content
                assert self.buckets.head(bucket, key).size == len(content)
                assert self.buckets.head(bucket, key).headers == {"x-amz-meta-n": str(len(content))}

    @invariant()
    def every_file_lies_in_the_folder_of_its_bucket_and_none_is_left_over(self):
        outside = [path for path in files_below(Path(self.folder.name)) if not path.is_relative_to(self.root)]
        assert outside == []
        paths = {self.buckets.path(bucket, key) for bucket, held in self.model.items() for key in held}
        assert set(files_below(self.root / "data")) == paths
        for bucket, held in self.model.items():
            assert len(files_below(self.root / "data" / bucket)) == len(held)


TestBucketsAreDicts = BucketsAreDicts.TestCase
TestBucketsAreDicts.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


@given(st.text(st.characters(codec="utf-8"), max_size=5), st.text(st.characters(codec="utf-8"), max_size=5))
def test_the_successor_of_a_prefix_comes_after_all_that_begins_with_it_and_before_the_rest(prefix, other):
    end = successor(prefix.encode())
    assert (prefix + other).encode() < end
    if other.encode() > prefix.encode() and not other.startswith(prefix):
        assert other.encode() >= end


@pytest.mark.parametrize(
    "name", ["ab", "a" * 64, "Shop", "-shop", "shop-", "a..b", "192.168.0.1", "a/b", "..", "a_b"]
)
def test_a_name_outside_the_rules_is_no_bucket(buckets, name):
    with pytest.raises(InvalidBucketName, match="lower-case"):
        buckets.create(name)


def test_creating_a_bucket_twice_keeps_what_it_holds(buckets):
    buckets.put("shop", "a", [b"1"])
    buckets.create("shop")
    assert buckets.path("shop", "a").read_bytes() == b"1"


def test_what_is_missing_is_named(buckets):
    with pytest.raises(NoSuchBucket, match="'depot'"):
        buckets.put("depot", "a", [b""])
    with pytest.raises(NoSuchBucket, match="'depot'"):
        buckets.head("depot", "a")
    with pytest.raises(NoSuchBucket, match="'depot'"):
        buckets.delete("depot", "a")
    with pytest.raises(NoSuchKey, match=r"'shop'.*'a'"):
        buckets.open("shop", "a")


def test_a_key_of_1025_bytes_is_too_long(buckets):
    with pytest.raises(KeyTooLongError, match="1025"):
        buckets.put("shop", "é" * 512 + "x", [b""])


def test_a_put_that_fails_halfway_leaves_the_old_object_and_no_file(buckets):
    buckets.put("shop", "a", [b"old"])

    def failing():
        yield b"new"
        raise OSError("the line went dead")

    with pytest.raises(OSError, match="line"):
        buckets.put("shop", "a", failing())
    assert buckets.path("shop", "a").read_bytes() == b"old"
    assert len(files_below(buckets.store.root / "data")) == 1


def test_of_many_writers_that_want_to_be_first_one_is(buckets):
    def write(n):
        draft = buckets.draft("shop", "lock")
        draft.write(b"%d" % n)
        try:
            buckets.keep(draft, "shop", "lock", if_none_match="*")
        except PreconditionFailed:
            return None
        return n

    with ThreadPoolExecutor(4) as pool:
        winners = [n for n in pool.map(write, range(8)) if n is not None]
    assert len(winners) == 1
    assert buckets.path("shop", "lock").read_bytes() == b"%d" % winners[0]
    assert len(files_below(buckets.store.root / "data")) == 1


def test_a_write_can_demand_the_version_it_read(buckets):
    etag = buckets.put("shop", "a", [b"1"]).etag
    draft = buckets.draft("shop", "a")
    with pytest.raises(PreconditionFailed):
        buckets.keep(draft, "shop", "a", if_match="0" * 32)
    with pytest.raises(PreconditionFailed):
        buckets.keep(buckets.draft("shop", "b"), "shop", "b", if_match="*")
    draft = buckets.draft("shop", "a")
    draft.write(b"2")
    buckets.keep(draft, "shop", "a", if_match=etag)
    assert buckets.path("shop", "a").read_bytes() == b"2"
    assert len(files_below(buckets.store.root / "data")) == 1


def test_a_disk_that_is_full_refuses_and_nothing_is_lost(buckets, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "no space left")

    buckets.put("shop", "a", [b"old"])
    with monkeypatch.context() as patch:
        patch.setattr("presage.files.os.fsync", full)
        with pytest.raises(OSError, match="no space"):
            buckets.put("shop", "a", [b"new"])
    assert buckets.path("shop", "a").read_bytes() == b"old"
    assert len(files_below(buckets.store.root / "data")) == 1
    buckets.put("shop", "a", [b"new"])


def test_a_reader_keeps_the_version_it_opened(buckets):
    buckets.put("shop", "a", [b"old"])
    with buckets.reading("shop", "a") as path:
        _, file = buckets.open("shop", "a")
        buckets.put("shop", "a", [b"new"])
        assert path.read_bytes() == b"old"
        with file:
            assert file.read() == b"old"
    assert not path.exists()
    assert buckets.path("shop", "a").read_bytes() == b"new"


def test_a_second_process_sees_what_the_first_stored(buckets):
    other = Buckets(buckets.store.root)
    other.put("shop", "a", [b"1"])
    assert buckets.path("shop", "a").read_bytes() == b"1"
    other.close()


def test_a_policy_is_kept_and_taken_away(buckets):
    with pytest.raises(NoSuchBucketPolicy):
        buckets.policy("shop")
    buckets.set_policy("shop", '{"Statement": []}')
    assert buckets.policy("shop") == '{"Statement": []}'
    buckets.set_policy("shop", None)
    with pytest.raises(NoSuchBucketPolicy):
        buckets.policy("shop")


def test_a_sweep_deletes_what_a_crash_left_behind_and_nothing_else(buckets):
    buckets.put("shop", "a", [b"1"])
    left_over = buckets.draft("shop", "b")
    with left_over.sealed():
        pass
    lent = buckets.store.lend(buckets.path("shop", "a"))
    assert buckets.sweep() == 0
    buckets.clock = lambda: time.time() + 2 * 86_400
    assert buckets.sweep() == 2
    assert not left_over.path.exists()
    assert not lent.exists()
    assert buckets.path("shop", "a").read_bytes() == b"1"


def test_a_sweep_goes_past_what_errs_or_vanishes(buckets):
    left_over = [buckets.draft("shop", "b") for _ in range(3)]
    for draft in left_over:
        with draft.sealed():
            pass
    folder = buckets.store.folder("shop")
    (folder / "0-a-folder").mkdir()  # which cannot be deleted as a file can
    (folder / "0-a-link").symlink_to(folder / "nothing")
    (buckets.store.root / "data" / "no-folder").write_bytes(b"")
    buckets.clock = lambda: time.time() + 2 * 86_400
    assert buckets.sweep() == 4
    assert not any(draft.path.exists() for draft in left_over)


def test_a_sweep_and_overwrites_do_not_disturb_each_other(buckets):
    """Files and folders go while the sweep looks at them."""
    ended = threading.Event()

    def overwrite():
        for n in range(150):
            buckets.put("shop", f"in/{n % 3}", [b"1"])
            buckets.create("brief")
            buckets.put("brief", "a", [b"1"])
            buckets.delete("brief", "a")
            buckets.drop("brief")
        ended.set()

    writer = threading.Thread(target=overwrite)
    writer.start()
    try:
        while not ended.is_set():
            buckets.sweep()
    finally:
        writer.join()
    assert [buckets.path("shop", f"in/{n}").read_bytes() for n in range(3)] == [b"1"] * 3


def test_where_the_disk_has_no_links_a_copy_is_copied(buckets, monkeypatch):
    def no_links(source, target):
        raise PermissionError("no hard links here")

    monkeypatch.setattr("presage.files.os.link", no_links)
    copied = buckets.copy(buckets.put("shop", "a", [b"1"]), "shop", "b")
    assert copied.path.read_bytes() == b"1"


WRITER = """
import errno
import itertools, pathlib, sys
from presage.buckets.buckets import Buckets
buckets = Buckets(pathlib.Path(sys.argv[1]))
for n in itertools.count():
    buckets.put("shop", f"in/{n % 7}", [b"%d" % n * 1000])
    print(n, flush=True)
"""


def test_what_was_stored_survives_a_kill(buckets):
    root = buckets.store.root
    with subprocess.Popen([sys.executable, "-c", WRITER, root], stdout=subprocess.PIPE, text=True) as writer:
        lines = list(itertools.islice(writer.stdout, 30))
        writer.kill()
        lines += writer.stdout
    last = int(lines[-1])
    held = {key: buckets.path("shop", f"in/{key}").read_bytes() for key in range(7)}
    for n in range(last - 6, last + 1):
        # The write after the last one told may have been stored too.
        assert held[n % 7] in (b"%d" % n * 1000, b"%d" % (last + 1) * 1000)
    buckets.clock = lambda: time.time() + 2 * 86_400
    assert buckets.sweep() <= 2
    assert len(files_below(root / "data")) == 7
