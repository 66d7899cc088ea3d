"""`kill -9` amid an import, a training and a stream of events: nothing acknowledged is lost."""

import contextlib
import os
import signal
import threading
import time
from pathlib import Path
from uuid import uuid4

import pytest
from benchmarks.kill_loop import family
from botocore.exceptions import BotoCoreError, ClientError

from presage.config import Config
from presage.stores import open_stores
from presage.tables.fold import rows_told_since

from .jobs.running import eventually
from .operations.forecast.sales import HORIZON, Sales
from .operations.shop import INTERACTIONS, Shop, interactions_csv
from .running import RunningServer, wait_until

N_EVENTS = 10_000
DEEP = "arn:aws:forecast:::algorithm/Deep_AR_Plus"
"""It trains for seconds: there is time for a kill."""
AUTO, QUICK = "arn:aws:forecast:::algorithm/presage-auto", {"TrainingParameters": {"effort": "quick"}}
N_FINISHED = 4
"""Results of the members of such a predictor, of more than ten."""
N_SENDERS = 16
BATCH = 10


@pytest.fixture
def server(tmp_path):
    running = RunningServer(tmp_path / "data").start()
    yield running
    running.stop()


def kill_when(server, describe, *, wanted="CREATE IN_PROGRESS"):
    """SIGKILL the server and its workers once a record is being worked on."""
    wait_until(describe, wanted=(wanted,), ended=("ACTIVE",), seconds=30)
    server.kill()


@pytest.mark.parametrize("again", range(2))
def test_an_import_outlives_kill(server, again):
    shop = Shop(server)
    shop.dataset("INTERACTIONS", INTERACTIONS)
    job = shop.start_import("INTERACTIONS", interactions_csv(n_events=60_000, seed=again))

    def describe():
        return shop.personalize.describe_dataset_import_job(datasetImportJobArn=job)["datasetImportJob"]

    kill_when(server, describe)
    server.start()
    assert wait_until(describe)["status"] == "ACTIVE"


def test_a_training_outlives_kill(server):
    shop = Shop(server).stocked()
    solution = shop.solution("aws-user-personalization")
    version = shop.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]

    def describe():
        return shop.personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]

    kill_when(server, describe)
    server.start()
    assert wait_until(describe)["status"] == "ACTIVE"
    assert shop.recommend(shop.campaign(version), "u1")


def test_the_training_of_a_predictor_outlives_kill(server):
    sales = Sales(server).stocked()
    predictor = sales.start_predictor(DEEP, TrainingParameters={"epochs": "20"})

    def describe():
        return {"status": sales.forecast.describe_predictor(PredictorArn=predictor)["Status"]}

    kill_when(server, describe, wanted="CREATE_IN_PROGRESS")
    server.start()
    assert wait_until(describe, ended=("CREATE_FAILED",))["status"] == "ACTIVE"
    assert len(sales.ask(sales.make_forecast(predictor))["p50"]) == HORIZON


def test_a_killed_training_goes_on_with_the_members_that_it_had_finished(server):
    sales = Sales(server).stocked()

    def outcome(predictor):
        """Its figures, and a forecast: what must not depend on what happened on the way."""
        found = sales.forecast.get_accuracy_metrics(PredictorArn=predictor)["PredictorEvaluationResults"]
        return found, sales.ask(sales.make_forecast(predictor))

    undisturbed = sales.predictor(AUTO, **QUICK)
    predictor = sales.start_predictor(AUTO, **QUICK)
    drafts = server.data / "drafts"

    def finished():
        """What the training has finished, and when."""
        found = {}
        for folder, _, files in os.walk(drafts):
            if files and "/." not in folder:
                with contextlib.suppress(FileNotFoundError):  # it is being put there, or dropped
                    found[Path(folder)] = (Path(folder) / "model.safetensors").stat().st_mtime_ns
        return found

    eventually(lambda: len(finished()) >= N_FINISHED)
    children = [pid for pid, what in family(server.process.pid) if what == "child"]
    (leader,) = [pid for pid in children if os.getpgid(pid) == pid]  # the others help it
    os.kill(leader, signal.SIGKILL)
    before = finished()
    during = eventually(lambda: len(found := finished()) > len(before) and found)
    assert before.items() <= during.items()
    sales.wait(sales.forecast.describe_predictor, PredictorArn=predictor)
    assert outcome(predictor) == outcome(undisturbed)
    eventually(lambda: not list(drafts.iterdir()))


class Sender(threading.Thread):
    """Sends its share of the events, each batch again until it is acknowledged."""

    def __init__(self, server, tracking_id, number):
        super().__init__(daemon=True)
        self.client = server.client("personalize-events")
        self.tracking_id = tracking_id
        self.number = number
        self.acknowledged = []

    def run(self):
        for n in range(0, N_EVENTS // N_SENDERS, BATCH):
            ids = [f"{self.number}-{n + k}" for k in range(min(BATCH, N_EVENTS // N_SENDERS - n))]
            self._send(ids)
            self.acknowledged += ids

    def _send(self, ids):
        events = [
            {"eventId": i, "eventType": "click", "itemId": "i1", "sentAt": 1_700_000_000 + k}
            for k, i in enumerate(ids)
        ]
        deadline = time.monotonic() + 90
        while True:
            try:
                self.client.put_events(
                    trackingId=self.tracking_id, sessionId=f"s{self.number}", userId="u1", eventList=events
                )
            except (BotoCoreError, ClientError):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return


def test_no_acknowledged_event_is_lost_or_doubled(server):
    shop = Shop(server)
    dataset = shop.dataset("INTERACTIONS", INTERACTIONS)
    made = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
    shop.wait("event_tracker", made["eventTrackerArn"])
    senders = [Sender(server, made["trackingId"], number) for number in range(N_SENDERS)]
    for sender in senders:
        sender.start()
    for _ in range(3):
        time.sleep(0.5)
        assert any(sender.is_alive() for sender in senders), "the kills must come while events arrive"
        server.kill()
        server.start()
    for sender in senders:
        sender.join(120)
        assert not sender.is_alive()
    server.stop()
    acknowledged = [event_id for sender in senders for event_id in sender.acknowledged]
    assert len(set(acknowledged)) == N_EVENTS
    found = stored_event_ids(server.data, dataset)
    assert len(found) == len(set(found))
    assert set(acknowledged) == set(found)


def stored_event_ids(data, dataset_arn):
    """The eventIds of everything that was told, folded or still in the log."""
    with open_stores(Config(data=data)) as stores:
        dataset = stores.records.expect(dataset_arn)
        layout, stream = stores.layout(dataset), dataset["_folder"]
        told = rows_told_since(stores.log, stores.table(dataset), layout, stream, 0)
        return layout.learned(told.lazy()).collect()["_EVENT_ID"].to_list()


def test_a_stopped_server_finishes_what_it_answers(server):
    shop = Shop(server)
    names = [f"{shop.id}-{uuid4().hex[:6]}" for _ in range(20)]
    answers = []

    def create(name):
        with contextlib.suppress(BotoCoreError):  # not accepted any more
            answers.append(server.client("personalize").create_dataset_group(name=name)["datasetGroupArn"])

    threads = [threading.Thread(target=create, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    assert server.stop() == 0
    for thread in threads:
        thread.join()
    server.start()
    kept = {group["datasetGroupArn"] for group in shop.personalize.list_dataset_groups()["datasetGroups"]}
    assert set(answers) <= kept
