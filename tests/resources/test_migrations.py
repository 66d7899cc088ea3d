import multiprocessing

import pytest
from sqlalchemy import inspect, text

from presage.errors import Unavailable
from presage.resources.migrations import FORMAT, open_database, record_of_format_1
from presage.resources.records import Records
from presage.resources.states import Motion, Phase, State

from ..data import unpack_format_1


def test_data_of_a_newer_presage_is_left_alone(tmp_path):
    engine = open_database("", tmp_path)
    with engine.begin() as connection:
        connection.execute(text("UPDATE layout SET format = 99"))
    engine.dispose()
    with pytest.raises(RuntimeError, match="newer presage"):
        open_database("", tmp_path)


def test_a_server_that_a_newer_one_has_overtaken_reads_on_and_writes_no_more(tmp_path):
    engine = open_database("", tmp_path)
    records = Records(engine)

    def add(name):
        with records.writing() as writer:
            writer.add("personalize", "Widget", arn=f"arn:{name}", name=name, body={})

    add("first")
    with engine.begin() as connection:
        connection.execute(text("UPDATE layout SET format = 99"))
    with pytest.raises(Unavailable, match="start this server again with the newer version"):
        add("second")
    with pytest.raises(Unavailable), records.writing() as writer:
        writer.remove("arn:first")
    assert records.get("arn:first").name == "first"
    assert records.get("arn:second") is None


def test_a_folder_of_format_1_opens(tmp_path):
    data, known = unpack_format_1(tmp_path)
    engine = open_database("", data)
    records = Records(engine)
    group = records.get(known["group"])
    assert (group.service, group.kind, group.state) == ("personalize", "DatasetGroup", State.ACTIVE)
    assert group["_folder"]
    assert records.tags(group.arn) == {"team": "growth"}
    tracker = records.find_alias(known["tracker"]["trackingId"])
    assert tracker.arn == known["tracker"]["eventTrackerArn"]
    assert records.children(known["tracker"]["trackingId"]) == []
    waiting = records.get(known["waiting"])
    assert (waiting.motion, waiting.phase) == (Motion.CREATE, Phase.PENDING)
    assert records.under_way() == [waiting]
    updated = records.get(known["campaigns"]["clicks"])
    assert updated["_update"]["state"] == "ACTIVE"
    assert updated["_update"]["changes"]["minProvisionedTPS"] == 2
    newest = records.of_kind("personalize", "SolutionVersion", limit=1)[0].number
    with records.writing() as writer:
        assert writer.add("personalize", "X", arn="x", name="x", body={}).number > newest
    assert not inspect(engine).has_table("records_1")
    records.close()
    again = open_database("", data)
    with again.connect() as connection:
        assert connection.execute(text("SELECT format FROM layout")).scalar() == FORMAT
    again.dispose()


def open_and_count(data, counts):
    engine = open_database("", data)
    with engine.connect() as connection:
        counts.put(connection.execute(text("SELECT count(*) FROM records")).scalar())
    engine.dispose()


def test_several_processes_may_open_it_at_once(tmp_path):
    data, _ = unpack_format_1(tmp_path)
    context = multiprocessing.get_context("spawn")
    counts = context.Queue()
    processes = [context.Process(target=open_and_count, args=(data, counts)) for _ in range(3)]
    for process in processes:
        process.start()
    found = {counts.get(timeout=60) for _ in processes}
    for process in processes:
        process.join()
    assert len(found) == 1
    assert found.pop() > 10


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("CREATE FAILED", (State.FAILED, "", "")),
        ("CREATE STOPPING", ("", Motion.CREATE, Phase.STOPPING)),
        ("DELETE IN_PROGRESS", (State.ACTIVE, Motion.DELETE, Phase.IN_PROGRESS)),
        ("", (State.ACTIVE, "", "")),
    ],
)
def test_every_status_has_its_place(status, expected):
    row = {"number": 1, "arn": "a", "kind": "Solution", "name": "a", "created_at": 1.0, "updated_at": 2.0}
    body = '{"failureReason": "why", "performAutoTraining": true}'
    record = record_of_format_1({**row, "status": status, "body": body})
    assert (record["state"], record["motion"], record["phase"]) == expected
    assert record["due_at"] == 3601.0
    assert '"_reason":"why"' in record["body"]


def test_an_update_that_was_under_way_goes_on():
    row = {"number": 1, "arn": "a", "kind": "Campaign", "name": "a", "created_at": 1.0, "updated_at": 2.0}
    update = '{"status": "CREATE IN_PROGRESS", "creationDateTime": 1, "lastUpdatedDateTime": 2, "x": 3}'
    record = record_of_format_1({**row, "status": "ACTIVE", "body": f'{{"latestCampaignUpdate": {update}}}'})
    assert (record["state"], record["motion"], record["phase"]) == (
        State.ACTIVE,
        Motion.UPDATE,
        Phase.IN_PROGRESS,
    )
    assert '"changes":{"x":3}' in record["body"]
