"""What does a delivery cost, by channel, and what a run that has nothing to do? Does anybody get two, if it is killed?

    python -m benchmarks.deliveries [users] [kills]

Users of a company's app, three programmes each in a table, two limits; real receivers in a process beside. CPU
seconds are those of the process that delivers, without its start. Then the delivery of another week is run and
killed with SIGKILL after a random while, again and again, and once to its end: how often was each user told?

Answer (2 cores that a dozen other processes used; 13,000 users, 20 kills): a dry run 2.4 s of CPU, by webhook
14.2 s, by e-mail 17.3 s over 136 connections, a run that has nothing to do 0.2 s. apprise by itself takes 24 ms an
e-mail, 316 s. After 20 kills 12,968 messages were sent for sure and 32 in doubt, of which 24 had arrived: 12,992
users were told once, 8 not at all, nobody twice.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.deliveries.app import DAY, WEEKLY, App
from tests.deliveries.running import counts_of, start

RECEIVERS = """
import sys
from collections import Counter
from tests.receivers import Mailbox, Webhook
hook, box = Webhook(), Mailbox()
print(hook.port, box.port, flush=True)
for line in sys.stdin:
    times = Counter(Counter(payload["user"] for _, _, payload in hook.told).values())
    print(dict(times), len(box.mails), "mails", box.n_connections, "connections", flush=True)
    hook.told.clear()
"""


def measured(what, run):
    cpu, wall = time.process_time(), time.perf_counter()
    counts = run()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{what:22} {cpu:6.2f} s CPU {wall:6.2f} s  {json.dumps(counts)}", flush=True)


def killed(app, n_kills, asked):
    """Run a delivery that is killed again and again; what the last run counted."""
    for _ in range(n_kills):
        process = start(app, name="killed")
        time.sleep(random.uniform(2.0, 5.0))
        process.kill()
        process.communicate()
    print(f"after {n_kills} kills:", counts_of(start(app, name="killed")), "; users by times told:", asked())


def main(n_users, n_kills):
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, "-c", RECEIVERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as receivers,
    ):

        def asked():
            receivers.stdin.write("\n")
            receivers.stdin.flush()
            return receivers.stdout.readline().strip()

        hook, box = map(int, receivers.stdout.readline().split())
        app = App(Path(folder), n_users=n_users)
        app.channels = {
            "hook": f"json://127.0.0.1:{hook}/?:user={{user_id}}",
            "mail": f"mailto://127.0.0.1:{box}?from=coach@example.com&to={{email}}",
        }
        limits = {
            "at_once": 8,
            "limits": [{"messages": 3, "days": 7}, {"messages": 2, "days": 7, "group": "tips"}],
        }
        measured("a dry run", lambda: app.run(dry_run=True, **limits).counts)
        measured("by webhook", lambda: app.run(**limits))
        measured("again: all have it", lambda: app.run(**limits))
        app.now += 2 * DAY
        html = {**WEEKLY["message"], "html": True}
        measured("by e-mail, HTML", lambda: app.run(name="mail", channels=["mail"], message=html, **limits))
        print("users by times told:", asked(), flush=True)
        app.now += 7 * DAY
        killed(app, n_kills, asked)
        receivers.stdin.close()


if __name__ == "__main__":
    arguments = [int(word) for word in sys.argv[1:]]
    main(*arguments, *(13_000, 20)[len(arguments) :])
