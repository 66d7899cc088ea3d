"""A pipeline through the whole server: put by the door, run by a worker, looked at."""

import json
import sqlite3
import time
from functools import partial
from uuid import uuid4

from presage.config import Config
from presage.pipelines import keeping
from presage.stores import open_stores

from ..market import Market
from ..running import wait_until

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


def test_a_run_is_cancelled_and_goes_on_waiting_when_it_is_resumed(door):
    wait = {"Type": "Wait", "Seconds": 100_000, "Next": "Done"}
    name = door.put({"StartAt": "Wait", "States": {"Wait": wait, "Done": {"Type": "Succeed"}}})
    run = door.post(f"/pipelines/{name}/runs")["name"]
    until = time.monotonic() + 60
    while not door.get(f"/pipelines/runs/{run}/history")["events"]:
        assert time.monotonic() < until
    door.post(f"/pipelines/runs/{run}/cancel")
    assert door.until(run, "CANCELLED")["states"][0]["status"] == "WAITING"
    assert door.post(f"/pipelines/runs/{run}/resume")["status"] == "RUNNING"
    door.post(f"/pipelines/runs/{run}/cancel")
    door.until(run, "CANCELLED")
    assert door.ask("DELETE", f"/pipelines/{name}")[0] == 204
    assert door.ask("GET", f"/pipelines/runs/{run}")[0] == 404


def test_forecasts_are_made_and_loaded(door, server, tmp_path):
    market = Market(server)
    days = [f"2024-01-{day:02}" for day in range(1, 29)]
    rows = "".join(f"{item},{day},{n % 7}\n" for item in ("a", "b") for n, day in enumerate(days))
    dataset = market.dataset()
    told = {"dataset": dataset, "from": market.put("sales.csv", rows), "timestamp_format": "yyyy-MM-dd"}
    assert door.run({"steps": {"in": {"import": told}}})["output"]["in"]["dataset"] == dataset
    group = market.group(dataset)
    forecast = market.forecast
    predictor = forecast.create_predictor(
        PredictorName=market.name(),
        AlgorithmArn="arn:aws:forecast:::algorithm/presage-seasonal-naive",
        ForecastHorizon=3,
        InputDataConfig={"DatasetGroupArn": group},
        FeaturizationConfig={"ForecastFrequency": "D"},
    )["PredictorArn"]
    described = partial(forecast.describe_predictor, PredictorArn=predictor)
    wait_until(lambda: {"status": described()["Status"]}, ended=("CREATE_FAILED",))
    steps = {
        "ahead": {"forecast": {"predictor": predictor, "to": "s3://market/out/", "quantiles": ["0.5"]}},
        "load": {
            "load": {
                "from": "{% $steps.ahead.location %}",
                "database": f"sqlite:///{tmp_path}/a",
                "table": "d",
            }
        },
    }
    pipeline = json.dumps({"steps": steps})
    with open_stores(Config(data=server.data)) as stores:
        keeping.put_pipeline(stores, "demand", pipeline, is_local=True)
    run = door.post("/pipelines/demand/runs")["name"]
    assert door.until(run, "SUCCEEDED", "FAILED")["output"]["load"]["rows"] == 6
    with sqlite3.connect(tmp_path / "a") as connection:
        assert connection.execute("SELECT count(DISTINCT item_id), count(*) FROM d").fetchone() == (2, 6)
