"""What does a delivery cost, by channel and source of its content, and what a run that has nothing to do?

    python -m benchmarks.deliveries 13000

Users of a company's app, three programmes each in a table; real receivers in a process beside. CPU seconds are
those of the process that delivers, without its start.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.deliveries.app import DAY, WEEKLY, App

RECEIVERS = """
import sys, threading
from tests.receivers import Mailbox, Webhook
hook, box = Webhook(), Mailbox()
print(hook.port, box.port, flush=True)
sys.stdin.readline()
print(len(hook.told), len(box.mails), box.n_connections, flush=True)
"""


def measured(what, run):
    cpu, wall = time.process_time(), time.perf_counter()
    counts = run()
    print(
        f"{what:34} {time.process_time() - cpu:6.2f} s CPU {time.perf_counter() - wall:6.2f} s  {json.dumps(counts)}",
        flush=True,
    )


def main(n_users):
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, "-c", RECEIVERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as receivers,
    ):
        hook, box = map(int, receivers.stdout.readline().split())
        app = App(Path(folder), n_users=n_users)
        app.channels = {
            "hook": f"json://127.0.0.1:{hook}/?:user={{user_id}}",
            "mail": f"mailto://127.0.0.1:{box}?from=coach@example.com&to={{email}}",
        }
        limits = {"limits": [{"messages": 3, "days": 7}, {"messages": 2, "days": 7, "group": "tips"}]}
        measured("a dry run", lambda: app.run(dry_run=True, **limits).counts)
        measured("by webhook", lambda: app.run(**limits))
        measured("again: all have it", lambda: app.run(**limits))
        app.now += 2 * DAY
        html = {**WEEKLY["message"], "html": True}
        measured("by e-mail, HTML", lambda: app.run(name="mail", channels=["mail"], message=html, **limits))
        print("webhooks, e-mails, connections:", *receivers.communicate("\n")[0].split())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 13_000)
