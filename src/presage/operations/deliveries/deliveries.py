"""Deliveries as resources: put, described, listed, deleted. What they sent lies in the outbox and stays."""

from typing import Any

from msgspec import Struct

from presage.decisions.written import Name, Written
from presage.deliveries import Spec, databases_of
from presage.deliveries.kept import DELIVERY, SERVICE, spec_of
from presage.errors import InvalidInputException, shown
from presage.resources.record import Record
from presage.resources.states import RESTING, Motion

from ..decisions.pages import Page, Paged, page_of
from ..kinds import Kind, Move
from ..lifecycle import delete, find
from ..server import Server

KIND = Kind(
    service=SERVICE,
    name=DELIVERY,
    arn="delivery/{name}",
    plural="Deliveries",
    moves={Motion.CREATE: Move(at_once=True), Motion.DELETE: Move(since=RESTING, at_once=True)},
)


class PutDelivery(Written, frozen=True):
    """What PutDelivery is told.

    Parameters
    ----------
    definition : the delivery as YAML or JSON, as `presage deliver` reads it; it may leave its name out
    """

    name: Name
    definition: str


class DeliverySummary(Struct, frozen=True, kw_only=True, rename="camel"):
    """A delivery in a list.

    Parameters
    ----------
    period : in which each user gets it once: day, week, month or once
    channels : the names of those that it goes by
    """

    name: str
    delivery_arn: str
    creation_date_time: float
    last_updated_date_time: float
    period: str
    channels: list[str]


class DescribedDelivery(DeliverySummary, frozen=True, kw_only=True, rename="camel"):
    """A delivery as it stands."""

    definition: str


class ListedDeliveries(Paged, frozen=True, kw_only=True, rename="camel"):
    """A page of deliveries."""

    deliveries: list[DeliverySummary]


def put_delivery(server: Server, _name: str, asked: PutDelivery) -> DescribedDelivery:
    """Make a delivery, or change its definition; what it sent in a period counts on."""
    try:
        spec = spec_of(asked.name, asked.definition)
    except ValueError as error:
        raise InvalidInputException(str(error)) from None
    _check_places(spec)
    arn = server.arn(SERVICE, KIND.arn.format(name=asked.name))
    with server.records.writing() as records:
        if records.get(arn) is None:
            body = {"definition": asked.definition}
            record = records.add(SERVICE, DELIVERY, arn=arn, name=asked.name, body=body, settled=True)
        else:
            record = records.change(arn, definition=asked.definition)
    return _described(record)


def describe_delivery(server: Server, name: str, _asked: None) -> DescribedDelivery:
    """A delivery as it stands."""
    return _described(find(server.records, KIND, server.arn(SERVICE, KIND.arn.format(name=name))))


def list_deliveries(server: Server, _name: str, asked: Page) -> ListedDeliveries:
    """The deliveries, newest first, in pages."""
    records, token = page_of(server, KIND, asked)
    return ListedDeliveries(
        deliveries=[DeliverySummary(**_summary(record)) for record in records], next_token=token
    )


def delete_delivery(server: Server, name: str, _asked: None) -> None:
    """Delete a delivery; who got its message of a period does not get it again if it comes back."""
    delete(server, KIND, server.arn(SERVICE, KIND.arn.format(name=name)))


def _check_places(spec: Spec) -> None:
    """Raise InvalidInputException if a database is named by its URL: only the configuration may."""
    for database in databases_of(spec):
        if "://" in database:
            text = f"{shown(database.partition('://')[0])}://... is a URL; name a database"
            raise InvalidInputException(f"{text} of [databases] in presage.toml")


def _described(record: Record) -> DescribedDelivery:
    return DescribedDelivery(**_summary(record), definition=record["definition"])


def _summary(record: Record) -> dict[str, Any]:
    spec = spec_of(record.name, record["definition"])
    return {
        "name": record.name,
        "delivery_arn": record.arn,
        "creation_date_time": record.created_at,
        "last_updated_date_time": record.updated_at,
        "period": spec.period,
        "channels": list(spec.channels),
    }
