"""Data deletion jobs: of users who want to be forgotten nothing is left to learn or to answer from."""

import time

import msgspec
import polars as pl
import pytest

from presage.deliveries import history, messages_of
from presage.experiments.units import exposure
from presage.live.sets import register
from presage.log import read_on
from presage.operations.decisions.campaigns import create_campaign, decider_of
from presage.operations.decisions.shapes import CreateCampaign
from presage.operations.experiments.experiments import create_experiment
from presage.operations.experiments.shapes import CreateExperiment
from presage.recipes.data import silent
from presage.serving.version import load_segment_version, load_vocabulary
from presage.works import training
from presage.works.deleting import delete_users

from ...decisions.deciding import OFFERS, decide
from ...jobs.running import eventually
from ...live.documents import TRACKED
from ...live.test_app import call
from ...works.test_user_data import deliver_to
from ..inprocess import InProcess
from ..shop import Shop, error_of
from .batches import ROLE, run

DONE = {"wanted": ("COMPLETED",), "ended": ("FAILED",)}
FAILED = {"wanted": ("FAILED",), "ended": ("COMPLETED",)}
NOBODY = "nobody-at-all"


@pytest.fixture
def quick(tmp_path):
    """A shop with data on a server in this process."""
    inside = InProcess(tmp_path / "data")
    yield Shop(inside).stocked()
    inside.close()


def asked(shop, users, key="users.csv", *, text=None, location=None):
    """The request of a job that deletes some users."""
    count = len(shop.personalize.list_data_deletion_jobs(datasetGroupArn=shop.group)["dataDeletionJobs"])
    text = text if text is not None else "USER_ID\n" + "".join(f"{user}\n" for user in users)
    uploaded = shop.upload(f"deletions/{key}", text)
    return {
        "jobName": f"{shop.id}-{count}",
        "datasetGroupArn": shop.group,
        "dataSource": {"dataLocation": location or uploaded},
        "roleArn": ROLE,
    }


def delete(shop, users, *args, **options):
    return run(shop, "data_deletion_job", asked(shop, users, *args, **options), **DONE)


def tracker(shop):
    made = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
    shop.wait("event_tracker", made["eventTrackerArn"])
    return made["trackingId"]


def tell(shop, tracking_id, user, item, session="s"):
    event = {"eventType": "click", "itemId": item, "sentAt": time.time()}
    who = {"userId": user} if user else {}
    shop.events.put_events(trackingId=tracking_id, sessionId=session, eventList=[event], **who)


def answers(shop, campaign, user):
    return [(item["itemId"], item["score"]) for item in shop.recommend(campaign, user)]


def test_no_campaign_answers_from_a_deleted_users_history(server):
    shop = Shop(server).stocked()
    campaign = shop.trained("presage-ease")
    tracking_id = tracker(shop)
    for user, item in (("u1", "i2"), ("late", "i3")):
        tell(shop, tracking_id, user, item)
    tell(shop, tracking_id, None, "i4", "of-late")
    tell(shop, tracking_id, "late", "i5", "of-late")
    stranger, kept = answers(shop, campaign, NOBODY), answers(shop, campaign, "u2")
    gone = ["u0", "u1", "late"]
    for user in gone:
        assert answers(shop, campaign, user) != stranger
    done = delete(shop, [*gone, NOBODY])
    assert done["numDeleted"] == 3
    deadline = time.monotonic() + 20
    while any(answers(shop, campaign, user) != stranger for user in (*gone, "of-late")):
        assert time.monotonic() < deadline, "what a deleted user did is still answered from"
        time.sleep(0.1)
    assert answers(shop, campaign, "u2") == kept
    tell(shop, tracking_id, "u0", "i3")
    server.settle()
    assert answers(shop, campaign, "u0") != stranger, "who comes back is a new user"


def test_feature_sets_that_the_groups_events_feed_forget_them(server):
    shop, other = Shop(server).stocked(), Shop(server).stocked()
    for one in (shop, other):
        assert (
            call(server, "PUT", f"/{one.id}", {"streaming": TRACKED, "datasetGroupArn": one.group})[0] == 201
        )
        tracking_id = tracker(one)
        server.settle()
        for user in ("u1", "u2", "late"):
            tell(one, tracking_id, user, "i1")
    for user in ("u1", "u2", "late"):
        eventually(lambda user=user: call(server, "GET", f"/{shop.id}/{user}")[0] == 200)
        eventually(lambda user=user: call(server, "GET", f"/{other.id}/{user}")[0] == 200)
    delete(shop, ["u1", "late", NOBODY])
    for user in ("u1", "late"):
        eventually(lambda user=user: call(server, "GET", f"/{shop.id}/{user}")[0] == 404)
        assert call(server, "GET", f"/{other.id}/{user}")[0] == 200
    assert call(server, "GET", f"/{shop.id}/u2")[0] == 200
    assert call(server, "GET", f"/{shop.id}")[1]["events"]["forgotten"] == 2


def test_offer_campaigns_that_read_these_feature_sets_forget_them(quick):
    server = quick.server.server
    fed = {"streaming": TRACKED, "datasetGroupArn": quick.group}
    for name, documents in (("fed", fed), ("alone", {"streaming": TRACKED})):
        register(server.stores, name, documents)
        features = [{"name": "level", "live": "records.visit.spent"}]
        made = {"name": name, "offers": OFFERS, "featureSet": name, "features": features}
        create_campaign(server, "", msgspec.convert(made, CreateCampaign))
    experiment = {"name": "split", "arms": [{"name": name, "target": name} for name in ("fed", "alone")]}
    create_experiment(server, "", msgspec.convert(experiment, CreateExperiment))
    deciders = [decider_of(server, name) for name in ("fed", "alone")]
    for decider in deciders:
        for user in ("u1", "u2"):
            decide(decider, user)
    (split,) = server.stores.experiments()
    exposed = [exposure(user=user, arm=0, sizes=[1, 1], at=1.0, answer="") for user in ("u1", "u2")]
    server.stores.log.append(split["_folder"], exposed).result()
    delete(quick, ["u1", NOBODY])
    users = [
        [one.record["user"] for one in decider.records() if "user" in one.record] for decider in deciders
    ]
    assert users[1] == ["u1", "u2"]
    assert users[0][0].startswith("forgotten-")
    assert users[0][1:] == ["u2"]
    assert [one.record["user"] for one in read_on(server.stores.log, split["_folder"])] == ["u2"]
    for decider in deciders:
        decider.close()


def test_deliveries_forget_them_and_count_what_they_got(quick):
    engine = quick.server.stores.engine
    deliver_to(quick, "u1", "u2")
    delete(quick, ["u1", NOBODY])
    assert messages_of(engine, "u1") == []
    assert len(messages_of(engine, "u2")) == 1
    assert [sum(one.states.values()) for one in history(engine)] == [2]


def test_a_feature_set_that_cannot_be_read_is_named(quick):
    stores = quick.server.stores
    register(stores, "old", {"streaming": TRACKED, "datasetGroupArn": quick.group})
    (found,) = stores.feature_sets()
    with stores.records.writing() as records:
        records.change(found.arn, declared={"streaming": "Type: none", "datasetGroupArn": quick.group})
    job = run(quick, "data_deletion_job", asked(quick, ["u1"]), **FAILED)
    assert "The feature set old cannot be read" in job["failureReason"]
    assert "Delete it" in job["failureReason"]


def test_nothing_of_them_is_left_on_disk(quick):
    version = quick.version(quick.solution("presage-ease"))
    segments = quick.version(quick.solution("aws-item-affinity"))
    tracking_id = tracker(quick)
    tell(quick, tracking_id, "u1", "i2")
    quick.import_rows("USERS", "USER_ID,GENDER\nu2,a\nu3,b\n")  # older versions of the table have all
    delete(quick, ["u0", "u1"])
    delete(quick, ["u2"])
    stores = quick.server.stores
    for kind, dataset in quick.datasets.items():
        files = list(
            (stores.config.data / "tables" / stores.records.expect(dataset)["_folder"]).rglob("*.parquet")
        )
        rows = pl.concat([pl.read_parquet(file) for file in files], how="diagonal")
        assert len(rows)
        assert kind == "ITEMS" or not {"u0", "u1", "u2"} & set(rows["USER_ID"])
    assert not stores.log.read(0, 1)
    for arn in (version, segments):
        users = list(load_vocabulary(stores.model_folder(stores.records.expect(arn))).users)
        assert users == [
            user for user in sorted(f"u{n}" for n in range(60)) if user not in {"u0", "u1", "u2"}
        ]
    loaded = load_segment_version(stores.model_folder(stores.records.expect(segments)))
    assert loaded.model.n_users == len(loaded.vocabulary.users) == 57
    again = quick.version(quick.solution("presage-ease"))
    users = load_vocabulary(stores.model_folder(stores.records.expect(again))).users
    assert "u3" in list(users)
    assert not {"u0", "u1", "u2"} & set(users)


def test_a_training_that_was_under_way_forgets_them_too(quick, monkeypatch):
    version = quick.personalize.create_solution_version(solutionArn=quick.solution("presage-ease"))[
        "solutionVersionArn"
    ]
    request, stores, train = asked(quick, ["u0", "u5"]), quick.server.stores, training.train

    def interrupted(*args):
        """A training in the course of which users are deleted."""
        job = quick.personalize.create_data_deletion_job(**request)["dataDeletionJobArn"]
        delete_users(stores, stores.records.expect(job), silent)
        return train(*args)

    monkeypatch.setattr(training, "train", interrupted)
    quick.wait("solution_version", version)
    users = list(load_vocabulary(stores.model_folder(stores.records.expect(version))).users)
    assert len(users) == 58
    assert not {"u0", "u5"} & set(users)


def test_the_files_of_a_folder_and_of_those_in_it(quick):
    asked(quick, ["u1"], "folder/more/deep.csv")
    asked(quick, ["u2"], "folder/notes.txt")
    job = delete(quick, ["u3", "u3"], "folder/users.CSV", location=f"s3://{quick.id}/deletions/folder/")
    assert job["numDeleted"] == 2
    assert job["status"] == "COMPLETED"
    second = delete(quick, [NOBODY])
    assert second["numDeleted"] == 0
    listed = quick.personalize.list_data_deletion_jobs(datasetGroupArn=quick.group)["dataDeletionJobs"]
    assert [one["dataDeletionJobArn"] for one in listed] == [
        second["dataDeletionJobArn"],
        job["dataDeletionJobArn"],
    ]


def test_a_second_try_counts_as_the_first(quick):
    job = quick.personalize.create_data_deletion_job(**asked(quick, ["u1", "u2"]))["dataDeletionJobArn"]
    stores = quick.server.stores
    delete_users(stores, stores.records.expect(job), silent)  # and then it was killed
    assert quick.wait("data_deletion_job", job, **DONE)["numDeleted"] == 2


def test_a_file_that_cannot_be_read_is_named(quick):
    for text, reason in (
        ("USER\nu1\n", "USER_ID"),
        ("USER_ID\n", "no row"),
        ("", "is empty"),
    ):
        failed = run(quick, "data_deletion_job", asked(quick, [], text=text), **FAILED)
        assert reason in failed["failureReason"]
    missing = asked(quick, ["u1"], location=f"s3://{quick.id}/never.csv")
    failed = run(quick, "data_deletion_job", missing, **FAILED)
    assert failed["failureReason"].startswith("Invalid Data location")


def test_what_is_refused(quick):
    create = quick.personalize.create_data_deletion_job
    job, *_ = [create(**asked(quick, ["u1"]))["dataDeletionJobArn"] for _ in range(5)]
    described = quick.personalize.describe_data_deletion_job(dataDeletionJobArn=job)["dataDeletionJob"]
    assert described["status"] == "PENDING"
    code, _ = error_of(quick.personalize.create_data_deletion_job, **asked(quick, ["u1"]))
    assert code == "LimitExceededException"
    code, _ = error_of(quick.personalize.delete_dataset, datasetArn=quick.datasets["USERS"])
    assert code == "ResourceInUseException"
    code, _ = error_of(
        quick.personalize.create_data_deletion_job,
        **{**asked(quick, []), "datasetGroupArn": quick.group + "0"},
    )
    assert code == "ResourceNotFoundException"
