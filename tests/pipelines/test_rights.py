"""A run acts with the access key of who starts it."""

import pytest

from presage.config import Config
from presage.stores import Stores

from ..running import RunningServer
from .conftest import Door

LIST = "arn:aws:states:::aws-sdk:personalize:listSolutions"
LISTING = {
    "StartAt": "List",
    "States": {"List": {"Type": "Task", "Resource": LIST, "Parameters": {}, "End": True}},
}


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    """A server with access keys: one may do anything, one may run pipelines alone, one may start them alone."""
    data = tmp_path_factory.mktemp("keyed") / "data"
    stores = Stores(Config(data=data))
    keys = [stores.keys.create(allow) for allow in (["*"], ["pipelines:*"], ["pipelines:StartRun"])]
    stores.close()
    server = RunningServer(data)
    server.keys = (keys[0].access_key_id, keys[0].secret)
    server.start()
    server.others = [(key.access_key_id, key.secret) for key in keys[1:]]
    yield server
    server.stop()


def door_of(server, key):
    door = Door(server)
    door.keys = key
    return door


def test_a_run_may_what_its_key_may(keyed):
    whole, alone, _ = (door_of(keyed, key) for key in (keyed.keys, *keyed.others))
    name = whole.put(LISTING)
    run = whole.post(f"/pipelines/{name}/runs")["name"]
    assert whole.until(run, "SUCCEEDED")["output"] == {"Solutions": []}
    run = alone.post(f"/pipelines/{name}/runs")["name"]
    failed = alone.until(run, "FAILED")
    assert failed["reason"].startswith("List: Personalize.AccessDeniedException: ")


def test_who_may_start_runs_may_not_change_what_they_do(keyed):
    whole, _, starter = (door_of(keyed, key) for key in (keyed.keys, *keyed.others))
    name = whole.put(LISTING)
    status, refused = starter.ask("POST", "/pipelines", {"name": name, "definition": "{}"})
    assert (status, refused["__type"]) == (400, "AccessDeniedException")
    assert starter.post(f"/pipelines/{name}/runs")["status"] == "RUNNING"
