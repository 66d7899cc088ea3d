"""A delivery in a process of its own, which may be killed."""

import json
import subprocess
import sys

from .app import WEEKLY

PROGRAM = """
import json, sys
from presage.deliveries import Means, deliver, read_spec
from presage.resources.database import connect

asked = json.loads(sys.argv[1])
means = Means(
    engine=connect(asked["records"]), client=None, clock=lambda: asked["now"],
    channels=asked["channels"], databases={"app": asked["app"]},
    users_of=None,
)
print(json.dumps(deliver(read_spec(asked["spec"]), means).counts))
"""


def start(app, **changes):
    """The delivery in a process of its own; it prints its counts."""
    asked = {
        "records": app.engine.url.render_as_string(hide_password=False),
        "now": app.now,
        "channels": app.channels,
        "app": app.url,
        "spec": {**WEEKLY, **changes},
    }
    command = [sys.executable, "-c", PROGRAM, json.dumps(asked)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def counts_of(process):
    printed, _ = process.communicate(timeout=60)
    return json.loads(printed)
