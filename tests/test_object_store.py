"""Two servers with data folders of their own, on one Postgres and one object store."""

import shutil
import subprocess
import sys
import time

import pytest

from .jobs.running import eventually
from .operations.shop import INTERACTIONS, ITEMS, Shop, error_of, interactions_csv, items_csv
from .running import LAKE, RunningServer, new_lake, object_store_on, wait_until


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """An S3: that of a third server."""
    running = new_lake(tmp_path_factory.mktemp("lake"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def pair(lake, postgres, tmp_path_factory):
    """A server with a worker, and one without."""
    folder = tmp_path_factory.mktemp("pair")
    environ = object_store_on(lake, "pair")
    database = postgres.new_database()
    servers = [
        RunningServer(folder / name, workers=workers, environ=environ, database=database)
        for name, workers in (("first", 1), ("second", 0))
    ]
    for server in servers:
        server.start()
    yield servers
    for server in servers:
        assert server.stop() == 0, server.output()


@pytest.fixture(scope="module")
def shop(pair):
    shop = Shop(pair[0])
    for kind, columns, text in (
        ("INTERACTIONS", INTERACTIONS, interactions_csv()),
        ("ITEMS", ITEMS, items_csv()),
    ):
        shop.dataset(kind, columns)
        shop.import_rows(kind, text)
    return shop


@pytest.fixture(scope="module")
def campaign(shop):
    return shop.campaign(shop.version(shop.solution("aws-popularity-count")))


def keys(lake, prefix=""):
    pages = lake.client("s3").get_paginator("list_objects_v2").paginate(Bucket=LAKE, Prefix=f"pair/{prefix}")
    return [entry["Key"].removeprefix("pair/") for page in pages for entry in page.get("Contents", [])]


def recommended(server, campaign, user="u1"):
    runtime = server.client("personalize-runtime")
    return runtime.get_recommendations(campaignArn=campaign, userId=user, numResults=10)["itemList"]


def test_what_one_trains_the_other_answers_with(pair, lake, campaign):
    first, second = pair
    assert recommended(second, campaign) == recommended(first, campaign)
    assert {key.partition("/")[0] for key in keys(lake)} == {"buckets", "tables", "models", "memory"}


def test_what_is_uploaded_to_one_the_other_gives(pair, shop):
    _, second = pair
    shop.upload("note", "hello")
    assert second.client("s3").get_object(Bucket=shop.id, Key="note")["Body"].read() == b"hello"


def test_what_is_imported_later_the_other_knows(pair, shop, campaign):
    _, second = pair
    dearer = items_csv().replace("low|all", "new|all")
    shop.import_rows("ITEMS", dearer)
    arn = shop.personalize.create_filter(
        name="new", datasetGroupArn=shop.group, filterExpression='INCLUDE ItemID WHERE Items.GENRE IN ("new")'
    )["filterArn"]
    shop.wait("filter", arn)
    runtime = second.client("personalize-runtime")

    def only_new():
        found = runtime.get_recommendations(campaignArn=campaign, userId="u1", filterArn=arn)["itemList"]
        return {int(one["itemId"][1:]) for one in found} == set(range(15))

    eventually(only_new)


def test_a_data_folder_that_is_lost_costs_nothing(pair, campaign):
    _, second = pair
    before = recommended(second, campaign)
    second.stop()
    for name in ("models", "memory", "tables"):
        shutil.rmtree(second.data / name, ignore_errors=True)
    second.start()
    assert recommended(second, campaign) == before


def test_what_is_deployed_answers_on_while_the_object_store_is_away(pair, lake, shop, campaign):
    first, second = pair
    before = recommended(second, campaign)
    upload = shop.upload("items.csv", items_csv())
    lake.kill()
    job = shop.personalize.create_dataset_import_job(
        jobName="away",
        datasetArn=shop.datasets["ITEMS"],
        dataSource={"dataLocation": upload},
        roleArn="arn:aws:iam::000000000000:role/any",
    )["datasetImportJobArn"]
    assert error_of(shop.s3.put_object, Bucket=shop.id, Key="x", Body=b"x")[0] == "ServiceUnavailable"
    assert recommended(first, campaign) == recommended(second, campaign) == before
    lake.start()

    def status():
        time.sleep(1.0)  # the job looks again every ten seconds
        return shop.personalize.describe_dataset_import_job(datasetImportJobArn=job)["datasetImportJob"]

    assert wait_until(status)["status"] == "ACTIVE"


def test_a_back_up_is_restored_below_another_prefix(pair, lake, shop, campaign, tmp_path):
    first, _ = pair
    data = tmp_path / "again"
    again = ["--object-store", f"s3://{LAKE}/again"]
    environ = first.environ

    def presage(*arguments, **more):
        command = [sys.executable, "-m", "presage", *map(str, arguments)]
        subprocess.run(command, check=True, env={**environ, **more}, stdout=subprocess.DEVNULL)

    presage("backup", f"s3://{LAKE}/kept", "--data", first.data, "--without-database")
    presage("restore", f"s3://{LAKE}/kept", "--data", data, PRESAGE_OBJECT_STORE=again[1])
    database = first.environ["PRESAGE_DATABASE"]
    third = RunningServer(data, workers=0, arguments=again, environ=first.environ, database=database).start()
    assert recommended(third, campaign) == recommended(first, campaign)
    assert third.client("s3").get_object(Bucket=shop.id, Key="note")["Body"].read() == b"hello"
    assert third.stop() == 0


def test_what_is_deleted_is_deleted_there(pair, lake, shop):
    again = shop.version(shop.solution("aws-popularity-count"))
    held = set(keys(lake, "models/"))
    shop.personalize.delete_solution(solutionArn=again.rpartition("/")[0])
    eventually(lambda: len(keys(lake, "models/")) < len(held))
