"""Scripts look what there is before they make anything, and clean up twice."""

import pytest

from presage.operations.table import built
from presage.wire.models import OPERATIONS

from ..wire.asgi import call
from ..wire.generate import encode
from .inprocess import InProcess
from .shop import error_of

ARN = "arn:aws:forecast:us-east-1:000000000000:any/thing"
FORECAST = sorted(name for service, name in OPERATIONS if service == "forecast")
"""Forecast's operations: each kind of resource has a List, a Describe and a Delete."""


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A server on which nothing was ever made."""
    process = InProcess(tmp_path_factory.mktemp("empty") / "data")
    yield process
    process.close()


def ask(process, operation, **members):
    return call(process.app, encode("forecast", operation, members))


def named(operation):
    """ARNs, of nothing that is there, for what a request must name."""
    return dict.fromkeys(OPERATIONS["forecast", operation].input_shape.required_members, ARN)


def test_every_operation_is_built():
    assert built(OPERATIONS).keys() == OPERATIONS.keys()


@pytest.mark.parametrize("operation", [name for name in FORECAST if name.startswith("List")])
def test_a_list_is_empty_and_its_request_is_checked(empty, operation):
    if needed := named(operation):
        assert ask(empty, operation, **needed).code == "ResourceNotFoundException"
        return
    assert list(ask(empty, operation).json.values()) == [[]]
    assert ask(empty, operation, MaxResults=1_000_000).code == "ValidationException"
    assert ask(empty, operation, NextToken="x").code == "InvalidNextTokenException"


@pytest.mark.parametrize("operation", [name for name in FORECAST if name.startswith(("Describe", "Delete"))])
def test_what_is_named_is_not_found(empty, operation):
    answer = ask(empty, operation, **named(operation))
    assert (answer.status, answer.code) == (400, "ResourceNotFoundException")
    assert answer.message == f"No resource found {ARN}"


def test_a_clean_up_script_runs_through(inside, personalize, group, dataset):
    """As the AWS samples do it: list every kind of a group, delete what there is."""
    personalize.create_event_tracker(name="t", datasetGroupArn=group)
    for plural in (
        "recommenders",
        "filters",
        "metric_attributions",
        "solutions",
        "event_trackers",
        "datasets",
    ):
        kind = plural[:-1]
        answer = getattr(personalize, f"list_{plural}")(datasetGroupArn=group)
        found = next(value for value in answer.values() if isinstance(value, list))
        camel = "".join(part.title() for part in kind.split("_"))
        arn = f"{camel[0].lower()}{camel[1:]}Arn"
        for one in found:
            getattr(personalize, f"delete_{kind}")(**{arn: one[arn]})
    personalize.delete_dataset_group(datasetGroupArn=group)
    assert personalize.list_dataset_groups()["datasetGroups"] == []


def test_deleting_the_events_dataset_of_older_scripts_is_no_error(inside, personalize, group, dataset):
    arn = dataset.replace("/INTERACTIONS", "/EVENT_INTERACTIONS")
    personalize.delete_dataset(datasetArn=arn)
    assert [one["datasetArn"] for one in personalize.list_datasets(datasetGroupArn=group)["datasets"]] == [
        dataset
    ]
    assert error_of(personalize.describe_dataset, datasetArn=arn)[0] == "ResourceNotFoundException"
    nowhere = arn.replace("/shop/", "/nowhere/")
    assert error_of(personalize.delete_dataset, datasetArn=nowhere)[0] == "ResourceNotFoundException"
