import os
import signal

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

    def test_progress_is_read_from_another_process(self, busy, arn):
        busy.jobs.submit("slow", arn)
        progress = eventually(lambda: (now := busy.jobs.progress(arn)).step and now)
        assert (progress.step, progress.fraction) == ("waiting", 0.25)

    def test_a_kind_that_a_worker_does_not_know_is_left_to_others(self, busy, arn):
        busy.jobs.submit("of-tomorrow", arn)
        busy.jobs.submit("quick", arn + "b")
        busy.until(arn + "b", "DONE")
        assert busy.jobs.state(arn) == "WAITING"

    def test_a_forgotten_job_is_done_again_when_it_is_submitted_again(self, busy, arn):
        busy.jobs.submit("quick", arn)
        busy.until(arn, "DONE")
        busy.jobs.forget(arn)
        assert busy.jobs.state(arn) is None
        busy.jobs.submit("quick", arn)
        busy.until(arn, "DONE")
        assert len(busy.marks("ran", arn)) == 2


class TestJobsFail:
    def test_a_job_whose_process_dies_three_times(self, busy, arn):
        busy.jobs.submit("deadly", arn)
        busy.until(arn, "FAILED")
        assert len(busy.marks("began", arn)) == 3
        reason = "the worker process died 3 times (signal 9: out of memory?)"
        assert busy.marks("failed", arn) == [reason]

    def test_an_error_is_tried_again_and_then_told_without_its_trace(self, busy, arn):
        busy.jobs.submit("faulty", arn)
        busy.until(arn, "FAILED")
        assert len(busy.marks("began", arn)) == 3
        (reason,) = busy.marks("failed", arn)
        assert reason.startswith("ValueError: seven is not a number of legs (tried 3 times; the log tells")
        assert "Traceback" not in reason

    def test_a_job_failure_is_final_and_its_text_is_the_reason(self, busy, arn):
        busy.jobs.submit("refused", arn)
        busy.until(arn, "FAILED")
        assert len(busy.marks("began", arn)) == 1
        assert busy.marks("failed", arn) == ["row 7 of shop.csv has no USER_ID"]

    def test_what_marks_a_failure_is_called_until_it_returns(self, busy, arn):
        busy.jobs.submit("unlucky", arn)
        busy.until(arn, "FAILED")
        assert len(busy.marks("began", arn)) == 1
        assert busy.marks("failed", arn) == ["row 7 of shop.csv has no USER_ID"]


class TestProcessesAreKilled:
    def test_a_job_whose_process_was_killed_is_tried_again(self, busy, arn):
        busy.jobs.submit("slow", arn)
        os.kill(busy.began(arn), signal.SIGKILL)
        busy.began(arn, times=2)
        busy.release(arn)
        busy.until(arn, "DONE")
        assert len(busy.marks("ended", arn)) == 1

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
        workshop.freeze(still)
        second = workshop.began("arn:1", times=2)
        assert not is_alive(first)
        still.send_signal(signal.SIGCONT)
        workshop.jobs.submit("quick", "arn:2")
        workshop.until("arn:2", "DONE")
        assert is_alive(second)
        workshop.release("arn:1")
        workshop.until("arn:1", "DONE")
        assert workshop.marks("ended", "arn:1") == [str(second)]

    def test_a_worker_outlives_the_guard_of_its_children(self, busy, arn):
        busy.jobs.submit("slow", arn)
        child = busy.began(arn)
        os.kill(int(busy.marks("parent", arn)[0]), signal.SIGKILL)
        busy.began(arn, times=2)
        assert not is_alive(child)
        busy.release(arn)
        busy.until(arn, "DONE")

    def test_a_worker_outlives_an_outage_of_its_database_and_its_children_do_not(self, workshop):
        worker = workshop.worker()
        workshop.jobs.submit("slow", "arn:1")
        child = workshop.began("arn:1")
        workshop.say("ALTER TABLE jobs RENAME TO away")
        workshop.say("ALTER TABLE job_workers RENAME TO away_too")
        eventually(lambda: not is_alive(child))
        workshop.say("ALTER TABLE away RENAME TO jobs")
        workshop.say("ALTER TABLE away_too RENAME TO job_workers")
        workshop.began("arn:1", times=2)
        workshop.release("arn:1")
        workshop.until("arn:1", "DONE")
        assert worker.poll() is None

    def test_killed_workers_take_their_jobs_processes_along_and_the_third_is_the_last(self, workshop):
        workshop.jobs.submit("with_grandchild", "arn:1")
        for time in range(1, 4):
            worker = workshop.worker(pace=NEVER)
            child = workshop.began("arn:1", times=time)
            helper = int(workshop.marks("helper", "arn:1")[-1])
            workshop.kill(worker)
            eventually(lambda pids=(child, helper): not any(map(is_alive, pids)))
        workshop.worker(pace=NEVER)
        workshop.until("arn:1", "FAILED")
        assert "died 3 times, with its worker" in workshop.marks("failed", "arn:1")[0]

    def test_a_worker_that_is_told_to_stop_does_so_and_its_job_waits(self, workshop):
        worker = workshop.worker(pace=NEVER)
        workshop.jobs.submit("slow", "arn:1")
        child = workshop.began("arn:1")
        workshop.kill(worker, signal.SIGTERM)
        assert worker.returncode == 0
        assert not is_alive(child)
        assert workshop.jobs.state("arn:1") == "WAITING"


class TestJobsAreCancelled:
    def test_one_that_runs_is_killed_and_stopped_is_told(self, busy, arn):
        busy.jobs.submit("slow", arn)
        child = busy.began(arn)
        busy.jobs.cancel(arn)
        busy.until(arn, "CANCELLED")
        assert not is_alive(child)
        assert len(busy.marks("began", arn)) == 1
        assert len(busy.marks("stopped", arn)) == 1
        assert busy.marks("ended", arn) == busy.marks("failed", arn) == []

    def test_one_that_waits_never_starts_even_while_all_slots_are_taken(self, workshop):
        workshop.worker(slots=1)
        workshop.jobs.submit("slow", "arn:1")
        workshop.began("arn:1")
        workshop.jobs.submit("slow", "arn:2")
        workshop.jobs.cancel("arn:2")
        workshop.until("arn:2", "CANCELLED")
        assert workshop.jobs.state("arn:1") == "RUNNING"
        assert workshop.marks("began", "arn:2") == []

    def test_one_that_is_done_stays_done(self, busy, arn):
        busy.jobs.submit("quick", arn)
        busy.until(arn, "DONE")
        busy.jobs.cancel(arn)
        assert busy.jobs.state(arn) == "DONE"

    def test_the_process_of_a_forgotten_one_is_killed(self, busy, arn):
        busy.jobs.submit("slow", arn)
        child = busy.began(arn)
        busy.jobs.forget(arn)
        eventually(lambda: not is_alive(child))
        assert busy.jobs.state(arn) is None


def test_records_without_jobs_are_looked_for_at_the_start_and_from_time_to_time(workshop):
    pace = Pace(poll_seconds=QUICK.poll_seconds, reconcile_seconds=0.2)
    workshop.worker(reconcile="tests.jobs.works:reconcile", pace=pace)
    eventually(lambda: len(workshop.marks("reconciled")) >= 2)
