"""The AWS calls of Lab 8 of AWS's Retail Demo Store workshop, in their order, wherever boto3 points to.

    presage serve &
    eval "$(presage env)"
    python examples/lab8.py

The shoppers come from a simulator, not from the workshop's web services, and the bucket with its policy is
made here, because no CloudFormation stack did it before. What is being made is looked at every 15 seconds as
in the workshop; `--sleep` changes that.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from presage.worlds.offers import OfferWorld

BUCKET = "retaildemostore-stack-bucket"
FILENAME = "offer_interactions.csv"
ROLE_ARN = "arn:aws:iam::000000000000:role/Uid-PersonalizeS3"
RECIPE_ARN = "arn:aws:personalize:::recipe/aws-user-personalization"
PATIENCE_SECONDS = 3 * 60 * 60
BUCKET_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "personalize.amazonaws.com"},
            "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
            "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        }
    ],
}
INTERACTIONS_SCHEMA = {
    "type": "record",
    "name": "Interactions",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [
        {"name": "ITEM_ID", "type": "string"},
        {"name": "USER_ID", "type": "string"},
        {"name": "EVENT_TYPE", "type": "string"},
        {"name": "TIMESTAMP", "type": "long"},
    ],
    "version": "1.0",
}


def upload(world: OfferWorld) -> None:
    """Write the shoppers' redemptions to a file, and the file to the bucket."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(BUCKET_POLICY))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, FILENAME)
        world.redemptions().write_csv(path)
        boto3.Session().resource("s3").Bucket(BUCKET).Object(FILENAME).upload_file(str(path))


def create_schema(personalize: Any) -> str:
    """The schema's ARN: of a new one, or of the one that an earlier run left."""
    name = "retaildemooffers-schema-interactions"
    try:
        return personalize.create_schema(name=name, schema=json.dumps(INTERACTIONS_SCHEMA))["schemaArn"]
    except personalize.exceptions.ResourceAlreadyExistsException:
        print("This schema exists already")
        schemas = personalize.list_schemas()["schemas"]
        return next(schema["schemaArn"] for schema in schemas if schema["name"] == name)


def wait(describe: Callable[[], dict[str, Any]], sleep_seconds: float) -> None:
    """Look every so often until the thing is ACTIVE."""
    max_time = time.time() + PATIENCE_SECONDS
    while time.time() < max_time:
        record = describe()
        if record["status"] == "ACTIVE":
            return
        if record["status"] == "CREATE FAILED":
            raise SystemExit(f"failed: {record.get('failureReason')}")
        time.sleep(sleep_seconds)
    raise SystemExit(f"not ready after {PATIENCE_SECONDS} s")


def import_interactions(personalize: Any, sleep_seconds: float) -> str:
    """Schema, dataset group, dataset and import job; the ARN of the group."""
    schema_arn = create_schema(personalize)
    group_arn = personalize.create_dataset_group(name="retaildemooffers-notebook")["datasetGroupArn"]
    wait(lambda: personalize.describe_dataset_group(datasetGroupArn=group_arn)["datasetGroup"], sleep_seconds)
    dataset_arn = personalize.create_dataset(
        name="retaildemooffers-notebook-INTERACTIONS",
        datasetType="INTERACTIONS",
        datasetGroupArn=group_arn,
        schemaArn=schema_arn,
    )["datasetArn"]
    json.loads(boto3.client("s3").get_bucket_policy(Bucket=BUCKET)["Policy"])
    job_arn = personalize.create_dataset_import_job(
        jobName="retaildemooffers-dataset-interactions-import-job",
        datasetArn=dataset_arn,
        dataSource={"dataLocation": f"s3://{BUCKET}/{FILENAME}"},
        roleArn=ROLE_ARN,
    )["datasetImportJobArn"]
    wait(
        lambda: personalize.describe_dataset_import_job(datasetImportJobArn=job_arn)["datasetImportJob"],
        sleep_seconds,
    )
    return group_arn


def train(personalize: Any, group_arn: str, sleep_seconds: float) -> tuple[str, dict[str, float]]:
    """Solution and solution version; the version's ARN and metrics."""
    solution_arn = personalize.create_solution(
        name="retaildemo-offers-personalization", datasetGroupArn=group_arn, recipeArn=RECIPE_ARN
    )["solutionArn"]
    version_arn = personalize.create_solution_version(solutionArn=solution_arn)["solutionVersionArn"]
    wait(
        lambda: personalize.describe_solution_version(solutionVersionArn=version_arn)["solutionVersion"],
        sleep_seconds,
    )
    return version_arn, personalize.get_solution_metrics(solutionVersionArn=version_arn)["metrics"]


def deploy(personalize: Any, version_arn: str, sleep_seconds: float) -> str:
    """The ARN of the campaign."""
    campaign_arn = personalize.create_campaign(
        name="retaildemooffers-personalization", solutionVersionArn=version_arn, minProvisionedTPS=1
    )["campaignArn"]
    wait(lambda: personalize.describe_campaign(campaignArn=campaign_arn)["campaign"], sleep_seconds)
    return campaign_arn


def ask(campaign_arn: str, user_ids: list[int], n_offers: int) -> list[dict[int, float]]:
    """Offer id -> score for every user."""
    runtime = boto3.client("personalize-runtime")
    answers: list[dict[int, float]] = []
    for user_id in user_ids:
        answer = runtime.get_recommendations(
            campaignArn=campaign_arn, userId=str(user_id), numResults=n_offers
        )
        answers.append({int(item["itemId"]): float(item["score"]) for item in answer["itemList"]})
    return answers


def run(sleep_seconds: float = 15.0) -> dict[str, Any]:
    """The whole lab; what it found, and the wall-clock seconds from upload to the first recommendation."""
    start = time.monotonic()
    world = OfferWorld()
    personalize = boto3.client("personalize")
    boto3.client("personalize-events")
    upload(world)
    group_arn = import_interactions(personalize, sleep_seconds)
    version_arn, metrics = train(personalize, group_arn, sleep_seconds)
    campaign_arn = deploy(personalize, version_arn, sleep_seconds)
    n_offers = len(world.offers)
    [offers] = ask(campaign_arn, [256], n_offers)
    seconds = time.monotonic() - start
    scores = ask(campaign_arn, list(range(1, world.n_shoppers, world.n_shoppers // 100)), n_offers)
    return {
        "group_arn": group_arn,
        "version_arn": version_arn,
        "metrics": metrics,
        "offers": offers,
        "seconds": seconds,
        "scores": scores,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sleep", type=float, default=15.0, help="seconds between two looks")
    found = run(parser.parse_args().sleep)
    print(json.dumps(found["metrics"], indent=2))
    print("offers for shopper 256, best first:")
    for offer, score in found["offers"].items():
        print(f"  offer {offer}  {score:.7f}")
    print(
        f"{found['seconds']:.1f} s from upload to recommendations; {len(found['scores'])} more shoppers asked"
    )
