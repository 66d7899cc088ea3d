import pytest
from sqlalchemy import select

from presage.jobs.claims import Claims
from presage.jobs.ledger import jobs, open_ledger
from presage.jobs.queue import Jobs

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
    return f"sqlite:///{tmp_path / 'jobs.sqlite'}"


@pytest.fixture
def queue(url):
    queue = Jobs(url)
    for number in range(5):
        queue.submit("train", f"arn:{number}")
    yield queue
    queue.close()


@pytest.fixture
def engine(url, queue):
    engine = open_ledger(url)
    yield engine
    engine.dispose()


@pytest.fixture
def ours(engine, clock):
    return Claims(engine, "ours", clock)


@pytest.fixture
def theirs(engine, clock):
    return Claims(engine, "theirs", clock)


def take(claims, free=1, judged=1, besides=(), kinds=KINDS):
    return claims.take(kinds, free=free, judged=judged, besides=besides)


def taken(*arguments, **named):
    return [claim.arn for claim in take(*arguments, **named)]


def column(engine, arn, name):
    with engine.connect() as connection:
        return connection.execute(select(jobs.c[name]).where(jobs.c.arn == arn)).scalar()


def test_the_oldest_jobs_are_taken_and_no_job_twice(ours, theirs):
    assert taken(ours, free=2) == ["arn:0", "arn:1"]
    assert taken(theirs, free=9) == ["arn:2", "arn:3", "arn:4"]
    assert taken(ours, free=9) == []


def test_what_is_excepted_is_not_taken(ours):
    assert taken(ours, besides=["arn:0"]) == ["arn:1"]
    assert taken(ours, free=9, kinds=("of-tomorrow",)) == []


def test_cancelled_jobs_need_no_free_slot(ours, queue):
    queue.cancel("arn:3")
    (claim,) = take(ours, free=0)
    assert (claim.arn, claim.verdict) == ("arn:3", "CANCELLED")
    assert ours.finish(claim)
    assert queue.state("arn:3") == "CANCELLED"


def test_no_more_cancelled_jobs_are_taken_than_asked(ours, queue):
    for number in range(3):
        queue.cancel(f"arn:{number}")
    assert taken(ours, free=0, judged=2) == ["arn:0", "arn:1"]
    assert taken(ours, free=0, judged=-1) == []


def test_a_job_that_was_put_back_waits_for_its_delay(ours, clock):
    taken(ours)
    ours.put_back("arn:0", delay_seconds=10.0)
    assert taken(ours) == ["arn:1"]
    clock.now += 10.0
    (claim,) = take(ours)
    assert (claim.arn, claim.tries) == ("arn:0", 2)


def test_a_worker_that_stops_puts_back_its_jobs_as_if_they_had_not_been_tried(ours, theirs, engine):
    taken(ours, free=2)
    taken(theirs)
    ours.put_all_back()
    assert [column(engine, f"arn:{n}", "state") for n in range(3)] == ["WAITING", "WAITING", "RUNNING"]
    assert [column(engine, f"arn:{n}", "tries") for n in range(3)] == [0, 0, 1]


def test_a_job_that_is_cancelled_while_it_finishes_is_not_finished(ours, queue):
    (claim,) = take(ours)
    queue.cancel("arn:0")
    assert not ours.finish(claim)
    assert ours.current("arn:0").verdict == "CANCELLED"


def test_the_first_verdict_holds(ours, queue):
    taken(ours, free=2)
    queue.cancel("arn:0")
    assert ours.condemn("arn:0", "too late").verdict == "CANCELLED"
    assert ours.condemn("arn:1", "row 7 is broken").reason == "row 7 is broken"
    queue.cancel("arn:1")
    assert ours.verdicts() == {"arn:0": "CANCELLED", "arn:1": "FAILED"}


def test_nobody_changes_the_jobs_of_others(ours, theirs, queue, engine):
    (claim,) = take(ours)
    theirs.put_back("arn:0", delay_seconds=0.0)
    theirs.put_all_back()
    theirs.note({"arn:0": ("boasting", 1.0)})
    assert theirs.condemn("arn:0", "envy") is None
    assert not theirs.finish(claim)
    assert theirs.verdicts() == {}
    assert ours.verdicts() == {"arn:0": ""}
    assert column(engine, "arn:0", "step") == ""


def test_progress_is_read_by_those_who_asked(ours, queue, clock):
    taken(ours)
    ours.note({"arn:0": ("epoch 2 of 5", 0.4)})
    progress = queue.progress("arn:0")
    assert (progress.step, progress.fraction, progress.updated_at) == ("epoch 2 of 5", 0.4, clock.now)
