"""A pipeline through the whole server: put by the door, run by a worker, looked at."""

from uuid import uuid4

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
