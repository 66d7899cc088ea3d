"""A file applied to a real server: made, left, changed, mended, interrupted, taken away."""

import subprocess
import sys

import pytest
from botocore.exceptions import ClientError

from .shop import declared, upload, without_models


@pytest.fixture
def shop(here, presage, tmp_path):
    """Writes a file that declares a shop and applies it: (exit code, what was printed)."""

    def apply(name, *words, **changes):
        (tmp_path / "shop.yaml").write_text(declared(name, **changes))
        return presage("apply", tmp_path / "shop.yaml", "--endpoint", here.url, *words)

    return apply


def plan_of(told):
    """sign -> the names of the resources, from what `--plan` printed."""
    found = {}
    for line in told.splitlines():
        if line[:2] in ("+ ", "~ ", "± ", "- ", "= "):
            found.setdefault(line[0], []).append(line[2:].split("'")[0] + line.split("'")[1])
    return found


def test_a_shop_is_made_left_changed_and_taken_away(here, shop):
    upload(here, "walk")
    code, told = shop("walk", "--plan")
    assert (code, len(plan_of(told)["+"])) == (0, 13)
    assert "walk" not in {
        one["name"] for one in here.client("personalize").list_dataset_groups()["datasetGroups"]
    }
    code, told = shop("walk", "--yes")
    assert code == 0, told
    code, told = shop("walk", "--plan")
    assert list(plan_of(told)) == ["="], told
    changes = {"tps": 3, "price": 5.0, "event": "click"}
    code, told = shop("walk", "--plan", **changes)
    assert plan_of(told)["~"] == ["metric attribution walk", "campaign walk", "offer campaign walk"]
    assert plan_of(told)["±"] == ["filter walk-new"]
    assert "minProvisionedTPS: '1' -> '3'" in told
    assert shop("walk", "--yes", **changes)[0] == 0
    arn = "arn:aws:personalize:us-east-1:000000000000:campaign/walk"
    assert here.client("personalize").describe_campaign(campaignArn=arn)["campaign"]["minProvisionedTPS"] == 3
    code, told = shop("walk", "--plan", **changes)
    assert list(plan_of(told)) == ["="], told


def test_what_uses_what_is_replaced_is_replaced_too(here, shop):
    """The shop of the walk, with another recipe."""
    changes = {"tps": 3, "price": 5.0, "event": "click", "recipe": "presage-sequential-rules"}
    told = shop("walk", "--plan", **changes)[1]
    assert plan_of(told)["±"] == ["solution walk", "campaign walk"]
    assert plan_of(told)["+"] == ["solution version v1"]
    code, told = shop("walk", "--yes", **changes)
    assert code == 0, told
    assert list(plan_of(shop("walk", "--plan", **changes)[1])) == ["="]
    told = shop("walk", "--plan", **changes, version="v2")[1]
    assert (plan_of(told)["+"], plan_of(told)["~"]) == (["solution version v2"], ["campaign walk"])


def test_what_fails_is_named_and_what_is_killed_goes_on(here, presage, tmp_path):
    file = tmp_path / "shop.yaml"
    file.write_text(without_models(declared("mended")))
    words = ["apply", file, "--endpoint", here.url]
    code, told = presage(*words, "--yes")
    assert code == 1
    assert "failed: dataset import job 'mended-rows-1'" in told
    assert "the bucket 'mended' does not exist" in told
    assert "not begun: solution 'mended', which needs the dataset import job 'mended-rows-1'" in told
    upload(here, "mended")
    command = [sys.executable, "-m", "presage", *map(str, words), "--yes"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line.startswith("1 create, 1 replace"):
                process.kill()
    code, told = presage(*words, "--yes")
    assert code == 0, told
    assert "created  solution 'mended'" in told
    assert len(plan_of(presage(*words, "--plan")[1])["="]) == 11


def test_only_what_is_declared_stays_when_the_rest_is_pruned(there, presage, tmp_path):
    (tmp_path / "all.yaml").write_text(without_models(declared("pruned")))
    upload(there, "pruned")
    assert presage("apply", tmp_path / "all.yaml", "--yes", "--endpoint", there.url)[0] == 0
    (tmp_path / "few.yaml").write_text("personalize: {dataset_groups: {pruned: {}}}\n")
    code, told = presage("apply", tmp_path / "few.yaml", "--endpoint", there.url, "--prune")
    assert (code, "There is nobody to ask" in told) == (2, True)
    code, told = presage("apply", tmp_path / "few.yaml", "--endpoint", there.url, "--prune", "--yes")
    assert code == 0, told
    personalize = there.client("personalize")
    assert [one["name"] for one in personalize.list_dataset_groups()["datasetGroups"]] == ["pruned"]
    assert personalize.list_schemas()["schemas"] == personalize.list_filters()["Filters"] == []


def test_pipelines_deliveries_and_alarms_are_put_again_when_they_change(here, presage, tmp_path):
    text = """
pipelines:
  pipelines:
    moving-nightly:
      definition: {StartAt: first, States: {first: {Type: Pass, Next: last}, last: {Type: Succeed}}}
deliveries:
  deliveries:
    moving-weekly:
      definition:
        audience: {database: app, query: SELECT user_id FROM users}
        message: {title: "Hello {{ user.user_id }}", body: ""}
        channels: [mail]
        quiet_hours: {from: "21:00", until: "08:00"}
health:
  alarms:
    moving-slow: {metric: latency_seconds, above: 2, help: Look}
"""
    kept = ["pipeline moving-nightly", "delivery moving-weekly", "alarm moving-slow"]
    file = tmp_path / "own.yaml"
    words = ["apply", file, "--endpoint", here.url]
    file.write_text(text)
    code, told = presage(*words, "--yes")
    assert code == 0, told
    assert plan_of(presage(*words, "--plan")[1]) == {"=": kept}
    file.write_text(
        text.replace("Pass, Next: last}, last: {Type: Succeed}", "Succeed}")
        .replace("above: 2", "above: 3")
        .replace('until: "08:00"', 'until: "09:00"')
    )
    code, told = presage(*words, "--yes")
    assert code == 0, told
    assert plan_of(told) == {"~": kept}
    assert plan_of(presage(*words, "--plan")[1]) == {"=": kept}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "personalize: {campaigns: {c: {solution_version: v9}}}",
            "the solution version 'v9', which is neither",
        ),
        ("personalize: {solutions: {s: {dataset_group: g, recipe: 7}}}", "the dataset group 'g'"),
        ("forecast: {monitors: {m: {Resource: p}}}", "Forecast auto predictor 'p'"),
    ],
)
def test_a_name_of_nothing_is_told_before_anything_is_done(here, presage, tmp_path, text, wanted):
    (tmp_path / "bad.yaml").write_text(text)
    code, told = presage("apply", tmp_path / "bad.yaml", "--yes", "--endpoint", here.url)
    assert (code, wanted in told) == (2, True), told


def test_a_server_that_is_not_there_is_told_in_a_line(presage, tmp_path):
    (tmp_path / "few.yaml").write_text("decisions: {campaigns: {c: {}}}\n")
    code, told = presage("apply", tmp_path / "few.yaml", "--endpoint", "http://127.0.0.1:9")
    assert (code, "Connection refused" in told) == (2, True)


def test_a_resource_that_the_server_refuses_is_named(here, presage, tmp_path):
    (tmp_path / "bad.yaml").write_text(
        "personalize: {dataset_groups: {'a b\\x1b[31m': {}}}\n".replace("'", '"')
    )
    code, told = presage("apply", tmp_path / "bad.yaml", "--yes", "--endpoint", here.url)
    assert code == 1
    assert "\x1b[31m" not in told
    assert "failed: dataset group 'a b\\x1b[31m'" in told
    with pytest.raises(ClientError):
        here.client("personalize").describe_dataset_group(
            datasetGroupArn="arn:aws:personalize:us-east-1:000000000000:dataset-group/a"
        )
