"""Steps that import, train, deploy and answer in batches: each makes something and waits for it."""

import asyncio
from dataclasses import replace
from typing import Any, Literal

from msgspec import field

from presage.pipelines.language.faults import RUNTIME, TASK_FAILED, StateError
from presage.pipelines.tasks import Call

from .arguments import Arguments, arn_of, role_of, told
from .clients import Tools
from .waiting import ENDED_BADLY, SHORTEST_SECONDS, at, made, until_active, version_of


class Import(Arguments, frozen=True, kw_only=True, rename={"location": "from"}):
    """What `import` is told.

    Parameters
    ----------
    dataset : the ARN of a dataset of Personalize or Forecast
    location : the s3:// location of a file, or of a folder that ends in /
    mode : FULL replaces the rows, INCREMENTAL adds to them
    timestamp_format : how times are written, for Forecast
    """

    dataset: str
    location: str
    mode: Literal["FULL", "INCREMENTAL"] = "FULL"
    timestamp_format: str = ""


async def import_data(tools: Tools, call: Call) -> dict[str, Any]:
    """Import files into a dataset."""
    wanted = told(Import, call.arguments)
    if wanted.dataset.startswith("arn:aws:forecast:"):
        return await _import_series(tools, call, wanted)
    job = await made(
        tools,
        call,
        ("personalize", "dataset_import_job", "jobName"),
        at(arn_of(tools, "personalize", "dataset-import-job", "{name}")),
        datasetArn=wanted.dataset,
        dataSource={"dataLocation": wanted.location},
        roleArn=role_of(tools),
        importMode=wanted.mode,
    )
    return {"dataset": wanted.dataset, "job": job["datasetImportJobArn"]}


async def _import_series(tools: Tools, call: Call, wanted: Import) -> dict[str, Any]:
    """Import files into a dataset of Forecast."""
    more = {"TimestampFormat": wanted.timestamp_format} if wanted.timestamp_format else {}
    job = await made(
        tools,
        replace(call, name=underscored(call.name)),
        ("forecast", "dataset_import_job", "DatasetImportJobName"),
        at(f"{wanted.dataset.replace(':dataset/', ':dataset-import-job/')}/{{name}}"),
        DatasetArn=wanted.dataset,
        DataSource={"S3Config": {"Path": wanted.location, "RoleArn": role_of(tools)}},
        ImportMode=wanted.mode,
        **more,
    )
    return {"dataset": wanted.dataset, "job": job["DatasetImportJobArn"]}


def underscored(name: str) -> str:
    """A name as Forecast takes it: a letter first, then letters, digits and underscores."""
    return "p_" + name.replace("-", "_")


class Train(Arguments, frozen=True, kw_only=True):
    """What `train` is told.

    Parameters
    ----------
    solution : its name or ARN
    mode : FULL or UPDATE
    """

    solution: str
    mode: Literal["FULL", "UPDATE"] = "FULL"


async def train(tools: Tools, call: Call) -> dict[str, Any]:
    """Train a new version of a solution."""
    wanted = told(Train, call.arguments)
    solution = arn_of(tools, "personalize", "solution", wanted.solution)
    version = await made(
        tools,
        call,
        ("personalize", "solution_version", "name"),
        version_of(tools.clients, solution),
        solutionArn=solution,
        trainingMode=wanted.mode,
    )
    arn = version["solutionVersionArn"]
    metrics = await tools.clients.call("personalize", "get_solution_metrics", solutionVersionArn=arn)
    return {"solution": solution, "version": arn, "metrics": metrics.get("metrics", {})}


class Deploy(Arguments, frozen=True, kw_only=True):
    """What `deploy` is told.

    Parameters
    ----------
    campaign : the name or ARN of a campaign, which is made if it is not there
    version : the ARN of a solution version
    config : the campaign's settings, as CreateCampaign takes them
    """

    campaign: str
    version: str
    config: dict[str, Any] = field(default_factory=dict[str, Any])


async def deploy(tools: Tools, call: Call) -> dict[str, Any]:
    """Let a campaign answer with a solution version."""
    wanted = told(Deploy, call.arguments)
    arn = arn_of(tools, "personalize", "campaign", wanted.campaign)
    settings: dict[str, Any] = {"solutionVersionArn": wanted.version}
    settings |= {"campaignConfig": wanted.config} if wanted.config else {}
    try:
        await tools.clients.call("personalize", "create_campaign", name=arn.rpartition("/")[2], **settings)
    except StateError as error:
        if not error.error.endswith(".ResourceAlreadyExistsException"):
            raise
        found = await until_active(tools, call, "personalize", "campaign", arn)
        if found["solutionVersionArn"] != wanted.version or wanted.config:
            await tools.clients.call("personalize", "update_campaign", campaignArn=arn, **settings)
    await _until_updated(tools, call, arn)
    return {"campaign": arn, "version": wanted.version}


async def _until_updated(tools: Tools, call: Call, campaign: str) -> None:
    """Wait until the latest update of a campaign is done. Raises StateError if it fails."""
    while True:
        found = await until_active(tools, call, "personalize", "campaign", campaign)
        latest = found.get("latestCampaignUpdate", {})
        if latest.get("status", "ACTIVE") == "ACTIVE":
            return
        if latest["status"].endswith(ENDED_BADLY):
            raise StateError(TASK_FAILED, f"{campaign} could not be updated: {latest.get('failureReason')}")
        await asyncio.sleep(SHORTEST_SECONDS)


class Batch(Arguments, frozen=True, kw_only=True, rename={"target": "to"}):
    """What `batch` is told.

    Parameters
    ----------
    version : the ARN of a solution version
    input : the s3:// location of a file with a JSON object a line, such as {"userId": "4"}
    target : the s3:// folder that the answers go to
    items : how many each answer has
    """

    version: str
    input: str
    target: str
    items: int = 25
    filter: str = ""
    config: dict[str, Any] = field(default_factory=dict[str, Any])


async def batch(tools: Tools, call: Call) -> dict[str, Any]:
    """Answer for many users at once."""
    wanted = told(Batch, call.arguments)
    if not wanted.target.endswith("/"):
        raise StateError(RUNTIME, f"to is {wanted.target!r}; it must be a folder, which ends in /")
    folder = f"{wanted.target}{call.name}/"
    more: dict[str, Any] = {}
    if wanted.filter:
        more |= {"filterArn": arn_of(tools, "personalize", "filter", wanted.filter)}
    if wanted.config:
        more |= {"batchInferenceJobConfig": wanted.config}
    job = await made(
        tools,
        call,
        ("personalize", "batch_inference_job", "jobName"),
        at(arn_of(tools, "personalize", "batch-inference-job", "{name}")),
        solutionVersionArn=wanted.version,
        numResults=wanted.items,
        jobInput={"s3DataSource": {"path": wanted.input}},
        jobOutput={"s3DataDestination": {"path": folder}},
        roleArn=role_of(tools),
        **more,
    )
    return {"location": folder, "job": job["batchInferenceJobArn"]}
