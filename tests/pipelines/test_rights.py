"""A run acts with the access key of who starts it."""

from .conftest import Door

LIST = "arn:aws:states:::aws-sdk:personalize:listSolutions"
LISTING = {
    "StartAt": "List",
    "States": {"List": {"Type": "Task", "Resource": LIST, "Parameters": {}, "End": True}},
}


def door_of(server, key):
    door = Door(server)
    door.keys = key
    return door


def test_a_run_may_what_its_key_may(own_server):
    whole, alone, _ = (door_of(own_server, key) for key in (own_server.keys, *own_server.others))
    name = whole.put(LISTING)
    run = whole.post(f"/pipelines/{name}/runs")["name"]
    assert set(whole.until(run, "SUCCEEDED")["output"]) == {"Solutions"}
    run = alone.post(f"/pipelines/{name}/runs")["name"]
    failed = alone.until(run, "FAILED")
    assert failed["reason"].startswith("List: Personalize.AccessDeniedException: ")


def test_who_may_start_runs_may_not_change_what_they_do(own_server):
    whole, _, starter = (door_of(own_server, key) for key in (own_server.keys, *own_server.others))
    name = whole.put(LISTING)
    status, refused = starter.ask("POST", "/pipelines", {"name": name, "definition": "{}"})
    assert (status, refused["__type"]) == (400, "AccessDeniedException")
    assert starter.post(f"/pipelines/{name}/runs")["status"] == "RUNNING"
