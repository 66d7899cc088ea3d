"""Solutions: what to train, and how."""

import re
from collections.abc import Mapping
from typing import Any

from presage.errors import InvalidInputException, ResourceInUseException
from presage.operations import lifecycle
from presage.recipes import RANKING
from presage.recipes.settings import Group, parse_settings, settings_of
from presage.resources.kinds import ACTIVE, PERSONALIZE
from presage.resources.store import Record
from presage.tables.schema import DatasetSchema, parse_schema

from ..server import Server
from ..views import Answer, Request, describing, listing, view
from .catalogue import LISTED, PREFIX, recipe_name
from .datasets import active_group, dataset_of

KIND = PERSONALIZE["Solution"]
VERSION = PERSONALIZE["SolutionVersion"]
GROUPS: tuple[Group, ...] = ("algorithmHyperParameters", "featureTransformationParameters")
MAX_DAYS = 30
KEYS = frozenset({"USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE"})


def _latest_version(server: Server, solution: Record) -> Answer:
    versions = server.resources.list(VERSION, parent=solution.arn, limit=1)
    return {"latestSolutionVersion": view(VERSION, versions[0])} if versions else {}


describe_solution = describing(KIND, _latest_version)
list_solutions = listing(KIND)


def create_solution(server: Server, request: Request) -> Answer:
    """CreateSolution: the training configuration, checked now so that no training fails on it later."""
    group = active_group(server, request["datasetGroupArn"])
    config = request.get("solutionConfig", {})
    auto = request.get("performAutoML", False)
    if not auto and "recipeArn" not in request:
        raise InvalidInputException("recipeArn is missing; name a recipe, or set performAutoML.")
    candidates = _candidates(request, config) if auto else [recipe_name(request["recipeArn"])]
    for name in candidates:
        check_config(server, group, name, config, tunes=request.get("performHPO", False))
    members = ("performHPO", "performAutoML", "performIncrementalUpdate")
    body = {
        **{member: request.get(member, False) for member in members},
        "performAutoTraining": request.get("performAutoTraining", True),
        "recipeArn": None if auto else request["recipeArn"],
        "datasetGroupArn": group.arn,
        "eventType": request.get("eventType"),
        "solutionConfig": config or None,
    }
    record = lifecycle.create(
        server, KIND, name=request["name"], body=body, parents=(group.arn,), tags=request.get("tags", ())
    )
    return {"solutionArn": record.arn}


def _candidates(request: Request, config: Mapping[str, Any]) -> list[str]:
    if "recipeArn" in request:
        raise InvalidInputException("performAutoML chooses the recipe; leave recipeArn out.")
    listed = config.get("autoMLConfig", {}).get("recipeList") or [
        f"{PREFIX}recipe/{name}" for name in ("aws-hrnn", "aws-hrnn-metadata", "aws-popularity-count")
    ]
    return [recipe_name(arn) for arn in listed]


def check_config(
    server: Server, group: Record, recipe: str, config: Mapping[str, Any], *, tunes: bool
) -> None:
    """Check a solutionConfig against its recipe and the group's datasets; raises InvalidInputException."""
    listed = LISTED[recipe]
    try:
        for part in GROUPS:
            parse_settings(RANKING[recipe], config.get(part, {}), part)
        _check_threshold(config)
        _check_schedule(config.get("autoTrainingConfig", {}))
        if tunes:
            _check_ranges(recipe, config.get("hpoConfig", {}))
    except ValueError as error:
        raise InvalidInputException(str(error)) from None
    if config.get("eventsConfig", {}).get("eventParametersList"):
        raise InvalidInputException(f"{recipe} takes no eventsConfig; name one eventType, or none for all.")
    objective = config.get("optimizationObjective", {})
    if objective.get("itemAttribute"):
        if not listed.objective:
            raise InvalidInputException(f"{recipe} takes no optimizationObjective.")
        _check_objective(_schema(server, group, "ITEMS"), objective["itemAttribute"])
    for member in ("excludedDatasetColumns", "includedDatasetColumns"):
        for dataset_type, columns in config.get("trainingDataConfig", {}).get(member, {}).items():
            _check_columns(_schema(server, group, dataset_type.upper()), dataset_type, columns, member)


def _check_threshold(config: Mapping[str, Any]) -> None:
    text = config.get("eventValueThreshold")
    if text is not None:
        try:
            float(text)
        except ValueError:
            raise ValueError(f"eventValueThreshold is {text!r}; it must be a number") from None


def _check_schedule(config: Mapping[str, Any]) -> None:
    text = config.get("schedulingExpression")
    if text is not None and not 1 <= int("".join(re.findall(r"\d+", text)) or 0) <= MAX_DAYS:
        raise ValueError(f"schedulingExpression is {text!r}; it must be from rate(1 day) to rate(30 days)")


def _check_ranges(recipe: str, config: Mapping[str, Any]) -> None:
    known = settings_of(RANKING[recipe])
    ranges = config.get("algorithmHyperParameterRanges", {})
    for part in ("integer", "continuous", "categorical"):
        for one in ranges.get(f"{part}HyperParameterRanges", ()):
            name = one.get("name", "")
            if name not in known or not known[name][1].tunable:
                tunable = ", ".join(sorted(n for n, (_, s) in known.items() if s.tunable)) or "none"
                raise ValueError(f"{recipe} cannot tune {name!r}; it can tune: {tunable}")
            ends = one.get("values") or [one.get("minValue"), one.get("maxValue")]
            for end in ends:
                if end is not None:
                    parse_settings(RANKING[recipe], {name: str(end)}, "algorithmHyperParameters")
            if "minValue" in one and "maxValue" in one and one["minValue"] > one["maxValue"]:
                raise ValueError(f"{name} ranges from {one['minValue']} to {one['maxValue']}; swap them")


def _check_objective(schema: DatasetSchema | None, attribute: str) -> None:
    fields = {field.name: field for field in schema.fields} if schema else {}
    field = fields.get(attribute)
    if field is None or field.kind not in ("int", "long", "float", "double"):
        numeric = [f.name for f in fields.values() if f.kind in ("int", "long", "float", "double")]
        raise InvalidInputException(
            f"itemAttribute {attribute!r} is no numeric column of the Items dataset; those are: {numeric}"
        )


def _check_columns(schema: DatasetSchema | None, dataset_type: str, columns: list[str], member: str) -> None:
    known = [field.name for field in schema.fields] if schema else []
    for column in columns:
        if column not in known:
            raise InvalidInputException(f"{member} names {dataset_type}.{column}; its columns are: {known}")
        if member.startswith("excluded") and column in KEYS:
            raise InvalidInputException(f"{column} is needed for training; it cannot be excluded.")


def _schema(server: Server, group: Record, dataset_type: str) -> DatasetSchema | None:
    dataset = dataset_of(server, group.arn, dataset_type)
    if dataset is None:
        return None
    schema = server.resources.find(PERSONALIZE["Schema"], dataset["schemaArn"])
    return parse_schema(schema["schema"])


def update_solution(server: Server, request: Request) -> Answer:
    """UpdateSolution: automatic training on or off, and its schedule."""
    record = server.resources.find(KIND, request["solutionArn"])
    wanted = request.get("solutionUpdateConfig", {})
    group = server.resources.find(PERSONALIZE["DatasetGroup"], record["datasetGroupArn"])
    recipe = recipe_name(record["recipeArn"]) if record.get("recipeArn") else "aws-hrnn"
    check_config(server, group, recipe, wanted, tunes=False)
    changes = {
        "performAutoTraining": request.get("performAutoTraining"),
        "performIncrementalUpdate": request.get("performIncrementalUpdate"),
        "solutionUpdateConfig": wanted or None,
        "solutionConfig": {**record.get("solutionConfig", {}), **wanted} or None,
    }
    lifecycle.update(server, KIND, record, changes)
    return {"solutionArn": record.arn}


def delete_solution(server: Server, request: Request) -> None:
    """DeleteSolution: its versions go with it; refused while a campaign uses it or a version is trained."""
    lifecycle.delete(server, KIND, request["solutionArn"])


def find_active(server: Server, arn: str) -> Record:
    """The solution; raises ResourceInUseException while it is not ACTIVE."""
    solution = server.resources.find(KIND, arn)
    if solution.status != ACTIVE:
        raise ResourceInUseException(f"{arn} is {solution.status}; wait until it is ACTIVE.")
    return solution
