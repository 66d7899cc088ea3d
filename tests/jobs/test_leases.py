import pytest
from sqlalchemy import select

from presage.jobs.leases import LONGEST_DELAY_SECONDS, Leases
from presage.jobs.queue import Jobs
from presage.jobs.table import jobs, open_job_table

from .running import new_url

KINDS = ("train",)


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def url(tmp_path):
    return new_url(tmp_path)


@pytest.fixture
def queue(url):
    queue = Jobs(url)
    for number in range(5):
        queue.submit("train", f"arn:{number}")
    yield queue
    queue.close()


@pytest.fixture
def engine(url, queue):
    engine = open_job_table(url)
    yield engine
    engine.dispose()


@pytest.fixture
def ours(engine, clock):
    return Leases(engine, "ours", clock)


@pytest.fixture
def theirs(engine, clock):
    return Leases(engine, "theirs", clock)


def take(leases, most=1, besides=(), kinds=KINDS):
    return leases.take(kinds, most=most, besides=besides)


def taken(*arguments, **named):
    return [lease.arn for lease in take(*arguments, **named)]


def take_decided(leases, most=1):
    return leases.take_decided(KINDS, most=most, besides=())


def column(engine, arn, name):
    with engine.connect() as connection:
        return connection.execute(select(jobs.c[name]).where(jobs.c.arn == arn)).scalar()


def test_the_oldest_jobs_are_taken_and_no_job_twice(ours, theirs):
    assert ours.any_waits()
    assert taken(ours, most=2) == ["arn:0", "arn:1"]
    assert taken(theirs, most=9) == ["arn:2", "arn:3", "arn:4"]
    assert taken(ours, most=9) == []
    assert not ours.any_waits()


def test_what_is_excepted_is_not_taken(ours):
    assert taken(ours, besides=["arn:0"]) == ["arn:1"]
    assert taken(ours, most=9, kinds=("of-tomorrow",)) == []


def test_cancelled_jobs_need_no_free_slot(ours, queue):
    queue.cancel("arn:3")
    assert "arn:3" not in taken(ours, most=9)
    (lease,) = take_decided(ours)
    assert (lease.arn, lease.outcome) == ("arn:3", "CANCELLED")
    assert ours.finish(lease)
    assert queue.state("arn:3") == "CANCELLED"


def test_no_more_cancelled_jobs_are_taken_than_asked(ours, queue):
    for number in range(3):
        queue.cancel(f"arn:{number}")
    assert [lease.arn for lease in take_decided(ours, most=2)] == ["arn:0", "arn:1"]
    assert take_decided(ours, most=-1) == []


def test_a_job_whose_try_failed_waits_for_its_delay(ours, clock):
    taken(ours)
    ours.count_try("arn:0", delay_seconds=10.0)
    assert taken(ours) == ["arn:1"]
    clock.now += 10.0
    (lease,) = take(ours)
    assert (lease.arn, lease.tries) == ("arn:0", 1)


@pytest.mark.parametrize("end", ["count_try", "interrupt"])
def test_a_clock_that_is_set_back_holds_no_job(ours, clock, end):
    taken(ours)
    if end == "interrupt":
        ours.interrupt("arn:0")
    else:
        ours.count_try("arn:0", delay_seconds=1_000.0)
    assert taken(ours) == ["arn:1"]
    clock.now -= 3600.0
    assert taken(ours) == ["arn:0"]


def test_no_try_waits_for_longer_than_a_minute(ours, clock):
    taken(ours)
    ours.count_try("arn:0", delay_seconds=1_000.0)
    clock.now += LONGEST_DELAY_SECONDS
    assert taken(ours) == ["arn:0"]


def test_a_worker_that_stops_puts_back_its_jobs_as_if_they_had_not_been_taken(ours, theirs, engine):
    taken(ours, most=2)
    taken(theirs)
    ours.put_all_back()
    assert [column(engine, f"arn:{n}", "state") for n in range(3)] == ["WAITING", "WAITING", "RUNNING"]
    for name in ("tries", "interruptions", "not_before"):
        assert [column(engine, f"arn:{n}", name) for n in range(3)] == [0, 0, 0]


def test_a_job_that_is_cancelled_while_it_finishes_is_not_finished(ours, queue):
    (lease,) = take(ours)
    queue.cancel("arn:0")
    assert not ours.finish(lease)
    assert ours.current("arn:0").outcome == "CANCELLED"


def test_the_first_outcome_holds(ours, queue):
    taken(ours, most=2)
    queue.cancel("arn:0")
    assert ours.fail("arn:0", "too late").outcome == "CANCELLED"
    assert ours.fail("arn:1", "row 7 is broken").reason == "row 7 is broken"
    queue.cancel("arn:1")
    assert ours.outcomes() == {"arn:0": "CANCELLED", "arn:1": "FAILED"}


def test_nobody_changes_the_jobs_of_others(ours, theirs, queue, engine):
    (lease,) = take(ours)
    theirs.put_back("arn:0")
    theirs.interrupt("arn:0")
    theirs.count_try("arn:0", delay_seconds=0.0)
    theirs.put_all_back()
    theirs.store_progress({"arn:0": ("boasting", 1.0)})
    assert theirs.fail("arn:0", "envy") is None
    assert not theirs.finish(lease)
    assert theirs.outcomes() == {}
    assert ours.outcomes() == {"arn:0": ""}
    assert column(engine, "arn:0", "step") == ""


def test_progress_is_read_by_those_who_asked(ours, queue, clock):
    taken(ours)
    ours.store_progress({"arn:0": ("epoch 2 of 5", 0.4)})
    progress = queue.progress("arn:0")
    assert (progress.step, progress.fraction, progress.updated_at) == ("epoch 2 of 5", 0.4, clock.now)
