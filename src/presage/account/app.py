"""The door for the account's other services: what is signed for STS, IAM, SSM, or one that is not built."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from traceback import format_exception
from typing import Any

import structlog
from botocore import xform_name

from presage.wire import http
from presage.wire.calls import UNREADABLE, refused_for_now, unreadable_request
from presage.wire.entering import Entrance
from presage.wire.faults import Refused
from presage.wire.signature import FindKey, read_signature

from . import identity, parameters, policies, roles
from .protocols import Call, answer, checked, is_known, read_call, refusal, speaks_query
from .state import Account

Operation = Callable[[Account, dict[str, Any]], Mapping[str, Any] | None]
FILES = {"sts": (identity,), "iam": (roles, policies), "ssm": (parameters,)}
"""Service, as signatures name it -> the files that hold its operations, named as AWS names them."""
OTHERS = ("personalize", "forecast", "s3")
FOR_ALL = ("sts:GetCallerIdentity",)
"""What any key may do, as on AWS."""
MAX_BYTES = 256 * 1024
MOST_BYTES = 4 * 1024 * 1024
log = structlog.get_logger("presage.account")


@dataclass(frozen=True)
class Door:
    """Who answers, and who may ask.

    Parameters
    ----------
    entrance : lets requests in; any of them may make the calls of FOR_ALL
    """

    account: Account
    entrance: Entrance

    async def answer(self, request: http.Request, receive: http.Receive, request_id: str) -> http.Answer:
        """The answer to a call. Raises Refused, ClientGone, and what its values raise."""
        service = read_signature(request).service
        async with self.entrance.let_in(request, receive, service) as entered:
            call = read_call(service, request.headers, entered.body)
            action = f"{service}:{call.operation}"
            if action not in FOR_ALL:
                entered.demand(action)
            operation = find_operation(call)
            request.trail["operation"] = action
            found = await asyncio.to_thread(operation, self.account, checked(call))
            return answer(call, found or {}, request_id)


def account_application(account: Account, *, find_key: FindKey | None) -> http.ASGIApp:
    """The ASGI application that answers what is signed for a service without a door of its own.

    Parameters
    ----------
    find_key : the access key of an id; None = anybody may call
    """
    door = Door(account, Entrance(find_key, MAX_BYTES, http.BodyBudget(MOST_BYTES)))

    def failed(error: Exception, request: http.Request, request_id: str) -> http.Answer:
        return refusal(_refused(error, request_id), request_id, is_query=speaks_query(request.headers))

    return http.answering(door.answer, failed)


def _refused(error: Exception, request_id: str) -> Refused:
    """What went wrong, as callers are told."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, UNREADABLE):
        return unreadable_request(error, request_id)
    if passing := refused_for_now(error, request_id, None):
        return passing
    log.error("call failed", request_id=request_id, exception="".join(format_exception(error)))
    text = f"an internal error occurred; the server's log tells more under {request_id}"
    return Refused("InternalFailure", text, 500)


def find_operation(call: Call) -> Operation:
    """What answers a call. Raises Refused, by name, if nothing here does."""
    files = FILES.get(call.service, ())
    if files and is_known(call):
        name = xform_name(call.operation)
        for file in files:
            if name in vars(file):
                return vars(file)[name]
    built = ", ".join([*OTHERS, *FILES])
    raise Refused(
        "UnknownOperationException",
        f"{call.service[:100]}:{call.operation[:100]} is not built in presage, which answers {built}",
    )
