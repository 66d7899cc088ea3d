"""Exports: what a dataset holds, as files that can be imported again."""

import io
import json

import polars as pl
import pytest

from ..inprocess import InProcess
from ..shop import INTERACTIONS, ITEMS, Shop, error_of, interactions_csv, items_csv
from .batches import ROLE, run

HAT = {"GENRE": 'a "big", \\ hat|é', "PRICE": 1.25, "CREATION_TIMESTAMP": 1_690_000_000}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A shop with rows that were imported, and rows that were told, on a server in this process."""
    inside = InProcess(tmp_path_factory.mktemp("told") / "data")
    shop = Shop(inside)
    for kind, fields, text in (
        ("INTERACTIONS", INTERACTIONS, interactions_csv(n_events=1000)),
        ("ITEMS", ITEMS, items_csv(5)),
    ):
        shop.dataset(kind, fields)
        shop.import_rows(kind, text)
    for price in (1.0, 1.25):
        put_items(shop, {"i0": {**HAT, "PRICE": price}, "hat": {**HAT, "PRICE": price}})
    tracker = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)["trackingId"]
    for user, session in ((None, "s1"), ("ann", "s1"), (None, "s2")):
        event = {"eventType": "click", "itemId": "i1", "sentAt": inside.clock.now}
        who = {"userId": user} if user else {}
        shop.events.put_events(trackingId=tracker, sessionId=session, eventList=[event], **who)
    yield shop
    inside.close()


def put_items(shop, items):
    found = [{"itemId": id_, "properties": json.dumps(row)} for id_, row in items.items()]
    shop.events.put_items(datasetArn=shop.datasets["ITEMS"], items=found)


def export(shop, kind, **options):
    """The rows of the file, texts as they stand between the quotes."""
    count = len(shop.personalize.list_dataset_export_jobs()["datasetExportJobs"])
    asked = {
        "jobName": f"{shop.id}-{count}",
        "datasetArn": shop.datasets[kind],
        "roleArn": ROLE,
        "jobOutput": {"s3DataDestination": {"path": f"s3://{shop.id}/exports"}},
        **options,
    }
    described = run(shop, "dataset_export_job", asked)
    assert described["ingestionMode"] == options.get("ingestionMode", "PUT")
    return shop.s3.get_object(Bucket=shop.id, Key=f"exports/{asked['jobName']}.csv")["Body"].read()


def frame(text):
    return pl.read_csv(io.BytesIO(text.replace(b'\\"', b'""')), infer_schema=False)


def test_what_was_imported(told):
    assert export(told, "ITEMS", ingestionMode="BULK").decode() == items_csv(5)
    events = frame(export(told, "INTERACTIONS", ingestionMode="BULK"))
    assert events["USER_ID"].to_list() == frame(interactions_csv(n_events=1000).encode())["USER_ID"].to_list()


def test_what_was_told_with_every_record_of_an_id(told):
    items = frame(export(told, "ITEMS"))
    assert items["ITEM_ID"].to_list() == ["i0", "hat", "i0", "hat"]
    assert items["PRICE"].to_list() == ["1.0", "1.0", "1.25", "1.25"]
    events = frame(export(told, "INTERACTIONS"))
    assert events["USER_ID"].to_list() == ["ann", "s2"]  # the first two are one event, of one user


def test_both_with_the_last_record_of_an_id(told):
    items = frame(export(told, "ITEMS", ingestionMode="ALL")).sort("ITEM_ID")
    assert items["ITEM_ID"].to_list() == ["hat", "i0", "i1", "i2", "i3", "i4"]
    assert items["PRICE"].to_list()[:2] == ["1.25", "1.25"]
    assert len(frame(export(told, "INTERACTIONS", ingestionMode="ALL"))) == 1002


def test_an_export_is_imported_again(told):
    other = Shop(told.server)
    for kind, fields in (("INTERACTIONS", INTERACTIONS), ("ITEMS", ITEMS)):
        text = export(told, kind, ingestionMode="ALL").decode()
        other.dataset(kind, fields)
        other.import_rows(kind, text)
        assert export(other, kind, ingestionMode="BULK").decode() == text
    assert "hat|é" in text


def test_what_cannot_be_exported(told):
    other = Shop(told.server)
    fields = [{"name": "ACTION_ID", "type": "string"}, {"name": "VALUE", "type": ["null", "long"]}]
    asked = {
        "jobName": "x",
        "roleArn": ROLE,
        "jobOutput": {"s3DataDestination": {"path": "s3://no-such-bucket/"}},
    }
    code, text = error_of(
        told.personalize.create_dataset_export_job, datasetArn=other.dataset("ACTIONS", fields), **asked
    )
    assert (code, "ACTIONS" in text) == ("InvalidInputException", True)
    code, _ = error_of(
        told.personalize.create_dataset_export_job, datasetArn=told.datasets["ITEMS"] + "X", **asked
    )
    assert code == "ResourceNotFoundException"
    asked["datasetArn"] = told.datasets["ITEMS"]
    failed = run(told, "dataset_export_job", asked, wanted=("CREATE FAILED",), ended=("ACTIVE",))
    assert failed["failureReason"].startswith("Invalid S3 output path")
