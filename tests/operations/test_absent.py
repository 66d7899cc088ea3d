"""Scripts that clean up, or look what there is, meet kinds that are not built yet and go on."""

import pytest

from presage.operations.table import answered, built
from presage.wire.models import OPERATIONS

from ..wire.asgi import call
from ..wire.generate import encode
from .shop import error_of

ABSENT = sorted(answered(OPERATIONS).keys() - built(OPERATIONS).keys())
ARN = "arn:aws:{}:us-east-1:000000000000:any/thing"


def ask(inside, service, operation, **members):
    return call(inside.app, encode(service, operation, members))


@pytest.mark.parametrize(("service", "operation"), [one for one in ABSENT if one[1].startswith("List")])
def test_a_list_is_empty_and_its_request_is_checked(inside, service, operation):
    shape = OPERATIONS[service, operation].input_shape
    named = {name: ARN.format(service) for name in shape.required_members}
    if named and "ResourceNotFoundException" in OPERATIONS[service, operation].errors:
        assert ask(inside, service, operation, **named).code == "ResourceNotFoundException"
        return
    assert list(ask(inside, service, operation, **named).json.values()) == [[]]
    most, token = ("MaxResults", "NextToken") if service == "forecast" else ("maxResults", "nextToken")
    refused = ask(inside, service, operation, **named, **{most: 1_000_000})
    assert refused.code == "InvalidInputException"
    assert ask(inside, service, operation, **named, **{token: "x"}).code == "InvalidNextTokenException"


@pytest.mark.parametrize(("service", "operation"), [one for one in ABSENT if not one[1].startswith("List")])
def test_what_is_named_is_not_found(inside, service, operation):
    assert operation.startswith(("Describe", "Delete", "Get", "Query", "Start", "Stop", "Update"))
    shape = OPERATIONS[service, operation].input_shape
    named = {
        name: ARN.format("forecast" if "forecast" in service else service)
        for name in shape.members
        if "rn" in name[-2:]
    }
    more = {"Filters": {"item_id": "a"}} if "Filters" in shape.members else {}
    more |= {"recommenderConfig": {}} if "recommenderConfig" in shape.members else {}
    answer = ask(inside, service, operation, **named, **more)
    assert (answer.status, answer.code) == (400, "ResourceNotFoundException")
    assert named.popitem()[1] in answer.message


def test_every_kind_can_be_listed_and_described():
    unknown = [name for _, name in OPERATIONS.keys() - answered(OPERATIONS).keys()]
    assert not [name for name in unknown if name.startswith(("List", "Describe"))]


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
