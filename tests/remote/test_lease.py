import os
import signal
import subprocess
import sys
import threading

from presage.remote import lease, leased

HOLDER = """
import sys, time
from presage.remote import ObjectStore, leased
with leased(ObjectStore(sys.argv[1], endpoint=sys.argv[2]), "held"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_one_holds_it_at_a_time(store):
    inside, most = 0, 0

    def work():
        nonlocal inside, most
        for _ in range(3):
            with leased(store, "held"):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert store.list("") == {}


def test_it_is_written_again_while_it_is_held(store, monkeypatch):
    monkeypatch.setattr(lease, "RENEWAL_SECONDS", 0.02)
    with leased(store, "held"):
        first = store.read("held").etag
        for _ in range(500):
            if store.read("held").etag != first:
                break
        assert store.read("held").etag != first
    assert store.read("held") is None


def test_that_of_a_dead_holder_is_taken_over(store, server, bucket, monkeypatch):
    monkeypatch.setattr(lease, "LEASE_SECONDS", 1.0)
    command = [sys.executable, "-c", HOLDER, f"s3://{bucket}/some/where", server.url]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE)
    holder.stdout.readline()
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    held = store.read("held").data
    with leased(store, "held"):
        assert store.read("held").data != held
