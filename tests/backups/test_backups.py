"""Back-ups of a server that is told events all the time, and what becomes of them."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from presage.backups import repository
from presage.backups.places import FolderPlace
from presage.config import Config
from presage.stores import open_stores
from presage.works.user_data import user_data

from ..jobs.running import eventually
from ..operations.shop import INTERACTIONS, NEWEST_EVENT, Shop, interactions_csv
from ..running import RunningServer
from ..test_full_disk import Filler, disk  # noqa: F401  (a fixture)


def presage(*arguments, **environ):
    command = [sys.executable, "-m", "presage", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environ}, check=False)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    server = RunningServer(tmp_path_factory.mktemp("kept") / "data").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def shop(running):
    shop = Shop(running)
    shop.dataset("INTERACTIONS", INTERACTIONS)
    shop.import_rows("INTERACTIONS", interactions_csv())
    return shop


@pytest.fixture(scope="module")
def campaign(shop):
    return shop.campaign(shop.version(shop.solution("aws-popularity-count")))


class Telling:
    """Tells events, one after the other, until the block ends; `acknowledged` are those that were taken."""

    def __init__(self, shop, tracking_id):
        self._shop, self._tracking_id = shop, tracking_id
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._tell)
        self.acknowledged = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()

    def _tell(self):
        while not self._done.is_set():
            event = {"eventType": "click", "itemId": "i1", "sentAt": NEWEST_EVENT + self.acknowledged}
            self._shop.events.put_events(
                trackingId=self._tracking_id, sessionId="s", userId="teller", eventList=[event]
            )
            self.acknowledged += 1


@pytest.fixture(scope="module")
def tracking_id(shop):
    made = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
    shop.wait("event_tracker", made["eventTrackerArn"])
    return made["trackingId"]


def told(data):
    """When the events of the teller happened, as a data folder has them."""
    with open_stores(Config(data=data)) as stores:
        (record,) = stores.records.of_kind("personalize", "DatasetGroup")
        return json.dumps(user_data(stores, record, "teller")).count('"TIMESTAMP"')


@pytest.fixture(scope="module")
def place(running, shop, campaign, tracking_id, tmp_path_factory):
    """Back-ups made while events came in, and how many were acknowledged before the last began."""
    place = tmp_path_factory.mktemp("place") / "kept"
    with Telling(shop, tracking_id) as telling:
        for n_least in (20, 60):
            eventually(lambda least=n_least: telling.acknowledged > least)
            before = telling.acknowledged
            made = presage("backup", place, "--data", running.data)
            assert made.returncode == 0, made.stderr
            time.sleep(1.1)
    return place, before


@pytest.fixture(scope="module")
def restored(place, tmp_path_factory):
    data = tmp_path_factory.mktemp("restored") / "data"
    made = presage("restore", place[0], "--data", data)
    assert made.returncode == 0, made.stderr
    server = RunningServer(data).start()
    yield server
    assert server.stop() == 0, server.output()


def test_nothing_acknowledged_before_it_began_is_lost(place, shop, restored):
    assert told(restored.data) >= place[1]


def test_what_is_restored_answers_as_before_and_goes_on(shop, campaign, restored, running, tracking_id):
    def ask(server):
        runtime = server.client("personalize-runtime")
        return runtime.get_recommendations(campaignArn=campaign, userId="nobody", numResults=10)["itemList"]

    assert [one["itemId"] for one in ask(restored)] == [one["itemId"] for one in ask(running)]
    before = told(restored.data)
    event = {"eventType": "click", "itemId": "i1", "sentAt": NEWEST_EVENT - 5}
    restored.client("personalize-events").put_events(
        trackingId=tracking_id, sessionId="s", userId="teller", eventList=[event]
    )
    assert told(restored.data) == before + 1


def test_the_secret_of_the_cluster_comes_back(running, restored):
    secrets = set()
    for server in (running, restored):
        with open_stores(server.config) as stores:
            secrets.add(stores.secret)
    assert len(secrets) == 1


def names(place):
    return sorted(one.stem for one in (place / "backups").iterdir())


def test_one_that_is_killed_leaves_the_older_ones_whole(place, running):
    place, _ = place
    before = names(place)
    killed = subprocess.Popen([sys.executable, "-m", "presage", "backup", place, "--data", running.data])
    eventually((running.data / ".backup").exists)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert names(place) == before
    checked = presage("backup", place, "--check")
    assert checked.returncode == 0, checked.stderr
    assert presage("backup", place, "--data", running.data, "--keep", "1").returncode == 0
    assert presage("backup", place, "--list").stdout.split() == names(place)[-1:] == names(place)
    assert not (running.data / ".backup").exists()


def test_a_folder_that_holds_something_is_not_restored_into(place, running):
    refused = presage("restore", place[0], "--data", running.data)
    assert refused.returncode == 2
    assert "is not empty" in refused.stderr


def test_where_the_place_is_full_the_back_up_fails_alone(disk, running, campaign):  # noqa: F811
    filler, kept = Filler(disk), disk / "kept"
    assert presage("backup", kept, "--data", running.data).returncode == 0
    before = names(kept)
    running.client("s3").create_bucket(Bucket="large")
    running.client("s3").put_object(Bucket="large", Key="new", Body=os.urandom(400_000))
    filler.leave(200_000)
    failed = presage("backup", kept, "--data", running.data)
    assert failed.returncode == 2
    assert "the disk is full" in failed.stderr
    assert "Traceback" not in failed.stderr
    runtime = running.client("personalize-runtime")
    assert runtime.get_recommendations(campaignArn=campaign, userId="nobody")["itemList"]
    assert names(kept) == before
    repository.check(FolderPlace(kept), progress=lambda *_: None)
    assert not (running.data / ".backup").exists()
    filler.give_up()
    assert presage("backup", kept, "--data", running.data).returncode == 0
    assert not [one for one in kept.rglob(".*") if one.is_file()]


def test_where_the_data_folder_is_full_the_back_up_fails_and_the_server_goes_on(disk, tmp_path):  # noqa: F811
    server, filler = RunningServer(disk).start(), Filler(disk)
    personalize = server.client("personalize")
    personalize.create_dataset_group(name="before")
    filler.leave(40_000)
    failed = presage("backup", tmp_path / "kept", "--data", disk)
    assert (failed.returncode, "Traceback" in failed.stderr) == (2, False)
    assert "the disk is full" in failed.stderr
    assert not (disk / ".backup").exists()
    assert len(personalize.list_dataset_groups()["datasetGroups"]) == 1
    filler.give_up()
    personalize.create_dataset_group(name="after")
    assert server.stop() == 0
