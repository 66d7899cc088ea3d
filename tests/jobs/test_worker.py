import os
import signal

from presage.jobs.roster import is_alive

from .workshop import eventually


def test_a_job_that_was_submitted_before_any_worker_ran_is_done(workshop):
    workshop.jobs.submit("quick", "arn:1")
    assert workshop.jobs.state("arn:1") == "WAITING"
    workshop.worker()
    workshop.until("arn:1", "DONE")
    assert len(workshop.marks("ran", "arn:1")) == 1
