import pytest

from presage.jobs.interruptions import MOST_IN_A_ROW, reason_for_the_record
from presage.jobs.leases import Leases
from presage.jobs.queue import Jobs
from presage.jobs.table import open_job_table

from .running import new_url


class Job:
    """A job whose worker takes it as soon as it is due, on a clock that goes from one try to the next."""

    def __init__(self, url):
        self.now = 1000.0
        self.queue, self.engine = Jobs(url), open_job_table(url)
        self.leases = Leases(self.engine, "worker", lambda: self.now)
        self.queue.submit("train", "arn:1")

    def take(self):
        """The lease, and how long the job waited for it to a quarter of a second."""
        before = self.now
        while not (leases := self.leases.take(["train"], most=1, besides=())):
            self.now += 0.25
        return leases[0], self.now - before

    def interrupt(self, fraction):
        self.leases.store_progress({"arn:1": ("reading", fraction)})
        self.leases.interrupt("arn:1")


@pytest.fixture
def job(tmp_path):
    job = Job(new_url(tmp_path))
    yield job
    job.queue.close()
    job.engine.dispose()


def test_a_job_that_gets_no_further_waits_longer_each_time_and_is_counted(job):
    job.take()
    waited = []
    for number in range(1, 10):
        job.interrupt(0.0)
        lease, seconds = job.take()
        assert (lease.interruptions, lease.tries) == (number, 0)
        waited.append(seconds)
    assert waited == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0]


def test_a_job_that_gets_further_each_time_is_never_interrupted_too_often(job):
    job.take()
    for number in range(1, 2 * MOST_IN_A_ROW):
        job.interrupt(number / (2 * MOST_IN_A_ROW))
        lease, seconds = job.take()
        assert (lease.interruptions, seconds) == (1, 0.25)


def test_getting_as_far_as_before_is_not_getting_further(job):
    job.take()
    for number, fraction in enumerate((0.5, 0.3, 0.5, 0.1), 1):
        job.interrupt(fraction)
        lease, _ = job.take()
        assert (lease.interruptions, lease.furthest) == (number, 0.5)
    job.interrupt(0.6)
    lease, _ = job.take()
    assert (lease.interruptions, lease.furthest) == (1, 0.6)


def test_a_person_reads_what_to_do():
    assert reason_for_the_record("epoch 3 of 5", 0.6) == (
        "interrupted 50 times in a row without getting further than 60% (last step: epoch 3 of 5): each time the "
        "worker, the machine or the job's process was killed; give presage more memory or this job less data, or "
        "find what kills its processes, then ask again"
    )
    assert "(last step: none)" in reason_for_the_record("", 0.0)
