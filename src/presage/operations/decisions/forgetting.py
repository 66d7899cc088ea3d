"""Users whom an offer campaign forgets because they asked for it."""

from typing import Annotated

from msgspec import Meta, Struct

from presage.decisions.questions import Stand
from presage.decisions.written import Id, Written
from presage.works.forgetting import forget_offered

from ..lifecycle import find_active
from ..server import Server
from .campaigns import KIND, arn_of, decider_of


class ForgetUsers(Written, frozen=True):
    """Users to be forgotten."""

    users: Annotated[list[Id], Meta(min_length=1, max_length=10_000)]


class Forgotten(Struct, frozen=True, kw_only=True):
    """What was forgotten.

    Parameters
    ----------
    decisions : so many were made for these users
    """

    decisions: int


def forget_users(server: Server, name: str, asked: ForgetUsers) -> Forgotten:
    """Forget who decisions were made for, and by which features; policies learn again without them."""
    record = find_active(server.records, KIND, arn_of(server, name))
    n_decisions = forget_offered(server.stores, record, asked.users)
    decider_of(server, name, afresh=True).ask(Stand()).result()  # who begins to learn again
    return Forgotten(decisions=n_decisions)
