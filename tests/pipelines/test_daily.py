"""A company's daily run, in both forms: really run against a server, killed in the middle, failed and resumed."""

import time
from functools import partial
from pathlib import Path

import pytest

from presage.config import Config
from presage.pipelines import keeping, stored
from presage.stores import Stores

from .company import EXAMPLES, N_USERS, Company

SECONDS = 120


@pytest.fixture
def stores(own_server):
    opened = Stores(Config(data=own_server.data))
    yield opened
    opened.close()


def until(holds, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def ended(stores, arn):
    record = stores.records.expect(arn)
    return None if record.motion else record


DEPLOYED = """
  deploy:
    deploy: {campaign: %s, version: "{%% $steps.train.version %%}"}
  tell:
    needs: load
    deliver:
      name: weekly
      period: week
      audience: {database: "%s", query: SELECT id AS user_id FROM users WHERE id < 2}
      content: {table: {database: "{%% $input.database %%}", query: SELECT * FROM user_recommendations ORDER BY rank}}
      message: {title: "For {{ user.user_id }}", body: "Follow {{ item.item_id }}"}
      channels: [push]
"""


def started(stores, company, example, more=""):
    text = (EXAMPLES / example).read_text() + more
    text = text.replace('"IntervalSeconds": 5, "MaxAttempts": 2', '"MaxAttempts": 0')
    text = text.replace("attempts: 2", "attempts: 0")
    pipeline = keeping.put_pipeline(stores, example.partition(".")[0], text, is_local=True)
    return keeping.start_run(stores, pipeline, key=company.shop.server.keys[0], given=company.given())


def entered(stores, run, state):
    return [
        event
        for _, event in stored.history(stores.engine, run.arn, most=10_000)
        if event.kind == "ENTERED" and event.state == state
    ]


def succeeded(stores, company, run):
    record = until(partial(ended, stores, run.arn))
    assert keeping.status_of(record) == "SUCCEEDED", record.get("_reason")
    assert company.loaded() == (N_USERS, 10 * N_USERS)
    return True


def test_a_daily_run_survives_the_death_of_everything(own_server, stores, tmp_path):
    company = Company(own_server, tmp_path)
    run = started(stores, company, "daily.asl.json")
    until(lambda: entered(stores, run, "Look at training"))
    own_server.kill()
    own_server.start()
    assert succeeded(stores, company, run)
    assert len(entered(stores, run, "Extract")) == 2  # what had ended was not done again
    versions = company.shop.personalize.list_solution_versions(solutionArn=company.solution)
    assert len(versions["solutionVersions"]) == 1  # nor was the training that was under way begun again


def test_who_is_called_is_told_once_and_resuming_finishes(own_server, stores, tmp_path, receiver):
    company = Company(own_server, tmp_path)
    path, away = Path(company.database.removeprefix("sqlite:///")), tmp_path / "away"
    path.rename(away)
    path.mkdir()  # what cannot be opened as a database
    short = started(stores, company, "daily.yaml", DEPLOYED % (company.shop.id, company.database))
    asl = started(stores, company, "daily.asl.json")
    failed = {run.arn: until(partial(ended, stores, run.arn)) for run in (short, asl)}
    assert [keeping.status_of(record) for record in failed.values()] == ["FAILED", "FAILED"]
    reasons = ("extract each: States.TaskFailed: ", "users: States.TaskFailed: ")
    assert failed[short.arn]["_reason"].startswith(reasons)
    assert failed[asl.arn]["_reason"].startswith("Extract: States.TaskFailed: ")
    told = sorted(receiver.titles())
    assert len(told) == 2
    assert told[0] == "The daily run failed"
    assert told[1] in ("daily failed at extract each", "daily failed at users")
    path.rmdir()
    away.rename(path)
    for run in (short, asl):
        keeping.resume_run(stores, stores.records.expect(run.arn))
        assert succeeded(stores, company, run)
    titles = receiver.titles()
    assert len(titles) == 4
    assert {"For 0", "For 1"} < set(titles)
    campaign = company.solution.replace(":solution/", ":campaign/").rpartition("/")[0] + f"/{company.shop.id}"
    assert len(company.shop.recommend(campaign, user="1", numResults=5)) == 5
