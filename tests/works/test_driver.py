"""Every job goes the same way: begun, done, and ended as its body said."""

from dataclasses import replace

import pytest

from presage.errors import JobFailure
from presage.recipes.data import silent
from presage.resources.states import Motion, Phase, State
from presage.works import driver


@pytest.fixture
def job(stores):
    with stores.records.writing() as records:
        return records.add("personalize", "DatasetImportJob", arn="job", name="job", body={"jobName": "job"})


def test_a_record_takes_up_what_its_body_found(stores, job):
    seen = []

    def body(_stores, record, report):
        seen.append((record.motion, record.phase))
        report("half", 0.5)
        return {"_rows": 3}

    steps = []
    driver.driven(body)(stores.config, job.arn, lambda *step: steps.append(step))
    record = stores.records.expect(job.arn)
    assert seen == [(Motion.CREATE, Phase.IN_PROGRESS)]
    assert steps == [("half", 0.5)]
    assert (record.state, record["_rows"], record["jobName"]) == (State.ACTIVE, 3, "job")


def test_a_try_that_was_killed_is_gone_through_again(stores, job):
    with stores.records.writing() as records:
        records.step(job.arn, Phase.IN_PROGRESS, (Phase.PENDING,))
    driver.driven(lambda *_: {})(stores.config, job.arn, silent)
    assert stores.records.expect(job.arn).state == State.ACTIVE


@pytest.mark.parametrize("ended", [True, False])
def test_what_has_ended_or_is_gone_is_not_done_again(stores, job, ended):
    with stores.records.writing() as records:
        if ended:
            records.settle(job)
        else:
            records.remove(job.arn)
    run = driver.driven(lambda *_: pytest.fail("there is nothing left to do"))
    run(stores.config, job.arn, silent)


def test_an_error_is_left_to_the_worker_who_decides_about_another_try(stores, job):
    def body(*_):
        raise JobFailure("the file is empty")

    with pytest.raises(JobFailure):
        driver.driven(body)(stores.config, job.arn, silent)
    assert stores.records.expect(job.arn).phase == Phase.IN_PROGRESS
    driver.failed(stores.config, job.arn, "the file is empty")
    record = stores.records.expect(job.arn)
    assert (record.state, record["_reason"]) == (State.FAILED, "the file is empty")


def test_what_was_cancelled_is_stopped(stores, job):
    driver.stopped(stores.config, job.arn)
    assert stores.records.expect(job.arn).state == State.STOPPED


def test_an_end_that_comes_late_changes_nothing(stores, job):
    with stores.records.writing() as records:
        records.settle(job)
    driver.failed(stores.config, job.arn, "too late")
    driver.stopped(stores.config, job.arn)
    driver.failed(stores.config, "gone", "nobody knows it")
    driver.stopped(stores.config, "gone")
    record = stores.records.expect(job.arn)
    assert (record.state, record.get("_reason")) == (State.ACTIVE, None)


@pytest.mark.parametrize("end", ["done", "failed", "stopped"])
def test_what_a_job_prepared_goes_when_it_ends_however_that_is(stores, job, end):
    folder = stores.draft_folder(job.arn)
    folder.mkdir(parents=True)
    (folder / "half").write_text("of it")
    if end == "done":
        driver.driven(lambda *_: {})(stores.config, job.arn, silent)
    elif end == "failed":
        driver.failed(stores.config, job.arn, "the file is empty")
    else:
        driver.stopped(stores.config, job.arn)
    assert not folder.exists()


def test_what_a_job_prepared_stays_for_its_next_try(stores, job):
    def body(stores, record, report):
        stores.draft_folder(record.arn).mkdir(parents=True)
        raise RuntimeError("the network is away")

    with pytest.raises(RuntimeError):
        driver.driven(body)(stores.config, job.arn, silent)
    with stores.drafts(replace(job, arn=f"{job.arn}-other")):
        assert stores.draft_folder(job.arn).exists()
