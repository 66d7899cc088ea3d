"""How presage's own doors let a request in: who says to send it before the body, the signature over both."""

import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from .http import BodyBudget, Receive, Request, read_body
from .signature import FindKey, stated_caller

Demand = Callable[[str], None]
"""Raises Refused if the caller's key does not allow an action, such as `features:GetFeatures`."""


@dataclass(frozen=True)
class Entered:
    """A request that was let in.

    Parameters
    ----------
    demand : demands a right of the caller
    key_id : the id of the caller's access key; empty if none is needed
    """

    body: bytes
    demand: Demand
    key_id: str


@dataclass(frozen=True)
class Entrance:
    """Who may come in, and how much they may bring.

    Parameters
    ----------
    find_key : the access key of an id; None = anybody may call
    max_bytes : a larger body is refused
    budget : for the bodies of all calls together
    """

    find_key: FindKey | None
    max_bytes: int
    budget: BodyBudget

    @asynccontextmanager
    async def let_in(self, request: Request, receive: Receive, service: str) -> AsyncGenerator[Entered]:
        """The request, whose body is held as long as this lasts, and who sent it.

        Parameters
        ----------
        service : what the signature must be for

        Raises Refused, ClientGone.
        """
        caller = stated_caller(request, service, self.find_key) if self.find_key else None
        body = await read_body(request, receive, self.max_bytes, self.budget)
        try:
            if caller is not None:
                caller.prove(request, hashlib.sha256(body).hexdigest())
                yield Entered(body, caller.demand, caller.key.access_key_id)
            else:
                yield Entered(body, _allow, "")
        finally:
            self.budget.give_back(len(body))


def _allow(_action: str) -> None:
    """Without access keys anybody may do anything."""
