import os
import signal
import subprocess
import sys
import time

from presage.jobs.heartbeats import is_alive
from presage.jobs.supervise import Supervisor

from .running import RunningWorkers, eventually

SERVER = """
import sys, time
from presage.jobs.supervise import Supervisor
supervisor = Supervisor(sys.argv[1:], name="worker")
print(supervisor.pid, flush=True)
time.sleep(600)
"""


def command(running):
    return running.command_of("local", slots=1)


def test_a_worker_that_dies_is_started_again_and_does_its_job(running, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", RunningWorkers.environment()["PYTHONPATH"])
    supervisor = Supervisor(command(running), name="worker")
    running.jobs.submit("slow", "arn:1")
    running.began("arn:1")
    first = supervisor.pid
    os.kill(first, signal.SIGKILL)
    running.began("arn:1", times=2)
    assert supervisor.pid != first
    running.release("arn:1")
    running.until("arn:1", "DONE")
    supervisor.stop()
    assert not is_alive(supervisor.pid)


def test_a_process_that_cannot_be_started_is_tried_again(tmp_path):
    program, away = tmp_path / "program", tmp_path / "away"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    supervisor = Supervisor([str(program)], name="worker")
    first = supervisor.pid
    program.rename(away)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: not is_alive(first))
    time.sleep(0.5)  # meanwhile it is tried in vain
    away.rename(program)
    eventually(lambda: supervisor.pid != first)
    os.kill(supervisor.pid, signal.SIGKILL)
    supervisor.stop()


def test_a_worker_stops_when_its_server_is_killed(running):
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, *command(running)],
        stdout=subprocess.PIPE,
        env=RunningWorkers.environment(),
    )
    worker = int(server.stdout.readline())
    running.jobs.submit("slow", "arn:1")
    child = running.began("arn:1")
    running.kill(server)
    server.stdout.close()
    eventually(lambda: not is_alive(worker) and not is_alive(child))
    assert running.jobs.state("arn:1") == "WAITING"
