"""A data folder that an older presage wrote, whose server was killed, opens and answers as it did."""

import pytest

from .data import unpack_format_1
from .running import RunningServer, wait_until


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A server on that folder, and what was known of it."""
    data, known = unpack_format_1(tmp_path_factory.mktemp("format-1"))
    running = RunningServer(data).start()
    yield running, known
    assert running.stop() == 0, running.output()


def ask(runtime, known):
    """name of a question -> (item, score) of its answer, for all that was asked of the older server."""
    campaigns, found = known["campaigns"], {}
    for question in known["answers"]:
        what, _, whom = question.partition(" ")
        if what == "metadata":
            continue
        if what == "ranking":
            candidates = ["i1", "i9", "i17", "i25", "unknown"]
            answer = runtime.get_personalized_ranking(
                campaignArn=campaigns[what], userId=whom, inputList=candidates
            )["personalizedRanking"]
        else:
            about = (
                {"itemId": whom, "numResults": 10} if what == "sims" else {"userId": whom, "numResults": 30}
            )
            answer = runtime.get_recommendations(campaignArn=campaigns[what], **about)["itemList"]
        found[question] = [(item["itemId"], item.get("score")) for item in answer]
    return found


def scores(answer):
    return {item: score for item, score in answer if score is not None}


def test_every_campaign_answers_as_before(opened):
    server, known = opened
    found = ask(server.client("personalize-runtime"), known)
    assert len(found) > 40
    for question, answer in found.items():
        before = known["answers"][question]
        assert scores(answer) == pytest.approx(scores(before), abs=2e-4), question
        if not scores(before):  # only order to go by
            assert [item for item, _ in answer] == [item for item, _ in before], question


def test_answers_carry_what_was_imported_and_told_of_the_items(opened):
    server, known = opened
    answer = server.client("personalize-runtime").get_recommendations(
        campaignArn=known["campaigns"]["personal"],
        userId="u1",
        numResults=30,
        metadataColumns={"ITEMS": ["GENRE", "PRICE"]},
    )["itemList"]
    before = {
        item_id: {name.lower(): cell for name, cell in metadata.items()}  # as they are named now
        for item_id, metadata in known["answers"]["metadata"].items()
    }
    assert {item["itemId"]: item["metadata"] for item in answer} == before


def test_records_are_described_as_before(opened):
    server, known = opened
    personalize = server.client("personalize")
    calls = {
        "campaign": personalize.describe_campaign,
        "dataset-group": personalize.describe_dataset_group,
        "dataset": personalize.describe_dataset,
        "event-tracker": personalize.describe_event_tracker,
        "solution": personalize.describe_solution_version,
    }
    for name, before in known["describe"].items():
        arn, _, of = name.partition(" ")
        if of == "metrics":
            assert personalize.get_solution_metrics(solutionVersionArn=arn)["metrics"] == before
            continue
        call = calls[arn.split(":")[5].split("/")[0]]
        parameter = next(member for member, value in before.items() if value == arn)
        (described,) = [v for k, v in call(**{parameter: arn}).items() if k != "ResponseMetadata"]
        now = {k: v.timestamp() if hasattr(v, "timestamp") else v for k, v in described.items()}
        now.pop("latestCampaignUpdate", None)
        assert now == before, arn


def test_tags_are_kept(opened):
    server, known = opened
    tags = server.client("personalize").list_tags_for_resource(resourceArn=known["group"])["tags"]
    assert tags == known["tags"]


def test_an_import_that_waited_is_done(opened):
    server, known = opened
    personalize = server.client("personalize")
    wait_until(
        lambda: personalize.describe_dataset_import_job(datasetImportJobArn=known["waiting"])[
            "datasetImportJob"
        ]
    )


def test_it_takes_events_and_learns_from_what_it_holds(opened):
    server, known = opened
    personalize, group = server.client("personalize"), known["group"]
    server.client("personalize-events").put_events(
        trackingId=known["tracker"]["trackingId"],
        userId="newcomer",
        sessionId="again",
        eventList=[{"eventType": "click", "itemId": "i4", "sentAt": 1_703_000_000}],
    )
    solution = personalize.create_solution(
        name="afresh", datasetGroupArn=group, recipeArn="arn:aws:personalize:::recipe/aws-sims"
    )["solutionArn"]
    version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    wait_until(lambda: personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"])
