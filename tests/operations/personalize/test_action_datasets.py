"""Datasets of actions and of what users did with them: made, imported, told."""

import pytest

from presage.tables.fold import fold

from ..shop import ACTION_INTERACTIONS, ACTIONS, avro, error_of

DONE = "USER_ID,ACTION_ID,EVENT_TYPE,TIMESTAMP\n"


@pytest.fixture
def shop(shop):
    """With both datasets, empty."""
    shop.dataset("ACTIONS", ACTIONS)
    shop.dataset("ACTION_INTERACTIONS", ACTION_INTERACTIONS)
    return shop


@pytest.fixture
def tracking_id(shop):
    described = shop.personalize.describe_dataset(datasetArn=shop.datasets["ACTION_INTERACTIONS"])
    return described["dataset"]["trackingId"]


def stored(inside, shop, kind):
    """The rows of a dataset, after what was told is folded."""
    record = inside.server.records.expect(shop.datasets[kind])
    table, layout = inside.stores.table(record), inside.stores.layout(record)
    fold(inside.stores.log, table, layout, record["_folder"])
    return table.read(layout)


def test_only_an_action_interactions_dataset_has_a_tracking_id_of_its_own(shop, tracking_id):
    assert len(tracking_id) == 36
    described = shop.personalize.describe_dataset(datasetArn=shop.datasets["ACTIONS"])["dataset"]
    assert "trackingId" not in described
    assert described["datasetType"] == "ACTIONS"


@pytest.mark.parametrize("kind", ["Actions", "Action_Interactions"])
def test_domain_groups_have_no_actions(personalize, kind):
    group = personalize.create_dataset_group(name="films", domain="VIDEO_ON_DEMAND")["datasetGroupArn"]
    fields = ACTIONS if kind == "Actions" else ACTION_INTERACTIONS
    schema = personalize.create_schema(name="s", schema=avro(kind.replace("_", ""), fields))["schemaArn"]
    code, message = error_of(
        personalize.create_dataset, name="d", datasetGroupArn=group, datasetType=kind, schemaArn=schema
    )
    assert code == "InvalidInputException"
    assert "INTERACTIONS, ITEMS and USERS datasets only" in message


def test_event_types_are_imported_in_any_spelling(inside, shop):
    spelled = ["Taken", "Not Taken", "not_taken", "VIEWED", "NotTaken"]
    rows = [f"u{n},a,{text},{1_600_000_000 + n}\n" for n, text in enumerate(spelled)]
    shop.import_rows("ACTION_INTERACTIONS", DONE + "".join(rows))
    types = stored(inside, shop, "ACTION_INTERACTIONS")["EVENT_TYPE"].to_list()
    assert types == ["TAKEN", "NOT_TAKEN", "NOT_TAKEN", "VIEWED", "NOT_TAKEN"]


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("ACTION_INTERACTIONS", DONE + "u,a,clicked,1600000000\n", "must be one of TAKEN, NOT_TAKEN, VIEWED"),
        (
            "ACTIONS",
            "ACTION_ID,KIND,VALUE,ACTION_EXPIRATION_TIMESTAMP,REPEAT_FREQUENCY\na,,11,,\n",
            "1 to 10",
        ),
        (
            "ACTIONS",
            "ACTION_ID,KIND,VALUE,ACTION_EXPIRATION_TIMESTAMP,REPEAT_FREQUENCY\na,,,,31\n",
            "0 to 30",
        ),
    ],
)
def test_what_cannot_be_imported_is_named(shop, kind, text, says):
    job = shop.start_import(kind, text)
    shop.server.run_jobs()
    described = shop.personalize.describe_dataset_import_job(datasetImportJobArn=job)["datasetImportJob"]
    assert described["status"] == "CREATE FAILED"
    assert says in described["failureReason"]
    assert "line 2" in described["failureReason"]


def test_actions_are_told_and_the_newest_record_holds(inside, shop):
    put = {"datasetArn": shop.datasets["ACTIONS"]}
    for value in (3, 7):
        shop.events.put_actions(
            actions=[{"actionId": "join", "properties": f'{{"value": "{value}", "kind": "club"}}'}], **put
        )
    frame = stored(inside, shop, "ACTIONS")
    assert frame.select("ACTION_ID", "KIND", "VALUE").rows() == [("join", "club", 7)]
    code, message = error_of(
        shop.events.put_actions, actions=[{"actionId": "join", "properties": '{"value": 0}'}], **put
    )
    assert code == "InvalidInputException"
    assert "VALUE must be a whole number from 1 to 10" in message


def test_action_interactions_are_told(inside, shop, tracking_id):
    told = {"actionId": "join", "sessionId": "s", "timestamp": inside.clock.now, "userId": "ann"}
    shop.events.put_action_interactions(
        trackingId=tracking_id,
        actionInteractions=[{**told, "eventType": "Not Taken"}, {**told, "eventType": "Taken"}],
    )
    rows = stored(inside, shop, "ACTION_INTERACTIONS").select("USER_ID", "ACTION_ID", "EVENT_TYPE").rows()
    assert rows == [("ann", "join", "NOT_TAKEN"), ("ann", "join", "TAKEN")]


def test_what_cannot_be_told_is_refused(inside, shop, tracking_id):
    told = {"actionId": "join", "sessionId": "s", "timestamp": inside.clock.now, "eventType": "clicked"}
    code, message = error_of(
        shop.events.put_action_interactions, trackingId=tracking_id, actionInteractions=[told]
    )
    assert code == "InvalidInputException"
    assert "'clicked'" in message
    assert "actionInteractions.1.member" in message
    code, message = error_of(
        shop.events.put_actions,
        datasetArn=shop.datasets["ACTION_INTERACTIONS"],
        actions=[{"actionId": "join"}],
    )
    assert code == "InvalidInputException"
    assert "ACTIONS is needed" in message


def test_each_tracking_id_belongs_to_its_call(inside, shop, tracking_id):
    event = {"eventType": "click", "itemId": "i", "sentAt": inside.clock.now}
    code, message = error_of(shop.events.put_events, trackingId=tracking_id, sessionId="s", eventList=[event])
    assert code == "InvalidInputException"
    assert "PutActionInteractions" in message
    told = {"actionId": "a", "sessionId": "s", "timestamp": inside.clock.now, "eventType": "Taken"}
    code, message = error_of(
        shop.events.put_action_interactions, trackingId="unknown", actionInteractions=[told]
    )
    assert code == "InvalidInputException"
    assert "'unknown'" in message
