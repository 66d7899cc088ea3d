"""A pipeline through the whole server: put by the door or from the shell, run by a worker, looked at."""

import json
import time
from uuid import uuid4

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

SECONDS = 60


class Door:
    """Calls below /pipelines, signed as any AWS client signs."""

    def __init__(self, server):
        self.server = server

    def ask(self, method, path, body=None):
        request = AWSRequest(
            method, self.server.url + path, data=json.dumps(body) if body is not None else b""
        )
        SigV4Auth(Credentials(*self.server.keys), "pipelines", "us-east-1").add_auth(request)
        answer = URLLib3Session().send(request.prepare())
        return answer.status_code, json.loads(answer.content or b"null")

    def get(self, path):
        status, found = self.ask("GET", path)
        assert status == 200, found
        return found

    def post(self, path, body=None):
        status, found = self.ask("POST", path, {} if body is None else body)
        assert status < 300, found
        return found

    def put(self, definition, name=None):
        name = name or f"p{uuid4().hex[:8]}"
        text = definition if isinstance(definition, str) else json.dumps(definition)
        self.post("/pipelines", {"name": name, "definition": text})
        return name

    def until(self, run, *wanted, seconds=SECONDS):
        deadline = time.monotonic() + seconds
        while True:
            found = self.get(f"/pipelines/runs/{run}")
            if found["status"] in wanted:
                return found
            assert found["status"] == "RUNNING", found
            assert time.monotonic() < deadline, found
            time.sleep(0.05)

    def run(self, definition, given=None, wanted="SUCCEEDED"):
        name = self.put(definition)
        run = self.post(f"/pipelines/{name}/runs", {"input": given or {}})["name"]
        return self.until(run, wanted, *({"SUCCEEDED", "FAILED", "CANCELLED"} - {wanted}))


@pytest.fixture(scope="session")
def door(server):
    return Door(server)


DESCRIBE = "arn:aws:states:::aws-sdk:personalize:describeDatasetGroup"
STATES = {
    "StartAt": "Groups",
    "States": {
        "Groups": {
            "Type": "Map",
            "ItemsPath": "$.names",
            "ItemProcessor": {
                "StartAt": "Create",
                "States": {
                    "Create": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::aws-sdk:personalize:createDatasetGroup",
                        "Parameters": {"Name.$": "$"},
                        "Next": "Wait",
                    },
                    "Wait": {"Type": "Wait", "Seconds": 0, "Next": "Look"},
                    "Look": {
                        "Type": "Task",
                        "Resource": DESCRIBE,
                        "Parameters": {"DatasetGroupArn.$": "$.DatasetGroupArn"},
                        "ResultPath": "$.Found",
                        "Next": "Ready?",
                    },
                    "Ready?": {
                        "Type": "Choice",
                        "Choices": [
                            {
                                "Variable": "$.Found.DatasetGroup.Status",
                                "StringEquals": "ACTIVE",
                                "Next": "Name",
                            }
                        ],
                        "Default": "Wait",
                    },
                    "Name": {"Type": "Pass", "OutputPath": "$.Found.DatasetGroup.Name", "End": True},
                },
            },
            "End": True,
        }
    },
}
SHORT = """
steps:
  create:
    for_each: "{% $input.names %}"
    call: {operation: personalize:createDatasetGroup, with: {Name: "{% $item %}"}}
  look:
    for_each: "{% $steps.create.DatasetGroupArn %}"
    call: {operation: personalize:describeDatasetGroup, with: {DatasetGroupArn: "{% $item %}"}}
"""


def test_a_state_machine_runs(door):
    names = [f"g{uuid4().hex[:8]}" for _ in range(2)]
    run = door.run(STATES, {"names": names})
    assert run["status"] == "SUCCEEDED", run
    assert run["output"] == names
    states = {state["name"]: state for state in run["states"]}
    assert (states["Create"]["status"], states["Create"]["times"]) == ("DONE", 2)
    history = door.get(f"/pipelines/runs/{run['name']}/history")["events"]
    assert next(one["state"] for one in history if one["kind"] == "ENTERED") == "Groups"


def test_the_short_form_runs(door):
    names = [f"g{uuid4().hex[:8]}" for _ in range(2)]
    run = door.run(SHORT, {"names": names})
    assert run["status"] == "SUCCEEDED", run
    assert [one["DatasetGroup"]["Name"] for one in run["output"]["look"]] == names


def test_a_run_that_fails_says_where(door):
    missing = "arn:aws:personalize:us-east-1:000000000000:dataset-group/none"
    task = {"Type": "Task", "Resource": DESCRIBE, "Parameters": {"DatasetGroupArn": missing}, "End": True}
    run = door.run({"StartAt": "Look", "States": {"Look": task}}, wanted="FAILED")
    assert run["reason"].startswith("Look: Personalize.ResourceNotFoundException: ")
