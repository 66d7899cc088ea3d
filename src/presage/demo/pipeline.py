"""From data frames to campaigns that answer, step by step before the eyes of a person."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from .service import ENDED_BADLY, ROLE, Record, Service
from .steps import Pending, Steps

AVRO: dict[type[pl.DataType], str] = {pl.String: "string", pl.Int64: "long", pl.Float64: "float"}
RECIPES = "arn:aws:personalize:::recipe/"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A dataset to import.

    Parameters
    ----------
    kind : `Interactions`, `Items` or `Users`
    attributes : column -> what its schema field says beside name and type, for instance `categorical`
    """

    kind: str
    rows: pl.DataFrame
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    @property
    def schema(self) -> str:
        """The Avro schema of the rows."""
        fields = [
            {"name": name, "type": AVRO[type(dtype)], **self.attributes.get(name, {})}
            for name, dtype in self.rows.schema.items()
        ]
        namespace = "com.amazonaws.personalize.schema"
        record = {"type": "record", "name": self.kind, "namespace": namespace}
        return json.dumps({**record, "fields": fields, "version": "1.0"})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A solution to train and the campaign that deploys it."""

    name: str
    recipe: str
    solution: Mapping[str, Any] = field(default_factory=dict[str, Any])
    campaign: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A trained model that answers."""

    campaign: str
    metrics: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """The resources of one project, all named after it, made or found on the server."""

    service: Service
    steps: Steps
    project: str

    def import_tables(self, tables: list[Table]) -> tuple[str, datetime]:
        """The ARN of the dataset group that holds the tables, and when its newest data came in."""
        locations = self._upload(tables)
        with self.steps.step("Schemas, dataset group and datasets") as step:
            group = self.service.create("DatasetGroup", name=self.project)
            step.wait({"dataset group": self._pending("DatasetGroup", group)})
            datasets = {table.kind: self._dataset(group, table) for table in tables}
            step.wait({kind.lower(): self._pending("Dataset", arn) for kind, arn in datasets.items()})
        with self.steps.step("Import") as step:
            jobs = {kind: self._import(arn, locations[kind]) for kind, arn in datasets.items()}
            done = step.wait(
                {kind.lower(): self._pending("DatasetImportJob", arn) for kind, arn in jobs.items()}
            )
            step.result = ", ".join(f"{table.rows.height:,} {table.kind.lower()}" for table in tables)
        return group, max(record["lastUpdatedDateTime"] for record in done.values())

    def train_and_deploy(self, group: str, plan: Plan, since: datetime) -> Deployed:
        """A model that answers, trained on data no older than `since`."""
        with self.steps.step(f"Train and deploy {plan.recipe}") as step:
            solution = self._solution(group, plan)
            step.wait({"solution": self._pending("Solution", solution)})
            version = self._version(solution, since)
            step.wait({"training": self._pending("SolutionVersion", version)})
            campaign = self._campaign(solution, version, plan)
            step.wait({"campaign": self._deployment(campaign)})
            answer = self.service.personalize.get_solution_metrics(solutionVersionArn=version)
            step.result = f"NDCG@10 {answer['metrics']['normalized_discounted_cumulative_gain_at_10']:.4f}"
        return Deployed(campaign=campaign, metrics=answer["metrics"])

    def tracker(self, group: str) -> str:
        """The tracking id under which live events are sent."""
        arn = self.service.create(
            "EventTracker", within={"datasetGroupArn": group}, name=self.project, datasetGroupArn=group
        )
        return self.service.describe("EventTracker", arn)["trackingId"]

    def _upload(self, tables: list[Table]) -> dict[str, str]:
        """The location of each kind of table; a file's name tells its content."""
        with (
            self.steps.step("Upload to a bucket through S3") as step,
            tempfile.TemporaryDirectory() as folder,
        ):
            files: dict[str, Path] = {}
            for table in tables:
                path = Path(folder, "table.csv")
                table.rows.write_csv(path)
                digest = sha256(path.read_bytes()).hexdigest()[:12]
                files[table.kind] = path.rename(path.with_name(f"{table.kind.lower()}-{digest}.csv"))
            n_bytes = sum(path.stat().st_size for path in files.values())
            step.result = f"{n_bytes / 1e6:.1f} MB"
            told = step.of(n_bytes)
            bucket = f"{self.project}-demo"
            return {kind: self.service.upload(bucket, path.name, path, told) for kind, path in files.items()}

    def _pending(self, kind: str, arn: str) -> Pending:
        return Pending(arn=arn, look=lambda: self.service.describe(kind, arn))

    def _dataset(self, group: str, table: Table) -> str:
        name = f"{self.project}-{table.kind.lower()}"
        schema = self.service.create("Schema", name=name, schema=table.schema)
        return self.service.create(
            "Dataset",
            within={"datasetGroupArn": group},
            name=name,
            datasetType=table.kind.upper(),
            datasetGroupArn=group,
            schemaArn=schema,
        )

    def _import(self, dataset: str, location: str) -> str:
        """The job that imported this very file, or a new one; the file's name tells its content."""
        jobs = self.service.every("DatasetImportJob", datasetArn=dataset)
        name = f"{self.project}-{Path(location).stem}"
        same = [job for job in jobs if job["jobName"].startswith(name)]
        for job in same:
            if job["status"] not in ENDED_BADLY:
                return job["datasetImportJobArn"]
        return self.service.create(
            "DatasetImportJob",
            name_member="jobName",
            within={"datasetArn": dataset},
            jobName=f"{name}-{len(same) + 1}",
            datasetArn=dataset,
            dataSource={"dataLocation": location},
            roleArn=ROLE,
        )

    def _solution(self, group: str, plan: Plan) -> str:
        return self.service.create(
            "Solution",
            within={"datasetGroupArn": group},
            name=f"{self.project}-{plan.name}",
            datasetGroupArn=group,
            recipeArn=f"{RECIPES}{plan.recipe}",
            performAutoTraining=False,
            **plan.solution,
        )

    def _version(self, solution: str, since: datetime) -> str:
        usable = self.service.usable_version(solution, since=since)
        if usable:
            return usable
        return self.service.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]

    def _campaign(self, solution: str, version: str, plan: Plan) -> str:
        arn = self.service.create(
            "Campaign",
            within={"solutionArn": solution},
            name=f"{self.project}-{plan.name}",
            solutionVersionArn=version,
            minProvisionedTPS=1,
            **plan.campaign,
        )
        if self.service.describe("Campaign", arn)["solutionVersionArn"] != version:
            self.service.personalize.update_campaign(campaignArn=arn, solutionVersionArn=version)
        return arn

    def _deployment(self, campaign: str) -> Pending:
        """A campaign that is being made, or whose newest update is on its way."""

        def look() -> Record:
            record = self.service.describe("Campaign", campaign)
            return record if record["status"] != "ACTIVE" else record.get("latestCampaignUpdate", record)

        return Pending(arn=campaign, look=look)
