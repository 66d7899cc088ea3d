"""The filter that a runtime call names, with the call's values in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cachetools import LRUCache

from presage.errors import InvalidInputException
from presage.filters import Filter, FilterError, bind
from presage.serving.deployment import Deployment

from ..lifecycle import find
from ..server import Server
from ..views import Request
from .catalogue import KNOWN
from .filters import KIND, parsed

MOST_BOUND = 1_000
"""So many different requests' values are remembered with a filter."""


@dataclass(frozen=True, kw_only=True)
class Usable:
    """An ACTIVE filter.

    Parameters
    ----------
    group : the id of its dataset group
    bound : (recipe, whether a user is named, values) of requests that it fits -> the filter with the values
    """

    filter_: Filter
    group: str
    bound: LRUCache[tuple[object, ...], Filter] = field(default_factory=lambda: LRUCache(MOST_BOUND))


def filter_of(server: Server, deployment: Deployment, request: Request) -> Filter | None:
    """What an answer may show, without parameters; None = everything.

    Raises ResourceNotFoundException for an unknown filter, InvalidInputException for one that this campaign,
    this request or its values do not fit.
    """
    arn: str = request.get("filterArn", "")
    values: Mapping[str, str] = request.get("filterValues", {})
    if not arn:
        if values:
            raise InvalidInputException("filterValues are given without a filterArn; give both or neither.")
        return None
    usable = _of_group(server, arn, deployment.campaign.source.group, deployment.campaign.name)
    has_user = bool(request.get("userId"))
    key = (deployment.recipe, has_user, *values.items())
    found = usable.bound.get(key)
    if found is None:
        check_target(arn, usable.filter_, deployment.recipe)
        if usable.filter_.asks_user and not has_user:
            raise InvalidInputException(f"userId is missing; {arn} depends on the user.")
        try:
            found = usable.bound[key] = bind(usable.filter_, values)
        except FilterError as error:
            raise InvalidInputException(f"{error}.") from None
    return found


def usable_filter(server: Server, arn: str, group: str, user: str) -> Filter:
    """What an ACTIVE filter says.

    Parameters
    ----------
    group : the id of the dataset group that it must be of
    user : what is to use it, for messages

    Raises ResourceNotFoundException, and InvalidInputException if it cannot be used.
    """
    return _of_group(server, arn, group, user).filter_


def _of_group(server: Server, arn: str, group: str, user: str) -> Usable:
    usable = _usable(server, arn)
    if usable.group != group:
        raise InvalidInputException(
            f"{arn} is of another dataset group than {user}; use one of its own group."
        )
    return usable


def _usable(server: Server, arn: str) -> Usable:
    """A filter by its ARN, as it was a moment ago."""
    try:
        return server.filters[arn]
    except KeyError:
        found = server.filters[arn] = _find(server, arn)
        return found


def _find(server: Server, arn: str) -> Usable:
    record = find(server.records, KIND, arn)
    if not record.is_active:
        status = KIND.dialect.spell(record)
        raise InvalidInputException(f"{arn} is {status}; it can be used while it is ACTIVE.")
    group = server.records.expect(record["datasetGroupArn"])
    return Usable(filter_=parsed(record["filterExpression"]), group=group["_folder"])


def check_target(arn: str, filter_: Filter, recipe: str) -> None:
    """Raise InvalidInputException for a filter that what a recipe answers cannot be held against."""
    of_actions = KNOWN[recipe].of_actions
    target, chosen = ("ActionID", "actions") if of_actions else ("ItemID", "items")
    if filter_.target != target.upper():
        raise InvalidInputException(
            f"{arn} does not choose {chosen}; use one that says INCLUDE or EXCLUDE {target}."
        )
    if filter_.asks_item and KNOWN[recipe].type != "RELATED_ITEMS":
        raise InvalidInputException(
            f"{arn} compares with CurrentItem, but {recipe} is asked for no item's relatives."
        )
