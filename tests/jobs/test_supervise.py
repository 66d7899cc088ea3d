import os
import signal
import subprocess
import sys

from presage.jobs.roster import is_alive
from presage.jobs.supervise import Supervisor

from .workshop import Workshop, eventually

SERVER = """
import sys, time
from presage.jobs.supervise import Supervisor
supervisor = Supervisor(sys.argv[1:])
print(supervisor.pid, flush=True)
time.sleep(600)
"""


def command(workshop):
    return workshop.command_of("local", slots=1)


def test_a_worker_that_dies_is_started_again_and_does_its_job(workshop, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", Workshop.environment()["PYTHONPATH"])
    supervisor = Supervisor(command(workshop))
    workshop.jobs.submit("slow", "arn:1")
    workshop.began("arn:1")
    first = supervisor.pid
    os.kill(first, signal.SIGKILL)
    workshop.began("arn:1", times=2)
    assert supervisor.pid != first
    workshop.release("arn:1")
    workshop.until("arn:1", "DONE")
    supervisor.stop()
    assert not is_alive(supervisor.pid)


def test_a_worker_stops_when_its_server_is_killed(workshop):
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, *command(workshop)],
        stdout=subprocess.PIPE,
        env=Workshop.environment(),
    )
    worker = int(server.stdout.readline())
    workshop.jobs.submit("slow", "arn:1")
    child = workshop.began("arn:1")
    workshop.kill(server)
    server.stdout.close()
    eventually(lambda: not is_alive(worker) and not is_alive(child))
    assert workshop.jobs.state("arn:1") == "WAITING"
