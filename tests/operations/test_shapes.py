"""Every kind of answer, held against its shape (as all that is asked in process) on a folder full of resources."""

import pytest

from presage.operations.personalize.following import Follower
from presage.operations.table import KINDS

from ..data import unpack_format_1
from . import bazaar
from .inprocess import InProcess
from .shop import avro


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A server in this process, and what is known of its resources."""
    data, known = unpack_format_1(tmp_path_factory.mktemp("full"))
    running = InProcess(data, database="")  # the folder has its records in it
    Follower(running.server).deploy_all()
    make_what_format_1_lacks(running.client("personalize"))
    make_jobs(running)
    yield running, known
    running.close()


def make_what_format_1_lacks(personalize):
    """One resource of each kind that is younger than the folder."""
    arn = personalize.list_datasets()["datasets"][0]["datasetArn"]
    group = personalize.describe_dataset(datasetArn=arn)["dataset"]["datasetGroupArn"]
    personalize.create_filter(
        name="young",
        datasetGroupArn=group,
        filterExpression='EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")',
    )
    personalize.create_metric_attribution(
        name="young",
        datasetGroupArn=group,
        metrics=[{"eventType": "click", "metricName": "clicks", "expression": "SAMPLECOUNT()"}],
        metricsOutputConfig={"roleArn": "arn:aws:iam::000000000000:role/any"},
    )
    make_young_recommender(personalize)


def make_jobs(running):
    """One of each kind of job that is younger than the folder; a segment job without its recipe's version."""
    personalize = running.client("personalize")
    running.client("s3").create_bucket(Bucket="young")
    (version, *_) = [
        one["solutionVersionArn"]
        for one in personalize.list_solution_versions()["solutionVersions"]
        if one["status"] == "ACTIVE"
    ]
    dataset = personalize.list_datasets()["datasets"][-1]["datasetArn"]
    group = personalize.describe_dataset(datasetArn=dataset)["dataset"]["datasetGroupArn"]
    job = {"jobName": "young", "roleArn": "arn:aws:iam::000000000000:role/any"}
    output = {"jobOutput": {"s3DataDestination": {"path": "s3://young/out/"}}}
    source = {"s3DataSource": {"path": "s3://young/in.json"}}
    personalize.create_dataset_export_job(datasetArn=dataset, **job, **output)
    personalize.create_data_deletion_job(
        datasetGroupArn=group, dataSource={"dataLocation": "s3://young/users.csv"}, **job
    )
    personalize.create_batch_inference_job(solutionVersionArn=version, jobInput=source, **job, **output)
    body = {"solutionVersionArn": version, "jobInput": source, "numResults": 25, **job, **output}
    arn = version.partition(":solution/")[0] + ":batch-segment-job/young"
    with running.server.records.writing() as records:
        records.add("personalize", "BatchSegmentJob", arn=arn, name="young", body=body, settled=True)


def make_young_recommender(personalize):
    group = personalize.create_dataset_group(name="young", domain="ECOMMERCE")["datasetGroupArn"]
    schema = personalize.create_schema(
        name="young", domain="ECOMMERCE", schema=avro("Interactions", bazaar.INTERACTIONS)
    )["schemaArn"]
    personalize.create_dataset(
        name="young", datasetGroupArn=group, schemaArn=schema, datasetType="INTERACTIONS"
    )
    personalize.create_recommender(
        name="young",
        datasetGroupArn=group,
        recipeArn=f"arn:aws:personalize:::recipe/{bazaar.VIEWS}",
    )


def snake(name):
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if kind.service == "personalize"], ids=lambda kind: kind.name
)
def test_a_resource_is_described_and_listed(full, kind):
    running, _ = full
    personalize = running.client("personalize")
    records = running.server.records.of_kind(kind.service, kind.name)
    assert records
    described = getattr(personalize, f"describe_{snake(kind.name)}")(**{kind.key: records[0].arn})
    (body,) = [value for name, value in described.items() if name != "ResponseMetadata"]
    assert body[kind.key] == records[0].arn
    listed = getattr(personalize, f"list_{snake(kind.listed)}")()
    (rows,) = [value for value in listed.values() if isinstance(value, list)]
    assert {row[kind.key] for row in rows} == {record.arn for record in records}


def test_metrics_and_answers(full):
    running, known = full
    personalize, runtime = running.client("personalize"), running.client("personalize-runtime")
    for arn in known["describe"]:
        if arn.endswith(" metrics"):
            version = arn.removesuffix(" metrics")
            assert personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
    for name, campaign in known["campaigns"].items():
        if name == "ranking":
            found = runtime.get_personalized_ranking(
                campaignArn=campaign, userId="u1", inputList=["i1", "i2"]
            )
            assert len(found["personalizedRanking"]) == 2
        else:
            whom = {"itemId": "i1"} if name == "sims" else {"userId": "u1"}
            assert runtime.get_recommendations(campaignArn=campaign, **whom)["itemList"]
