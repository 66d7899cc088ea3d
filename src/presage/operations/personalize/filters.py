"""Filters: what answers may show; made of an expression that fits the group's schemas."""

from functools import lru_cache
from itertools import chain

from presage.errors import InvalidInputException, LimitExceededException
from presage.filters import FilterError, check, fields_of, parse
from presage.resources.reader import Reader
from presage.resources.records import Writer
from presage.works.filterable import columns_of_group

from ..kinds import Kind
from ..lifecycle import create, find_active
from ..server import Server
from ..views import Answer, Request
from . import dataset_groups

MOST_FIELDS_OF_A_GROUP = 20
MOST_PARSED = 1_000
KIND = Kind(
    service="personalize",
    name="Filter",
    arn="filter/{name}",
    refers={"datasetGroupArn": "DatasetGroup"},
    blocked_while=(
        "BatchInferenceJob",
        "BatchSegmentJob",
    ),
)


def create_filter(server: Server, request: Request) -> Answer:
    """CreateFilter: an expression that says something about this group's data."""
    group = find_active(server.records, dataset_groups.KIND, request["datasetGroupArn"]).arn
    try:
        filter_ = parsed(request["filterExpression"])
        check(filter_, columns_of_group(server.stores, group))
    except FilterError as error:
        raise InvalidInputException(f"Could not create filter. Invalid Expression: {error}.") from None

    def check_quota(records: Writer) -> None:
        fields = fields_of(filter_) | _fields_in_use(records, group)
        if len(fields) > MOST_FIELDS_OF_A_GROUP:
            raise LimitExceededException(
                f"The filters of {group} would use {len(fields)} fields; they may use"
                f" {MOST_FIELDS_OF_A_GROUP}. Delete some filters."
            )

    return {"filterArn": create(server, KIND, request, check=check_quota).arn}


parsed = lru_cache(MOST_PARSED)(parse)
"""What an expression says, worked out once."""


def _fields_in_use(records: Reader, group: str) -> set[tuple[str, str]]:
    """(dataset type, field) for every field that the filters of a group use."""
    found = records.of_kind(KIND.service, KIND.name, parent=group)
    return set(chain.from_iterable(fields_of(parsed(record["filterExpression"])) for record in found))
