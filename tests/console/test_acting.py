"""What is done with resources by hand: what the operations have against it is told, and rights are asked for."""

import json
from urllib.parse import quote

import pytest

from presage.operations import lifecycle
from presage.operations.personalize import dataset_groups, datasets, schemas

from .visitor import Visitor

SCHEMA = {
    "type": "record",
    "name": "Interactions",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [
        {"name": "USER_ID", "type": "string"},
        {"name": "ITEM_ID", "type": "string"},
        {"name": "TIMESTAMP", "type": "long"},
    ],
    "version": "1.0",
}


@pytest.fixture(scope="module")
def stocked(open_console, secured_console):
    """On both servers a dataset group, a schema, and a dataset of both; their ARNs."""
    for server in (open_console.server, secured_console.app.server):
        group = lifecycle.create(server, dataset_groups.KIND, {"name": "acted"}).arn
        schema = schemas.create_schema(server, {"name": "acted", "schema": json.dumps(SCHEMA)})["schemaArn"]
        asked = {"name": "acted", "datasetGroupArn": group, "schemaArn": schema}
        dataset = datasets.create_dataset(server, {**asked, "datasetType": "INTERACTIONS"})["datasetArn"]
    return {"group": group, "schema": schema, "dataset": dataset}


def path(key, arn):
    return f"/console/act/{key}/{quote(arn)}"


def test_what_uses_a_resource_is_named_before_and_nothing_is_lost(open_console, visitor, stocked):
    page = visitor.get(path("delete", stocked["schema"])).body.decode()
    assert "These use it" in page
    assert f'href="/console/data/{stocked["dataset"]}"' in page
    assert "Delete it" not in page
    visitor.get("/console/keys")
    answer = visitor.post(path("delete", stocked["schema"]))
    assert answer.status == 409
    assert f"{stocked['schema']} is used by {stocked['dataset']}" in answer.body.decode()
    assert open_console.server.records.get(stocked["schema"])


def test_a_resource_goes_once_nothing_uses_it(open_console, visitor, stocked):
    records = open_console.server.records
    made = schemas.create_schema(open_console.server, {"name": "alone", "schema": json.dumps(SCHEMA)})[
        "schemaArn"
    ]
    assert path("delete", made) in visitor.get(f"/console/resources/{made}").body.decode()
    assert "Nothing refers to it" in visitor.get(path("delete", made)).body.decode()
    assert records.get(made)
    assert visitor.post(path("delete", made), token="x").status == 403
    assert records.get(made)
    answer = visitor.post(path("delete", made))
    assert (answer.status, answer.headers["location"]) == (303, "/console/kinds/personalize/Schema")
    assert records.get(made) is None


def test_who_may_not_delete_is_told_and_sees_no_button(secured_console, stocked):
    app = secured_console.app
    key = app.server.stores.keys.create(["personalize:Describe*"])
    reader = Visitor(app.asgi).log_in(key)
    assert "/console/act/" not in reader.get(f"/console/resources/{stocked['group']}").body.decode()
    answer = reader.post(path("delete", stocked["group"]))
    assert answer.status == 403
    assert b"may not personalize:DeleteDatasetGroup" in answer.body
    blind = Visitor(app.asgi).log_in(app.server.stores.keys.create(["presage:*"]))
    assert blind.get(path("delete", stocked["group"])).status == 403
    assert app.server.records.get(stocked["group"])


@pytest.mark.parametrize("key", ["stop", "start", "explode", "%00"])
def test_what_cannot_be_done_with_a_resource_is_told(visitor, stocked, key):
    visitor.get("/console/keys")
    answer = visitor.post(path(key, stocked["group"]))
    assert answer.status == 409
    assert b"nobody can" in answer.body
    assert visitor.post(path(key, "arn:x")).status == 404


def test_an_alarm_is_switched_off_and_its_built_in_form_holds_again(open_console, visitor):
    def alarm():
        answer = visitor.get("/console/alarms").body.decode()
        return answer.partition('<th scope="row">disk</th>')[2].partition("</tr>")[0]

    assert "<td>yes</td><td>built in</td>" in alarm()
    assert visitor.post("/console/alarms/disk/switch", on="no").status == 303
    assert "<td>no</td><td>made</td>" in alarm()
    assert visitor.post("/console/alarms/disk/switch", on="yes").status == 303
    assert "<td>yes</td><td>made</td>" in alarm()
    assert visitor.post("/console/alarms/disk/forget").status == 303
    assert "<td>yes</td><td>built in</td>" in alarm()
    assert visitor.post("/console/alarms/disk/forget").status == 400
    assert visitor.post("/console/alarms/nobody/switch", on="no").status == 404
