import os
import signal

import pytest

from presage.jobs.roster import is_alive
from presage.jobs.worker import Pace

from .workshop import QUICK, eventually

NEVER = Pace(poll_seconds=0.05, lease_seconds=600.0, retry_seconds=0.05)


class TestJobsAreDone:
    def test_a_job_that_was_submitted_before_any_worker_ran(self, workshop):
        workshop.jobs.submit("quick", "arn:1")
        assert workshop.jobs.state("arn:1") == "WAITING"
        workshop.worker()
        workshop.until("arn:1", "DONE")
        assert len(workshop.marks("ran", "arn:1")) == 1
        assert workshop.jobs.progress("arn:1").fraction == 1.0

    def test_fifty_quick_jobs_of_two_workers_are_each_done_once(self, workshop):
        arns = [f"arn:{number}" for number in range(50)]
        for arn in arns:
            workshop.jobs.submit("quick", arn)
            workshop.jobs.submit("quick", arn)
        workshop.worker("one")
        workshop.worker("two")
        for arn in arns:
            workshop.until(arn, "DONE")
        workshop.jobs.submit("quick", arns[0])
        assert all(len(workshop.marks("ran", arn)) == 1 for arn in arns)

    def test_each_in_a_process_of_its_own_and_no_more_at_once_than_there_are_slots(self, workshop):
        worker = workshop.worker(slots=2)
        for number in range(3):
            workshop.jobs.submit("slow", f"arn:{number}")
        pids = {workshop.began("arn:0"), workshop.began("arn:1")}
        assert len(pids | {worker.pid}) == 3
        workshop.release("arn:0")
        workshop.began("arn:2")
        assert workshop.jobs.state("arn:0") == "DONE"
        assert workshop.jobs.state("arn:1") == "RUNNING"

    def test_progress_is_read_from_another_process(self, workshop):
        workshop.worker()
        workshop.jobs.submit("slow", "arn:1")
        progress = eventually(lambda: (now := workshop.jobs.progress("arn:1")).step and now)
        assert (progress.step, progress.fraction) == ("waiting", 0.25)

    def test_a_kind_that_a_worker_does_not_know_is_left_to_others(self, workshop):
        workshop.jobs.submit("of-tomorrow", "arn:1")
        workshop.jobs.submit("quick", "arn:2")
        workshop.worker()
        workshop.until("arn:2", "DONE")
        assert workshop.jobs.state("arn:1") == "WAITING"

    def test_a_forgotten_job_is_done_again_when_it_is_submitted_again(self, workshop):
        workshop.worker()
        workshop.jobs.submit("quick", "arn:1")
        workshop.until("arn:1", "DONE")
        workshop.jobs.forget("arn:1")
        assert workshop.jobs.state("arn:1") is None
        workshop.jobs.submit("quick", "arn:1")
        workshop.until("arn:1", "DONE")
        assert len(workshop.marks("ran", "arn:1")) == 2


class TestJobsFail:
    def test_a_job_whose_process_dies_three_times(self, workshop):
        workshop.worker()
        workshop.jobs.submit("deadly", "arn:1")
        workshop.until("arn:1", "FAILED")
        assert len(workshop.marks("began", "arn:1")) == 3
        reason = "the worker process died 3 times (signal 9: out of memory?)"
        assert workshop.marks("failed", "arn:1") == [reason]

    def test_an_error_is_tried_again_and_then_told_without_its_trace(self, workshop):
        workshop.worker()
        workshop.jobs.submit("faulty", "arn:1")
        workshop.until("arn:1", "FAILED")
        assert len(workshop.marks("began", "arn:1")) == 3
        (reason,) = workshop.marks("failed", "arn:1")
        assert reason.startswith("ValueError: seven is not a number of legs (tried 3 times; the log tells")
        assert "Traceback" not in reason

    def test_a_job_failure_is_final_and_its_text_is_the_reason(self, workshop):
        workshop.worker()
        workshop.jobs.submit("refused", "arn:1")
        workshop.until("arn:1", "FAILED")
        assert len(workshop.marks("began", "arn:1")) == 1
        assert workshop.marks("failed", "arn:1") == ["row 7 of shop.csv has no USER_ID"]

    def test_what_marks_a_failure_is_called_until_it_returns(self, workshop):
        workshop.worker()
        workshop.jobs.submit("unlucky", "arn:1")
        workshop.until("arn:1", "FAILED")
        assert len(workshop.marks("began", "arn:1")) == 1
        assert workshop.marks("failed", "arn:1") == ["row 7 of shop.csv has no USER_ID"]


class TestProcessesAreKilled:
    def test_a_job_whose_process_was_killed_is_tried_again(self, workshop):
        workshop.worker()
        workshop.jobs.submit("slow", "arn:1")
        os.kill(workshop.began("arn:1"), signal.SIGKILL)
        workshop.began("arn:1", times=2)
        workshop.release("arn:1")
        workshop.until("arn:1", "DONE")
        assert len(workshop.marks("ended", "arn:1")) == 1

    def test_a_killed_worker_takes_its_jobs_processes_along_and_its_successor_does_the_job(self, workshop):
        worker = workshop.worker(pace=NEVER)
        workshop.jobs.submit("with_grandchild", "arn:1")
        child = workshop.began("arn:1")
        helper = int(workshop.marks("helper", "arn:1")[0])
        workshop.kill(worker)
        eventually(lambda: not is_alive(child) and not is_alive(helper))
        workshop.worker(pace=NEVER)
        workshop.began("arn:1", times=2)
        workshop.release("arn:1")
        workshop.until("arn:1", "DONE")

    def test_a_living_worker_takes_over_from_one_that_was_killed(self, workshop):
        dying = workshop.worker("one", slots=1)
        workshop.jobs.submit("slow", "arn:1")
        workshop.began("arn:1")
        workshop.worker("two")
        workshop.kill(dying)
        workshop.began("arn:1", times=2)
        workshop.release("arn:1")
        workshop.until("arn:1", "DONE")

    def test_a_worker_that_stands_still_loses_its_job_only_after_its_child_is_dead(self, workshop):
        still = workshop.worker("one", slots=1)
        workshop.jobs.submit("slow", "arn:1")
        first = workshop.began("arn:1")
        workshop.worker("two")
        os.kill(still.pid, signal.SIGSTOP)
        second = workshop.began("arn:1", times=2)
        assert not is_alive(first)
        os.kill(still.pid, signal.SIGCONT)
        workshop.jobs.submit("quick", "arn:2")
        workshop.until("arn:2", "DONE")
        assert is_alive(second)
        workshop.release("arn:1")
        workshop.until("arn:1", "DONE")
        assert workshop.marks("ended", "arn:1") == [str(second)]

    def test_a_worker_outlives_the_guard_of_its_children(self, workshop):
        worker = workshop.worker(slots=1)
        workshop.jobs.submit("slow", "arn:1")
        child = workshop.began("arn:1")
        guard = os.open(f"/proc/{child}/stat", os.O_RDONLY)
        parent = int(os.read(guard, 4096).rpartition(b")")[2].split()[1])
        os.close(guard)
        os.kill(parent, signal.SIGKILL)
        workshop.began("arn:1", times=2)
        assert not is_alive(child)
        assert worker.poll() is None
        workshop.release("arn:1")
        workshop.until("arn:1", "DONE")

    def test_workers_that_are_killed_again_and_again_end_in_a_failure(self, workshop):
        workshop.jobs.submit("slow", "arn:1")
        for time in range(1, 4):
            worker = workshop.worker()
            workshop.began("arn:1", times=time)
            workshop.kill(worker)
        workshop.worker()
        workshop.until("arn:1", "FAILED")
        assert "died 3 times" in workshop.marks("failed", "arn:1")[0]

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_worker_that_is_told_to_stop_does_so_and_its_job_waits_untried(self, workshop, number):
        for time in range(1, 5):
            worker = workshop.worker(pace=NEVER)
            if time == 1:
                workshop.jobs.submit("slow", "arn:1")
            child = workshop.began("arn:1", times=time)
            workshop.kill(worker, number)
            assert worker.returncode == 0
            assert not is_alive(child)
            assert workshop.jobs.state("arn:1") == "WAITING"


class TestJobsAreCancelled:
    def test_one_that_runs_is_killed_and_stopped_is_told(self, workshop):
        workshop.worker()
        workshop.jobs.submit("slow", "arn:1")
        child = workshop.began("arn:1")
        workshop.jobs.cancel("arn:1")
        workshop.until("arn:1", "CANCELLED")
        assert not is_alive(child)
        assert len(workshop.marks("began", "arn:1")) == 1
        assert len(workshop.marks("stopped", "arn:1")) == 1
        assert workshop.marks("ended", "arn:1") == workshop.marks("failed", "arn:1") == []

    def test_one_that_waits_never_starts_even_while_all_slots_are_taken(self, workshop):
        workshop.worker(slots=1)
        workshop.jobs.submit("slow", "arn:1")
        workshop.began("arn:1")
        workshop.jobs.submit("slow", "arn:2")
        workshop.jobs.cancel("arn:2")
        workshop.until("arn:2", "CANCELLED")
        assert workshop.jobs.state("arn:1") == "RUNNING"
        assert workshop.marks("began", "arn:2") == []

    def test_one_that_is_done_stays_done(self, workshop):
        workshop.worker()
        workshop.jobs.submit("quick", "arn:1")
        workshop.until("arn:1", "DONE")
        workshop.jobs.cancel("arn:1")
        assert workshop.jobs.state("arn:1") == "DONE"

    def test_the_process_of_a_forgotten_one_is_killed(self, workshop):
        workshop.worker()
        workshop.jobs.submit("slow", "arn:1")
        child = workshop.began("arn:1")
        workshop.jobs.forget("arn:1")
        eventually(lambda: not is_alive(child))
        assert workshop.jobs.state("arn:1") is None


def test_records_without_jobs_are_looked_for_at_the_start_and_from_time_to_time(workshop):
    pace = Pace(poll_seconds=QUICK.poll_seconds, reconcile_seconds=0.2)
    workshop.worker(reconcile="tests.jobs.works:reconcile", pace=pace)
    eventually(lambda: len(workshop.marks("reconciled")) >= 2)
