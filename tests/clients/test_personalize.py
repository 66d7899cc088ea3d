"""The AWS CLI and AWS's JavaScript clients, unmodified, from upload to answer on one running server."""

import json
import time

import pytest

from ..operations.shop import INTERACTIONS, Shop, avro, interactions_csv

pytestmark = pytest.mark.clients

SERVICES = ("PERSONALIZE", "PERSONALIZE_RUNTIME", "PERSONALIZE_EVENTS", "S3")
ASK = """
import { PersonalizeRuntimeClient, GetRecommendationsCommand } from "@aws-sdk/client-personalize-runtime";
import { PersonalizeEventsClient, PutEventsCommand } from "@aws-sdk/client-personalize-events";

const runtime = new PersonalizeRuntimeClient({});
const ask = (campaignArn) =>
    runtime.send(new GetRecommendationsCommand({ campaignArn, userId: "nobody", numResults: 5 }));
const answer = await ask(process.env.CAMPAIGN);
const events = new PersonalizeEventsClient({});
const told = await events.send(new PutEventsCommand({
    trackingId: process.env.TRACKER, userId: "nobody", sessionId: "s",
    eventList: [{ eventType: "click", itemId: "i1", sentAt: new Date(), properties: '{"device": "phone"}' }],
}));
let refused;
try {
    await ask(process.env.CAMPAIGN + "x");
} catch (error) {
    refused = [error.name, error.$metadata.httpStatusCode];
}
const { itemList: items, recommendationId: id } = answer;
console.log(JSON.stringify({ items, id, told: told.$metadata.httpStatusCode, refused }));
"""


@pytest.fixture
def env(server):
    return {f"AWS_ENDPOINT_URL_{service}": server.url for service in SERVICES}


@pytest.fixture
def aws(cli, env):
    """`aws(service, operation, **flags)`: the CLI's answer, read."""

    def aws(service, operation, **flags):
        arguments = [service, operation, "--output", "json"]
        for name, value in flags.items():
            text = value if isinstance(value, str) else json.dumps(value)
            arguments += [f"--{name.replace('_', '-')}", text]
        out = cli(arguments, env)
        return json.loads(out) if out else None

    return aws


def wait(aws, kind, **flags):
    while True:
        (record,) = aws("personalize", f"describe-{kind}", **flags).values()
        if record["status"] == "ACTIVE":
            return record
        assert record["status"] in ("CREATE PENDING", "CREATE IN_PROGRESS"), record
        time.sleep(0.2)


def test_the_cli_goes_from_upload_to_answer(cli, aws, env, tmp_path):
    (tmp_path / "events.csv").write_text(interactions_csv())
    cli(["s3", "mb", "s3://cli"], env)
    cli(["s3", "cp", "events.csv", "s3://cli/events.csv"], env)
    schema = aws("personalize", "create-schema", name="cli", schema=avro("Interactions", INTERACTIONS))[
        "schemaArn"
    ]
    group = aws("personalize", "create-dataset-group", name="cli")["datasetGroupArn"]
    named = {"name": "cli", "schema_arn": schema, "dataset_group_arn": group}
    dataset = aws("personalize", "create-dataset", **named, dataset_type="Interactions")["datasetArn"]
    job = aws(
        "personalize",
        "create-dataset-import-job",
        job_name="cli",
        dataset_arn=dataset,
        data_source={"dataLocation": "s3://cli/events.csv"},
        role_arn="arn:aws:iam::000000000000:role/any",
    )["datasetImportJobArn"]
    wait(aws, "dataset-import-job", dataset_import_job_arn=job)
    recipe = "arn:aws:personalize:::recipe/aws-popularity-count"
    solution = aws("personalize", "create-solution", name="cli", recipe_arn=recipe, dataset_group_arn=group)
    version = aws("personalize", "create-solution-version", solution_arn=solution["solutionArn"])
    wait(aws, "solution-version", solution_version_arn=version["solutionVersionArn"])
    campaign = aws(
        "personalize", "create-campaign", name="cli", solution_version_arn=version["solutionVersionArn"]
    )["campaignArn"]
    wait(aws, "campaign", campaign_arn=campaign)
    answer = aws("personalize-runtime", "get-recommendations", campaign_arn=campaign, user_id="u0")
    assert len(answer["itemList"]) == 25
    metrics = aws("personalize", "get-solution-metrics", solution_version_arn=version["solutionVersionArn"])
    assert 0 < metrics["metrics"]["precision_at_25"] <= 1


def test_javascript_asks_tells_and_meets_errors(node, server, env):
    shop = Shop(server).stocked()
    campaign = shop.trained("aws-popularity-count")
    tracker = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
    shop.wait("event_tracker", tracker["eventTrackerArn"])
    said = json.loads(node(ASK, {**env, "CAMPAIGN": campaign, "TRACKER": tracker["trackingId"]}))
    assert said["items"] == shop.recommend(campaign, "nobody", numResults=5)
    assert len(said["id"]) == 40
    assert said["told"] == 200
    assert said["refused"] == ["ResourceNotFoundException", 404]
