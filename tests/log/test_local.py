"""What the file of a log shows, and what its disk does to it."""

import resource

import pytest

from presage.log import LogError


@pytest.fixture
def log(open_with):
    return open_with("a", "b")


def test_what_is_rewritten_is_not_in_the_file_any_more(log, tmp_path):
    log.append("a", [{"n": f"secret-{n}"} for n in range(50)]).result()
    log.rewrite("a", dict.fromkeys(range(1, 51), b'{"n":"-"}'), {})
    log.close()
    assert not any(b"secret" in file.read_bytes() for file in tmp_path.rglob("events.sqlite*"))


def test_single_records_are_erased_of_one_stream_and_from_its_file(log, tmp_path):
    log.append("a", [{"n": n, "who": "ann" if n % 2 else "bea"} for n in range(12_000)])
    log.append("b", [{}]).result()
    log.erase("a", [n + 1 for n in range(12_000) if n % 2] + [12_001, 99_999])
    left = log.read(0, 20_000)
    assert [(r.place, r.stream) for r in left] == [
        *((n + 1, "a") for n in range(0, 12_000, 2)),
        (12_001, "b"),
    ]
    assert log.last_place() == 12_001
    log.close()
    assert b"ann" not in (tmp_path / "events.sqlite").read_bytes()
    assert b"bea" in (tmp_path / "events.sqlite").read_bytes()


def test_a_full_disk_is_told_to_those_who_wait_and_does_not_end_the_log(log):
    log.append("a", [{}]).result()
    usual, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, most))
    try:
        with pytest.raises(LogError, match="full|disk"):
            log.append("a", [{"x": "x" * 1000}] * 1000).result(timeout=60)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (usual, most))
    assert log.append("a", [{"after": True}]).result(timeout=60) == range(2, 3)
    assert [r.record for r in log.read(0, 10)] == [{}, {"after": True}]
