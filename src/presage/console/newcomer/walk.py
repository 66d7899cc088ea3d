"""The way from imported rows to a campaign: the records say what stands already, and the next is made."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from presage.errors import ResourceAlreadyExistsException
from presage.jobs.queue import Job
from presage.resources.record import Record
from presage.resources.states import State

from ..visit import Visit

ROLE = "arn:aws:iam::000000000000:role/presage"
RECIPES = {
    "aws-user-personalization-v2": "Personal: learns from what each user did, in order",
    "presage-ease": "Personal and quick: learns which things go together",
    "aws-popularity-count": "The same for all: what is most used",
}
"""Recipe -> what it is good for."""
FIELDS: Mapping[str, Mapping[str, object]] = {
    "USER_ID": {"type": "string"},
    "ITEM_ID": {"type": "string"},
    "TIMESTAMP": {"type": "long"},
    "EVENT_TYPE": {"type": "string"},
    "EVENT_VALUE": {"type": ["null", "float"]},
    "ITEM_NAME": {"type": "string", "itemName": True},
}
StageState = Literal["done", "doing", "waits", "failed"]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One step of the way, as it stands."""

    title: str
    state: StageState
    record: Record | None = None
    job: Job | None = None

    @property
    def reason(self) -> str:
        """Why it failed."""
        return (self.record and self.record.get("_reason")) or ""


@dataclass(frozen=True)
class File:
    """A file to import.

    Parameters
    ----------
    kind : `INTERACTIONS` or `ITEMS`
    columns : some of `FIELDS`
    """

    kind: str
    location: str
    columns: Sequence[str]

    @property
    def schema(self) -> str:
        """The Avro schema of its rows."""
        fields = [{"name": column, **FIELDS[column]} for column in self.columns]
        head = {"type": "record", "name": self.kind.title(), "namespace": "com.amazonaws.personalize.schema"}
        return json.dumps({**head, "fields": fields, "version": "1.0"})


async def begin(visit: Visit, name: str, recipe: str, files: Sequence[File]) -> None:
    """Make a dataset group with its datasets, let the files be imported, and say what is to be trained.

    Parameters
    ----------
    name : of all that is made

    Raises ResourceAlreadyExistsException if the name is taken, and what the operations raise.
    """
    _check_free(visit, name)
    made = await visit.call("personalize", "CreateDatasetGroup", name=name)
    group = made["datasetGroupArn"]
    for file in files:
        await _import(visit, name, group, file)
    await visit.call(
        "personalize",
        "CreateSolution",
        name=name,
        datasetGroupArn=group,
        recipeArn=f"arn:aws:personalize:::recipe/{recipe}",
        performAutoTraining=False,
    )


def _check_free(visit: Visit, name: str) -> None:
    for kind in ("dataset-group", "solution", "campaign"):
        if visit.server.records.get(visit.server.arn("personalize", f"{kind}/{name}")):
            raise ResourceAlreadyExistsException(f"a {kind.replace('-', ' ')} is called {name!r} already")


async def _import(visit: Visit, name: str, group: str, file: File) -> None:
    called = f"{name}-{file.kind.lower()}"
    upload = file.location.rsplit("/", 2)[
        1
    ]  # schemas are no group's own, and outlive it: they need other names
    schema = await visit.call(
        "personalize", "CreateSchema", name=f"{called}-{upload}"[:63], schema=file.schema
    )
    dataset = await visit.call(
        "personalize",
        "CreateDataset",
        name=called,
        datasetGroupArn=group,
        datasetType=file.kind,
        schemaArn=schema["schemaArn"],
    )
    await visit.call(
        "personalize",
        "CreateDatasetImportJob",
        jobName=called,
        datasetArn=dataset["datasetArn"],
        dataSource={"dataLocation": file.location},
        roleArn=ROLE,
    )


async def go_on(visit: Visit, name: str) -> None:
    """Make what can be made next, if nothing that it needs is under way."""
    imports, version, campaign = _standing(visit, name)
    if not imports or any(one.state != State.ACTIVE for one in imports):
        return
    solution = visit.server.arn("personalize", f"solution/{name}")
    if version is None:
        await visit.call("personalize", "CreateSolutionVersion", solutionArn=solution)
    elif version.state == State.ACTIVE and campaign is None:
        await visit.call(
            "personalize", "CreateCampaign", name=name, solutionVersionArn=version.arn, minProvisionedTPS=1
        )


def stages(visit: Visit, name: str) -> list[Stage]:
    """How far it is. Raises ResourceNotFoundException if there is no such group."""
    visit.server.records.expect(visit.server.arn("personalize", f"dataset-group/{name}"))
    imports, version, campaign = _standing(visit, name)
    kinds = {one.arn: one["datasetArn"].rpartition("/")[2].lower() for one in imports}
    return [
        *(_stage(visit, f"Check and store the {kinds[one.arn]}", one) for one in imports),
        _stage(visit, "Train, and judge on what was held back", version),
        _stage(visit, "Let the model answer", campaign),
    ]


def _standing(visit: Visit, name: str) -> tuple[list[Record], Record | None, Record | None]:
    """The imports, the newest version and the campaign of a name."""
    records, arn = visit.server.records, visit.server.arn
    datasets = records.children(arn("personalize", f"dataset-group/{name}"), "Dataset")
    imports = [job for one in reversed(datasets) for job in records.children(one.arn, "DatasetImportJob")[:1]]
    versions = records.children(arn("personalize", f"solution/{name}"), "SolutionVersion")
    return imports, next(iter(versions), None), records.get(arn("personalize", f"campaign/{name}"))


def _stage(visit: Visit, title: str, record: Record | None) -> Stage:
    if record is None:
        return Stage(title=title, state="waits")
    if record.motion:
        return Stage(title=title, state="doing", record=record, job=visit.server.stores.jobs.find(record.arn))
    return Stage(title=title, state="done" if record.state == State.ACTIVE else "failed", record=record)
