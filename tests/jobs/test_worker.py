import os
import signal
from dataclasses import replace

import pytest

from presage.jobs.heartbeats import is_alive
from presage.jobs.interruptions import MOST_IN_A_ROW
from presage.jobs.work import Pace

from .running import QUICK, eventually

NEVER = Pace(poll_seconds=0.05, lease_seconds=600.0, retry_seconds=0.05)


class TestJobsAreDone:
    def test_a_job_that_was_submitted_before_any_worker_ran(self, running):
        running.jobs.submit("quick", "arn:1")
        assert running.jobs.state("arn:1") == "WAITING"
        running.worker()
        running.until("arn:1", "DONE")
        assert len(running.marks("ran", "arn:1")) == 1
        assert running.jobs.progress("arn:1").fraction == 1.0

    def test_fifty_quick_jobs_of_two_workers_are_each_done_once(self, running):
        arns = [f"arn:{number}" for number in range(50)]
        for arn in arns:
            running.jobs.submit("quick", arn)
            running.jobs.submit("quick", arn)
        running.worker("one")
        running.worker("two")
        for arn in arns:
            running.until(arn, "DONE")
        running.jobs.submit("quick", arns[0])
        assert all(len(running.marks("ran", arn)) == 1 for arn in arns)

    def test_each_in_a_process_of_its_own_and_no_more_at_once_than_there_are_slots(self, running):
        worker = running.worker(slots=2)
        for number in range(3):
            running.jobs.submit("slow", f"arn:{number}")
        pids = {running.began("arn:0"), running.began("arn:1")}
        assert len(pids | {worker.pid}) == 3
        running.release("arn:0")
        running.began("arn:2")
        assert running.jobs.state("arn:0") == "DONE"
        assert running.jobs.state("arn:1") == "RUNNING"

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


class TestJobsInTheBackground:
    def test_they_take_no_slot_and_one_runs_at_a_time_at_low_priority(self, running):
        running.worker(slots=1)
        for number in range(2):
            running.jobs.submit("background", f"arn:{number}")
        running.began("arn:0")
        running.jobs.submit("quick", "arn:quick")
        running.until("arn:quick", "DONE")
        assert running.jobs.state("arn:1") == "WAITING"
        running.release("arn:0")
        running.began("arn:1")
        assert running.marks("niceness") == [str(min(19, os.nice(0) + 10))] * 2

    def test_they_start_while_every_slot_is_taken(self, running):
        running.worker(slots=1)
        running.jobs.submit("slow", "arn:slow")
        running.began("arn:slow")
        running.jobs.submit("background", "arn:0")
        running.began("arn:0")


class TestJobsInTurn:
    def test_those_with_one_key_run_one_at_a_time_in_their_order_on_all_workers(self, running):
        keys = ("", "a", "b")
        arns = {key: [f"arn:{key}:{number}" for number in range(8)] for key in keys}
        for number in range(8):
            for key in keys:
                running.jobs.submit("in_turn", arns[key][number], serial=key)
        running.worker("one", slots=2)
        running.worker("two", slots=2)
        for key in keys:
            for arn in arns[key]:
                running.until(arn, "DONE")
        for key in ("a", "b"):
            lines = (line for line in running.lines() if line[1] in arns[key])
            assert [line[:2] for line in lines] == [[w, arn] for arn in arns[key] for w in ("began", "ended")]

    def test_the_next_one_runs_when_one_is_cancelled_or_fails(self, running):
        running.worker(slots=4)
        running.jobs.submit("slow", "arn:0", serial="a")
        for number, kind in enumerate(("slow", "refused", "quick"), 1):
            running.jobs.submit(kind, f"arn:{number}", serial="a")
        running.began("arn:0")
        running.jobs.cancel("arn:1")
        running.until("arn:1", "CANCELLED")
        assert [running.jobs.state(f"arn:{n}") for n in (2, 3)] == ["WAITING", "WAITING"]
        running.jobs.cancel("arn:0")
        running.until("arn:3", "DONE")
        assert running.jobs.state("arn:2") == "FAILED"


WAITING_FOR = {
    "on_a_full_disk": "waiting for space on the disk",
    "during_an_outage": "waiting until it answers again: the lake cannot be reached",
}


class TestJobsWait:
    @pytest.mark.parametrize("kind", WAITING_FOR)
    def test_for_what_is_no_fault_of_theirs_however_often_they_meet_it(self, busy, arn, kind):
        busy.jobs.submit(kind, arn)
        eventually(lambda: len(busy.marks("began", arn)) > 4)
        assert busy.jobs.state(arn) in {"WAITING", "RUNNING"}
        eventually(lambda: busy.jobs.progress(arn).step == WAITING_FOR[kind])
        busy.release(arn)
        busy.until(arn, "DONE")
        assert busy.marks("failed", arn) == []


class TestJobsFail:
    def test_a_job_whose_process_dies_three_times(self, busy, arn):
        busy.jobs.submit("deadly", arn)
        busy.until(arn, "FAILED")
        assert len(busy.marks("began", arn)) == 3
        reason = "the job's process died 3 times (signal 11: a crash in native code)"
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

    def test_a_job_that_makes_no_progress_three_times(self, running):
        running.worker(pace=replace(QUICK, stall_seconds=1.0))
        running.jobs.submit("asleep", "arn:1")
        running.until("arn:1", "FAILED")
        assert len(running.marks("began", "arn:1")) == 3
        (reason,) = running.marks("failed", "arn:1")
        assert reason.startswith(
            "the job's process made no progress at step 'waiting' (25% done): it reported"
        )
        assert reason.endswith("seconds, so it was ended (tried 3 times)")

    def test_what_marks_a_failure_is_called_until_it_returns(self, busy, arn):
        busy.jobs.submit("unlucky", arn)
        busy.until(arn, "FAILED")
        assert len(busy.marks("began", arn)) == 1
        assert busy.marks("failed", arn) == ["row 7 of shop.csv has no USER_ID"]


class TestProcessesAreKilled:
    def test_a_job_whose_process_was_killed_is_tried_again_however_often(self, busy, arn):
        busy.jobs.submit("slow", arn)
        for time in range(1, 5):
            os.kill(busy.began(arn, times=time), signal.SIGKILL)
        busy.began(arn, times=5)
        busy.release(arn)
        busy.until(arn, "DONE")
        assert len(busy.marks("ended", arn)) == 1

    def test_a_job_that_is_interrupted_too_often_without_getting_further_fails(self, busy, arn):
        busy.jobs.submit("slow", arn)
        eventually(lambda: busy.jobs.progress(arn).step)
        os.kill(busy.began(arn), signal.SIGKILL)
        busy.began(arn, times=2)
        busy.say(f"UPDATE jobs SET interruptions = {MOST_IN_A_ROW - 1} WHERE arn = '{arn}'")
        os.kill(busy.began(arn, times=2), signal.SIGKILL)
        busy.until(arn, "FAILED")
        (reason,) = busy.marks("failed", arn)
        assert reason.startswith(
            "interrupted 50 times in a row without getting further than 25% (last step: "
        )
        assert len(busy.marks("began", arn)) == 2

    def test_a_living_worker_takes_over_from_one_that_was_killed(self, running):
        dying = running.worker("one", slots=1)
        running.jobs.submit("slow", "arn:1")
        running.began("arn:1")
        running.worker("two")
        running.kill(dying)
        running.began("arn:1", times=2)
        running.release("arn:1")
        running.until("arn:1", "DONE")

    def test_a_worker_that_stands_still_loses_its_job_only_after_its_child_is_dead(self, running):
        still = running.worker("one", slots=1)
        running.jobs.submit("slow", "arn:1")
        first = running.began("arn:1")
        running.worker("two")
        running.freeze(still)
        second = running.began("arn:1", times=2)
        assert not is_alive(first)
        still.send_signal(signal.SIGCONT)
        running.jobs.submit("quick", "arn:2")
        running.until("arn:2", "DONE")
        assert is_alive(second)
        running.release("arn:1")
        running.until("arn:1", "DONE")
        assert running.marks("ended", "arn:1") == [str(second)]

    def test_a_worker_outlives_the_guard_of_its_children(self, busy, arn):
        busy.jobs.submit("slow", arn)
        child = busy.began(arn)
        os.kill(int(busy.marks("parent", arn)[0]), signal.SIGKILL)
        busy.began(arn, times=2)
        assert not is_alive(child)
        busy.release(arn)
        busy.until(arn, "DONE")

    def test_a_worker_outlives_an_outage_of_its_database_and_its_children_do_not(self, running):
        worker = running.worker()
        running.jobs.submit("slow", "arn:1")
        child = running.began("arn:1")
        running.say("ALTER TABLE jobs RENAME TO away")
        running.say("ALTER TABLE job_workers RENAME TO away_too")
        eventually(lambda: not is_alive(child))
        running.say("ALTER TABLE away RENAME TO jobs")
        running.say("ALTER TABLE away_too RENAME TO job_workers")
        running.began("arn:1", times=2)
        running.release("arn:1")
        running.until("arn:1", "DONE")
        assert worker.poll() is None

    def test_killed_workers_take_their_jobs_processes_along_and_another_does_the_job(self, running):
        running.jobs.submit("with_grandchild", "arn:1")
        for time in range(1, 5):
            worker = running.worker(pace=NEVER)
            child = running.began("arn:1", times=time)
            helper = int(running.marks("helper", "arn:1")[-1])
            running.kill(worker)
            eventually(lambda pids=(child, helper): not any(map(is_alive, pids)))
        running.worker(pace=NEVER)
        running.release("arn:1")
        running.until("arn:1", "DONE")

    def test_a_worker_that_is_told_to_stop_does_so_and_its_job_waits(self, running):
        worker = running.worker(pace=NEVER)
        running.jobs.submit("slow", "arn:1")
        child = running.began("arn:1")
        running.kill(worker, signal.SIGTERM)
        assert worker.returncode == 0
        assert not is_alive(child)
        assert running.jobs.state("arn:1") == "WAITING"


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

    def test_one_that_waits_never_starts_even_while_all_slots_are_taken(self, running):
        running.worker(slots=1)
        running.jobs.submit("slow", "arn:1")
        running.began("arn:1")
        running.jobs.submit("slow", "arn:2")
        running.jobs.cancel("arn:2")
        running.until("arn:2", "CANCELLED")
        assert running.jobs.state("arn:1") == "RUNNING"
        assert running.marks("began", "arn:2") == []

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
