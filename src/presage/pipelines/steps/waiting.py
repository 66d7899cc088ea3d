"""Waiting until what a step made is ready, and finding what it had made before it was interrupted."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from presage.pipelines.language.faults import TASK_FAILED, StateError
from presage.pipelines.tasks import Call

from .clients import Clients, Tools

SHORTEST_SECONDS, LONGEST_SECONDS = 0.2, 10.0
ENDED_BADLY = ("FAILED", "STOPPED")
MOST_NAMES = 100
MOST_LOOKED_AT = 100


async def until_active(tools: Tools, call: Call, service: str, kind: str, arn: str) -> dict[str, Any]:
    """What describing a resource answers, once it is ACTIVE. Raises StateError if it fails.

    Parameters
    ----------
    kind : as operations name it, in the client's words: `solution_version`
    """
    pause = SHORTEST_SECONDS
    while True:
        found = await describe(tools, service, kind, arn)
        status = found.get("status") or found.get("Status") or ""
        call.tell(f"{kind.replace('_', ' ')} {status}")
        if status == "ACTIVE":
            return found
        if status.endswith(ENDED_BADLY):
            reason = found.get("failureReason") or found.get("Message") or "no reason is given"
            raise StateError(TASK_FAILED, f"{arn} is {status}: {reason}")
        await asyncio.sleep(pause)
        pause = min(LONGEST_SECONDS, 1.5 * pause)


async def describe(tools: Tools, service: str, kind: str, arn: str) -> dict[str, Any]:
    """A resource as it stands."""
    key = arn_member(service, kind)
    answer = await tools.clients.call(service, f"describe_{kind}", **{key: arn})
    words = "".join(part.capitalize() for part in kind.split("_"))
    return answer.get(words[0].lower() + words[1:], answer)


def arn_member(service: str, kind: str) -> str:
    """The member that names a resource of a kind by its ARN."""
    words = "".join(part.capitalize() for part in kind.removeprefix("auto_").split("_"))
    return f"{words if service == 'forecast' else words[0].lower() + words[1:]}Arn"


Find = Callable[[str], Awaitable[str | None]]
"""Name -> the ARN of what has that name; None if there is nothing."""


def at(arn: str) -> Find:
    """Finds what has an ARN that follows from its name, which `{name}` stands for."""

    async def find(name: str) -> str | None:
        return arn.format(name=name)

    return find


def version_of(clients: Clients, solution: str) -> Find:
    """Finds a version of a solution by its name, which its ARN does not tell."""

    async def find(name: str) -> str | None:
        listed = await clients.call("personalize", "list_solution_versions", solutionArn=solution)
        latest = sorted(listed["solutionVersions"], key=lambda one: one["creationDateTime"], reverse=True)
        for one in latest[:MOST_LOOKED_AT]:
            arn = one["solutionVersionArn"]
            found = await clients.call("personalize", "describe_solution_version", solutionVersionArn=arn)
            if found["solutionVersion"].get("name") == name:
                return arn
        return None

    return find


def predictor_of(clients: Clients) -> Find:
    """Finds a predictor by its name."""

    async def find(name: str) -> str | None:
        listed = await clients.call("forecast", "list_predictors", MaxResults=MOST_LOOKED_AT)
        named = [one["PredictorArn"] for one in listed["Predictors"] if one["PredictorName"] == name]
        return named[0] if named else None

    return find


async def made(
    tools: Tools, call: Call, of: tuple[str, str, str], find: Find, **arguments: Any
) -> dict[str, Any]:
    """A resource that a step creates, once it is ACTIVE; one that it had created before is found again.

    One that it had created before and that has failed is left, and another made under the next name.

    Parameters
    ----------
    of : its service, its kind, and the member that names it

    Raises StateError.
    """
    service, kind, name_member = of
    for number in range(MOST_NAMES):
        name = call.name if not number else f"{call.name}_{number + 1}"
        arn = await find(name) if call.again and kind == "solution_version" else None
        if arn is None:
            try:
                named = {name_member: name, **arguments}
                answer = await tools.clients.call(service, f"create_{kind}", **named)
            except StateError as error:
                arn = await find(name) if error.error.endswith(".ResourceAlreadyExistsException") else None
                if arn is None:
                    raise
            else:
                return await until_active(tools, call, service, kind, answer[arn_member(service, kind)])
        found = await describe(tools, service, kind, arn)
        if not str(found.get("status") or found.get("Status")).endswith(ENDED_BADLY):
            return await until_active(tools, call, service, kind, arn)
    raise StateError(TASK_FAILED, f"{call.name} was made {MOST_NAMES} times, and failed each time")
