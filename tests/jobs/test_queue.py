from concurrent.futures import ThreadPoolExecutor

import pytest

from presage.jobs.queue import Jobs


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'jobs.sqlite'}"


@pytest.fixture
def jobs(url):
    jobs = Jobs(url)
    yield jobs
    jobs.close()


def test_a_job_that_nobody_asked_for_is_unknown(jobs):
    assert jobs.state("arn:1") is None
    assert jobs.progress("arn:1") is None
    jobs.cancel("arn:1")
    jobs.forget("arn:1")
    assert jobs.state("arn:1") is None


def test_a_submitted_job_waits_also_for_others_who_open_the_queue(jobs, url):
    jobs.submit("train", "arn:1")
    again = Jobs(url)
    again.submit("train", "arn:1")
    assert again.state("arn:1") == "WAITING"
    again.close()


def test_many_threads_submit_at_once(jobs):
    arns = [f"arn:{number}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda arn: jobs.submit("train", arn), arns * 2))
    assert {jobs.state(arn) for arn in arns} == {"WAITING"}


def test_a_forgotten_job_may_be_submitted_again(jobs):
    jobs.submit("train", "arn:1")
    jobs.forget("arn:1")
    assert jobs.state("arn:1") is None
    jobs.submit("import", "arn:1")
    assert jobs.state("arn:1") == "WAITING"


def test_a_job_has_no_progress_before_it_begins(jobs):
    jobs.submit("train", "arn:1")
    progress = jobs.progress("arn:1")
    assert (progress.step, progress.fraction) == ("", 0.0)
