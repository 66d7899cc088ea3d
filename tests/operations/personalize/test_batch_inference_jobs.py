"""Batch inference jobs: the answers of a campaign, for many lines at once."""

import json

import pytest

from ..inprocess import InProcess
from ..shop import Shop, error_of
from .batches import lines_of, request, results, run

FAILED = {"wanted": ("CREATE FAILED",), "ended": ("ACTIVE",)}


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A shop with data on a server in this process."""
    inside = InProcess(tmp_path_factory.mktemp("quick") / "data")
    yield Shop(inside).stocked()
    inside.close()


@pytest.fixture(scope="module")
def ease(quick):
    return quick.version(quick.solution("presage-ease"))


@pytest.fixture(scope="module")
def genres(quick):
    """A filter with a parameter."""
    expression = "INCLUDE ItemID WHERE Items.GENRE IN ($GENRE)"
    return make_filter(quick, expression)


def make_filter(shop, expression):
    name = f"{shop.id}-{abs(hash(expression))}"
    arn = shop.personalize.create_filter(name=name, datasetGroupArn=shop.group, filterExpression=expression)[
        "filterArn"
    ]
    shop.wait("filter", arn)
    return arn


def infer(shop, version, lines, **options):
    """The lines of the output."""
    asked = request(shop, version, lines, **options)
    run(shop, "batch_inference_job", asked)
    return lines_of(results(shop, asked["jobName"])["lines.json.out"])


def items_of(line):
    return line["output"]["recommendedItems"]


def test_each_line_is_answered_as_a_campaign_answers(stocked):
    version = stocked.version(stocked.solution("presage-ease"))
    users = [f"u{n}" for n in range(60)] + ["nobody"]
    asked = request(stocked, version, [{"userId": user} for user in users], numResults=7)
    described = run(stocked, "batch_inference_job", asked)
    assert (described["numResults"], described["batchInferenceJobMode"]) == (7, "BATCH_INFERENCE")
    found = results(stocked, asked["jobName"])
    assert set(found) == {"_CHECK", "lines.json.out"}
    campaign = stocked.campaign(version)
    for user, line in zip(users, lines_of(found["lines.json.out"]), strict=True):
        items = stocked.recommend(campaign, user, numResults=7)
        assert line == {
            "input": {"userId": user},
            "output": {
                "recommendedItems": [item["itemId"] for item in items],
                "scores": pytest.approx([item["score"] for item in items]),
            },
            "error": None,
        }


def test_recipes_without_scores(quick):
    popular = quick.version(quick.solution("aws-popularity-count"))
    (line,) = infer(quick, popular, [{"userId": "u1"}])
    assert set(line["output"]) == {"recommendedItems"}
    assert len(items_of(line)) == 25
    related = quick.version(quick.solution("aws-sims"))
    (line,) = infer(quick, related, [{"itemId": "i1"}], numResults=3)
    assert set(line["output"]) == {"recommendedItems"}
    assert len(items_of(line)) == 3


def test_lists_are_ranked(quick, ease):
    asked = request(quick, ease, [{"userId": "u0", "itemList": ["i20", "never", "i1", "i1"]}])
    job = quick.personalize.create_batch_inference_job(**asked)["batchInferenceJobArn"]
    with quick.server.stores.records.writing() as records:  # no recipe that ranks is trained as quickly
        records.change(job, _type="PERSONALIZED_RANKING")
    quick.wait("batch_inference_job", job)
    (line,) = lines_of(results(quick, asked["jobName"])["lines.json.out"])
    assert items_of(line) == ["i1", "i20", "never"]
    assert sum(line["output"]["scores"]) == pytest.approx(1)
    assert line["output"]["scores"][2] == 0


def test_a_filter_has_the_values_of_each_line(quick, ease, genres):
    lines = [
        {"userId": "u0", "filterValues": {"GENRE": '"low"'}},
        {"userId": "u0", "filterValues": {"GENRE": '"high"'}},
        {"userId": "u0"},
    ]
    low, high, without = infer(quick, ease, lines, filterArn=genres, numResults=30)
    assert {int(item[1:]) < 15 for item in items_of(low)} == {True}
    assert {int(item[1:]) < 15 for item in items_of(high)} == {False}
    assert without["output"] is None
    assert "GENRE" in without["error"]


def test_a_filter_sees_what_each_user_did(quick, ease):
    bought = make_filter(quick, 'INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("purchase")')
    low, high, nobody = infer(
        quick, ease, [{"userId": "u0"}, {"userId": "u1"}, {"userId": "nobody"}], filterArn=bought
    )
    assert {int(item[1:]) < 15 for item in items_of(low)} == {True}
    assert {int(item[1:]) < 15 for item in items_of(high)} == {False}
    assert items_of(nobody) == []


BAD = {
    "{not json": "no JSON",
    '["u1"]': "a list",
    "{}": "userId is missing",
    '{"userId": 4638}': 'write it as text: "4638"',
    '{"userId": ""}': "0 characters",
    '{"userId": "u1", "itemId": "i1"}': "'itemId' is unknown",
    '{"userId": "u1", "filterValues": {"A": "1"}}': "no filterArn",
    '{"userId": "u1", "filterValues": 3}': "must be an object",
    '{"userId": null}': "userId is null",
    '{"userId": "' + "u" * 257 + '"}': "257 characters",
    '{"userId": "' + "u" * (1 << 20) + '"}': "longer than",
}


def test_a_bad_line_is_answered_with_what_is_wrong(quick, ease):
    asked = request(quick, ease, ["\ufeff", *BAD, "", {"userId": "u1"}])
    assert run(quick, "batch_inference_job", asked)["status"] == "ACTIVE"
    found = results(quick, asked["jobName"])
    *bad, good = lines_of(found["lines.json.out"])
    assert good["error"] is None
    assert bad == lines_of(found["lines.json.errors"])
    for line, (text, error) in zip(bad, BAD.items(), strict=True):
        assert error in line["error"], text[:100]
        assert line["output"] is None
    assert bad[0]["input"] == "{not json"
    assert bad[3]["input"] == {"userId": 4638}


def test_all_that_begin_with_a_prefix_are_answered(quick, ease):
    asked = request(quick, ease, [{"userId": "u1"}])
    folder = f"s3://{quick.id}/{asked['jobName']}"
    for name in ("in/part-1", "in/more/part-2", "in/_SUCCESS", "in/out/old.out"):
        text = "" if "_" in name else json.dumps({"userId": "u2"})
        quick.upload(f"{asked['jobName']}/{name}", text)
    asked["jobInput"]["s3DataSource"]["path"] = f"{folder}/in/"
    asked["jobOutput"]["s3DataDestination"]["path"] = f"{folder}/in/out"
    run(quick, "batch_inference_job", asked)
    found = set(results(quick, asked["jobName"], "in/out"))
    assert found == {"_CHECK", "old.out", "lines.json.out", "part-1.out", "more/part-2.out"}


def test_one_that_runs_again_writes_the_same(quick, ease):
    asked = request(quick, ease, [{"userId": f"u{n}"} for n in range(9)])
    run(quick, "batch_inference_job", asked)
    first = results(quick, asked["jobName"])
    left = quick.server.stores.config.data / "drafts" / "gone"
    left.mkdir(parents=True)
    run(quick, "batch_inference_job", {**asked, "jobName": f"{asked['jobName']}-again"})
    assert results(quick, asked["jobName"]) == first
    assert not list(left.parent.iterdir())


def test_where_nothing_can_be_read_or_written(quick, ease):
    asked = request(quick, ease, [{"userId": "u1"}])
    asked["jobInput"]["s3DataSource"]["path"] += "x"
    failed = run(quick, "batch_inference_job", asked, **FAILED)
    assert failed["failureReason"].startswith("Invalid S3 input path")
    asked = request(quick, ease, [{"userId": "u1"}])
    asked["jobOutput"]["s3DataDestination"]["path"] = "s3://no-such-bucket/out/"
    failed = run(quick, "batch_inference_job", asked, **FAILED)
    assert failed["failureReason"].startswith("Invalid S3 output path")
    asked = request(quick, ease, [])
    failed = run(quick, "batch_inference_job", asked, **FAILED)
    assert "holds no line" in failed["failureReason"]


def refused(shop, version, **options):
    return error_of(shop.personalize.create_batch_inference_job, **request(shop, version, [], **options))


def test_what_cannot_be_asked_for_is_refused(quick, ease, genres):
    code, text = refused(quick, ease, batchInferenceJobMode="THEME_GENERATION")
    assert (code, "text generator" in text) == ("InvalidInputException", True)
    code, text = refused(quick, ease, numResults=501)
    assert (code, "501" in text) == ("InvalidInputException", True)
    code, text = refused(
        quick, ease, batchInferenceJobConfig={"itemExplorationConfig": {"explorationWeight": "0.5"}}
    )
    assert (code, "presage-ease" in text) == ("InvalidInputException", True)
    assert refused(quick, ease + "0")[0] == "ResourceNotFoundException"
    assert refused(quick, ease, filterArn=genres + "0")[0] == "ResourceNotFoundException"
    asked = request(quick, ease, [])
    asked["jobOutput"]["s3DataDestination"]["path"] = f"s3://{quick.id}/{asked['jobName']}/in/"
    code, text = error_of(quick.personalize.create_batch_inference_job, **asked)
    assert (code, "folder of the input" in text) == ("InvalidInputException", True)


def test_a_filter_of_another_group_or_of_users_is_refused(quick, ease):
    users = make_filter(quick, 'INCLUDE UserID WHERE Users.GENDER IN ("a")')
    code, text = refused(quick, ease, filterArn=users)
    assert (code, "does not choose items" in text) == ("InvalidInputException", True)
    other = Shop(quick.server)
    other.dataset("ITEMS", [{"name": "ITEM_ID", "type": "string"}, {"name": "GENRE", "type": "string"}])
    foreign = make_filter(other, 'INCLUDE ItemID WHERE Items.GENRE IN ("a")')
    code, text = refused(quick, ease, filterArn=foreign)
    assert (code, "another dataset group" in text) == ("InvalidInputException", True)


def test_what_a_job_needs_stays_while_it_is_under_way(quick, genres):
    solution = quick.solution("presage-ease")
    version = quick.version(solution)
    asked = request(quick, version, [{"userId": "u1", "filterValues": {"GENRE": '"low"'}}], filterArn=genres)
    job = quick.personalize.create_batch_inference_job(**asked)["batchInferenceJobArn"]
    assert error_of(quick.personalize.delete_filter, filterArn=genres)[0] == "ResourceInUseException"
    assert error_of(quick.personalize.delete_solution, solutionArn=solution)[0] == "ResourceInUseException"
    quick.wait("batch_inference_job", job)
    quick.personalize.delete_solution(solutionArn=solution)
    listed = quick.personalize.list_batch_inference_jobs(solutionVersionArn=version)["batchInferenceJobs"]
    assert [one["batchInferenceJobArn"] for one in listed] == [job]
