"""Forecast's dataset groups: which datasets a predictor learns from. Datasets outlive their groups."""

from functools import partial

from presage.errors import InvalidInputException
from presage.resources.reader import Reader
from presage.resources.states import RESTING, Motion

from ..kinds import Kind, Move
from ..lifecycle import create, find
from ..server import Server
from ..views import Answer, Request
from . import datasets

KIND = Kind(
    service="forecast",
    name="DatasetGroup",
    arn="dataset-group/{name}",
    moves={Motion.CREATE: Move(at_once=True), Motion.DELETE: Move(since=RESTING, at_once=True)},
    blocked_by=("Predictor",),
)


def create_dataset_group(server: Server, request: Request) -> Answer:
    """CreateDatasetGroup: of datasets of its domain, at most one of a type; more may be added later."""
    arns: list[str] = request.get("DatasetArns", [])
    check = partial(_check_datasets, domain=request["Domain"], arns=arns)
    record = create(server, KIND, request, {"DatasetArns": arns}, parents=lambda _: arns, check=check)
    return {"DatasetGroupArn": record.arn}


def update_dataset_group(server: Server, request: Request) -> Answer:
    """UpdateDatasetGroup: other datasets in place of those it has."""
    with server.records.writing() as records:
        group = find(records, KIND, request["DatasetGroupArn"])
        _check_datasets(records, domain=group["Domain"], arns=request["DatasetArns"])
        for arn in group["DatasetArns"]:
            records.unlink(group.arn, arn)
        for arn in request["DatasetArns"]:
            records.link(group.arn, arn)
        records.change(group.arn, DatasetArns=request["DatasetArns"])
    return {}


def _check_datasets(records: Reader, *, domain: str, arns: list[str]) -> None:
    """Raise InvalidInputException unless these are datasets of the domain, each of another type."""
    found = [records.get(arn) for arn in arns]
    known = [one for one in found if one and (one.service, one.kind) == (KIND.service, datasets.KIND.name)]
    if missing := [arn for arn in arns if arn not in {one.arn for one in known}]:
        raise InvalidInputException(f"Dataset arns: [{', '.join(missing)}] are not found")
    for dataset in known:
        if dataset["Domain"] != domain:
            raise InvalidInputException(
                f"{dataset.arn} is of the domain {dataset['Domain']}; it must be {domain}, as its group is"
            )
    types = [dataset["DatasetType"] for dataset in known]
    if len(set(types)) < len(types):
        raise InvalidInputException(f"DatasetArns are of the types {types}; a group takes one of each type")
