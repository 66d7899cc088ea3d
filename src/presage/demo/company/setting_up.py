"""What the company's pipelines stand on: datasets, solutions and filters, and the pipelines themselves."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from presage.demo.calls import Calls
from presage.demo.service import Service
from presage.demo.steps import Pending, Step
from presage.worlds.company import KINDS, Kind

BUCKET = "company"
PIPELINES = ("daily", "weekly")
RECIPE = "arn:aws:personalize:::recipe/aws-user-personalization"
FIELDS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long", "EVENT_TYPE": "string"}


def set_up(service: Service, calls: Calls, step: Step, hyperparameters: Mapping[str, str]) -> None:
    """Make all that the nightly run needs, but for what trains."""
    service.s3.create_bucket(Bucket=BUCKET)
    groups = {kind: service.create("DatasetGroup", name=kind) for kind in KINDS}
    step.wait({kind: _pending(service, "DatasetGroup", arn) for kind, arn in groups.items()})
    fields = [{"name": name, "type": type_} for name, type_ in FIELDS.items()]
    namespace = "com.amazonaws.personalize.schema"
    record = {"type": "record", "name": "Interactions", "namespace": namespace, "version": "1.0"}
    schema = service.create("Schema", name="acts", schema=json.dumps({**record, "fields": fields}))
    datasets = {
        kind: service.create(
            "Dataset", name=kind, datasetType="INTERACTIONS", datasetGroupArn=group, schemaArn=schema
        )
        for kind, group in groups.items()
    }
    step.wait({kind: _pending(service, "Dataset", arn) for kind, arn in datasets.items()})
    for kind in KINDS:
        make_filter(service, step, kind)
        make_solution(service, step, kind, hyperparameters)
    for name in PIPELINES:
        calls("POST", "/pipelines", {"name": name, "definition": definition(name)})


def definition(name: str) -> str:
    """The text of a pipeline."""
    return files("presage.demo.company").joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def make_filter(service: Service, step: Step, kind: Kind) -> None:
    """What a user acted on already is not shown again."""
    expression = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("act")'
    arn = service.create(
        "Filter", name=f"{kind}-new", datasetGroupArn=_arn("dataset-group", kind), filterExpression=expression
    )
    step.wait({f"filter {kind}": _pending(service, "Filter", arn)})


def make_solution(service: Service, step: Step, kind: Kind, hyperparameters: Mapping[str, str]) -> None:
    """What is trained every night."""
    arn = service.create(
        "Solution",
        name=kind,
        datasetGroupArn=_arn("dataset-group", kind),
        recipeArn=RECIPE,
        performAutoTraining=False,
        solutionConfig={"algorithmHyperParameters": {**hyperparameters}},
    )
    step.wait({f"solution {kind}": _pending(service, "Solution", arn)})


def _arn(resource: str, name: str) -> str:
    return f"arn:aws:personalize:us-east-1:000000000000:{resource}/{name}"


def _pending(service: Service, kind: str, arn: str) -> Pending:
    return Pending(arn=arn, look=lambda: dict[str, Any](service.describe(kind, arn)))
