"""A grown server moves from SQLite files into Postgres and back, and answers as before."""

import importlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

import presage
from presage.backups.databases import METADATA, fill_database
from presage.config import Config
from presage.log import open_log
from presage.stores import open_stores

from ..jobs.running import eventually
from ..live.test_app import call, declared
from ..live.test_app import told as event
from ..operations.decisions.calling import done
from ..operations.shop import INTERACTIONS, NEWEST_EVENT, Shop, interactions_csv
from ..running import RunningServer
from .test_backups import presage as command

N_DECISIONS = 30


def silent(_what, _fraction):
    pass


def grow(server):
    """Let a server hold something of every kind; the campaign, and what events are told by."""
    shop = Shop(server)
    shop.dataset("INTERACTIONS", INTERACTIONS)
    shop.import_rows("INTERACTIONS", interactions_csv())
    campaign = shop.campaign(shop.version(shop.solution("aws-popularity-count")))
    made = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
    shop.wait("event_tracker", made["eventTrackerArn"])
    shop.personalize.tag_resource(resourceArn=campaign, tags=[{"tagKey": "team", "tagValue": "équipe"}])
    put = shop.events.put_events
    seen = [{"eventType": "click", "itemId": f"i{n}", "sentAt": NEWEST_EVENT + n} for n in range(9)]
    put(trackingId=made["trackingId"], sessionId="s", userId="teller", eventList=seen)
    done(server.url, "campaigns", {"name": "b", "offers": [{"id": "x", "cost": 1}, {"id": "y"}]})
    for number in range(N_DECISIONS):
        decided = done(
            server.url, "campaigns/b/decide", {"user": f"u{number}", "idempotencyKey": f"k{number}"}
        )
        done(server.url, "rewards", {"decisionId": decided["decisionId"], "value": number % 2})
    assert call(server, "PUT", "/game", declared())[0] == 201
    eventually(lambda: call(server, "GET", "/game")[0] == 200)
    for number in range(20):
        assert call(server, "POST", "/game/events", event("u", number))[0] == 200
    return campaign


def answers(server, campaign):
    """What a server says of all that it holds, but for what follows from the time."""
    personalize, runtime = server.client("personalize"), server.client("personalize-runtime")
    eventually(lambda: call(server, "GET", "/game")[1]["events"]["folded"] == 20)
    again = done(server.url, "campaigns/b/decide", {"user": "u3", "idempotencyKey": "k3"})
    report = done(server.url, "campaigns/b/report")
    return {
        "items": runtime.get_recommendations(campaignArn=campaign, userId="teller")["itemList"],
        "tags": personalize.list_tags_for_resource(resourceArn=campaign)["tags"],
        "campaign": personalize.describe_campaign(campaignArn=campaign)["campaign"],
        "decision": again,
        "arms": report,
        "replay": done(server.url, "campaigns/b/replay"),
        "features": call(server, "GET", "/game/u"),
        "uploads": uploads(server.client("s3")),
    }


def uploads(s3):
    buckets = [one["Name"] for one in s3.list_buckets()["Buckets"]]
    return {
        one: [key["ETag"] for key in s3.list_objects_v2(Bucket=one).get("Contents", ())] for one in buckets
    }


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A server on SQLite files that holds something of every kind, and what it answers."""
    server = RunningServer(tmp_path_factory.mktemp("grown") / "data").start()
    server.settings = {}
    campaign = grow(server)
    yield server, campaign
    assert server.stop() == 0, server.output()


@pytest.fixture
def bucket(server):
    """Where an S3 is, and a bucket there."""
    name = f"moved-{uuid4().hex[:8]}"
    server.client("s3").create_bucket(Bucket=name)
    secrets = {"AWS_ACCESS_KEY_ID": "presage", "AWS_SECRET_ACCESS_KEY": "presage"}
    return f"s3://{name}/kept", {"PRESAGE_OBJECT_STORE_ENDPOINT": server.url, **secrets}


def moved(server, to, **settings):
    """A running server on a copy of another that keeps things elsewhere."""
    made = command("backup", to / "kept", "--data", server.data, **server.settings)
    assert made.returncode == 0, made.stderr
    made = command("restore", to / "kept", "--data", to / "data", **settings)
    assert made.returncode == 0, made.stderr
    running = RunningServer(to / "data", environ=settings, database=settings.get("PRESAGE_DATABASE", ""))
    running.settings = settings
    return running.start()


def test_a_server_moves_into_postgres_and_s3_and_back_and_answers_as_before(
    grown, postgres, bucket, tmp_path
):
    server, campaign = grown
    before = answers(server, campaign)
    assert before["replay"]["equal"] == N_DECISIONS
    store, settings = bucket
    settings |= {"PRESAGE_OBJECT_STORE": store, "PRESAGE_DATABASE": postgres.new_database()}
    there = moved(server, tmp_path / "there", **settings)
    assert not list(there.data.rglob("*.sqlite"))
    assert answers(there, campaign) == before
    done(there.url, "campaigns/b/decide", {"user": "new", "idempotencyKey": "new"})
    made = there.client("personalize").create_dataset_group(name="new")["datasetGroupArn"]
    back = moved(there, tmp_path / "back")
    assert done(back.url, "campaigns/b/replay")["equal"] == N_DECISIONS + 1
    assert back.client("personalize").describe_dataset_group(datasetGroupArn=made)
    assert {**answers(back, campaign), "arms": 0, "replay": 0} == {**before, "arms": 0, "replay": 0}
    assert there.stop() == back.stop() == 0
    settings["PRESAGE_DATABASE"] = postgres.new_database()
    again = command("restore", tmp_path / "back/kept", "--data", tmp_path / "again", **settings)
    assert (again.returncode, f"{store} is in use already" in again.stderr) == (2, True)


@pytest.fixture
def folder(tmp_path):
    """A data folder with records, keys and a log, some of which is gone again."""
    with open_stores(Config(data=tmp_path / "folder")) as stores:
        stores.keys.create()
        for stream in ("a", "b"):
            stores.log.open_stream(stream, "somebody")
        for number in range(300):
            stores.log.write("ab"[number % 2], [{"n": number, "text": "\t\\N\u0000é"}])
        stores.log.drop("a", 100)
        stores.log.erase("b", [300])
        stores.log.mark_read("a", 100)
    return tmp_path / "folder"


def copied(folder):
    return Path(shutil.copytree(folder, folder.with_name(f"{folder.name} again")))


def records_of(log):
    return log.read(0, 1_000), log.last_place(), log.backlog("somebody")


def test_the_log_keeps_its_places_and_goes_on_after_the_last(folder, postgres):
    with open_stores(Config(data=folder)) as stores:
        before = records_of(stores.log)
    config = Config(data=folder, database=postgres.new_database())
    fill_database(config, folder, silent)
    log = open_log(folder, config.database)
    assert records_of(log) == before
    assert log.write("a", [{"n": 0}]) == range(301, 302)
    log.close()


def test_the_secret_of_the_cluster_moves_too(folder, postgres):
    with open_stores(Config(data=folder)) as stores:
        before = stores.secret
    config = Config(data=folder, database=postgres.new_database())
    fill_database(config, folder, silent)
    with open_stores(config) as stores:
        assert stores.secret == before


def test_what_broke_off_after_the_database_was_filled_is_run_again(folder, postgres):
    config, again = Config(data=folder, database=postgres.new_database()), copied(folder)
    fill_database(config, folder, silent)
    fill_database(config, again, silent)
    assert not list(again.glob("*.sqlite"))


@pytest.mark.parametrize("use", ["key", "event", "other"])
def test_a_database_that_is_in_use_is_refused_and_stays_as_it_is(folder, postgres, tmp_path, use):
    config, again = Config(data=folder, database=postgres.new_database()), copied(folder)
    if use != "other":
        fill_database(config, folder, silent)
    with open_stores(config) as stores:
        if use == "event":
            stores.log.write("a", [{"n": 0}])
        else:
            stores.keys.create()
    with pytest.raises(
        ValueError, match=r"in use already: its table access_keys is not empty; name a new"
    ) as error:
        fill_database(config, again, silent)
    assert "secret" not in str(error.value)
    assert (again / "records.sqlite").exists()


def test_one_that_fails_while_rows_are_copied_leaves_the_database_empty(folder, postgres, monkeypatch):
    config, again = Config(data=folder, database=postgres.new_database()), copied(folder)
    monkeypatch.setattr("presage.backups.databases._ROWS_A_STEP", 50)

    def fail(what, fraction):
        assert fraction < 0.5, what

    with pytest.raises(AssertionError, match="of 2.. rows"):
        fill_database(config, folder, fail)
    fill_database(config, again, silent)


def test_a_restore_that_is_killed_is_run_again(folder, postgres, tmp_path):
    url = postgres.new_database()
    assert command("backup", tmp_path / "kept", "--data", folder).returncode == 0
    restore = ["restore", tmp_path / "kept", "--data", tmp_path / "data", "--database", url]
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(4600001)")  # nobody makes tables meanwhile
        killed = subprocess.Popen([sys.executable, "-m", "presage", *map(str, restore)])
        eventually((tmp_path / ".data.restoring/records.sqlite").exists)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    assert not (tmp_path / "data").exists()
    again = command(*restore)
    assert again.returncode == 0, again.stderr
    with (
        open_stores(Config(data=folder)) as old,
        open_stores(Config(data=tmp_path / "data", database=url)) as new,
    ):
        assert new.keys.list() == old.keys.list()


def test_what_a_restore_that_was_killed_left_in_an_object_store_goes(folder, server, bucket, tmp_path):
    store, settings = bucket
    name, prefix = store.removeprefix("s3://").split("/")
    for key in ("restore-under-way", "tables/of-another-back-up"):
        server.client("s3").put_object(Bucket=name, Key=f"{prefix}/{key}", Body=b"")
    (folder / "models").mkdir()
    (folder / "models/one").write_text("a model")
    assert command("backup", tmp_path / "kept", "--data", folder).returncode == 0
    restore = ["restore", tmp_path / "kept", "--data", tmp_path / "data", "--object-store", store]
    made = command(*restore, **settings)
    assert made.returncode == 0, made.stderr
    there = server.client("s3").list_objects_v2(Bucket=name)["Contents"]
    assert [one["Key"] for one in there] == [f"{prefix}/models/one"]


def test_a_table_that_nobody_knows_is_not_left_behind(folder, postgres):
    with closing(sqlite3.connect(folder / "records.sqlite")) as records:
        records.execute("CREATE TABLE newer (x)")
    config = Config(data=folder, database=postgres.new_database())
    with pytest.raises(ValueError, match="tables that this presage does not know: newer"):
        fill_database(config, folder, silent)


def test_every_table_beside_the_records_is_copied():
    source = Path(presage.__file__).parent
    found = [
        one for one in source.rglob("*.py") if re.search(r"^metadata = MetaData\(\)", one.read_text(), re.M)
    ]
    names = {".".join(one.relative_to(source.parent).with_suffix("").parts) for one in found}
    elsewhere = {
        "presage.jobs.table",
        "presage.demo.company.app",
    }  # jobs are queued again; an app's own database
    kept = [importlib.import_module(name).metadata for name in sorted(names - elsewhere)]
    assert len(kept) == len(METADATA)
    assert all(any(one is other for other in METADATA) for one in kept)
