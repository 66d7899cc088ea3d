"""A recorded trace of questions: JSON, one a line, as `{"operation": ..., "request": {...}}`.

`operation` is AWS's name of a call, `request` what boto3 is given for it; other members of a line, such as
`at`, are for who reads it. ARNs may be of any account: the resource of that name is asked.
"""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from presage.errors import few, shown

SERVICES = {
    "GetRecommendations": "personalize-runtime",
    "GetPersonalizedRanking": "personalize-runtime",
    "GetActionRecommendations": "personalize-runtime",
    "QueryForecast": "forecastquery",
}
"""Operation -> the service that answers it."""
_MOST_FAULTS = 10


@dataclass(frozen=True)
class Question:
    """A line of a trace."""

    line: int
    operation: str
    request: Mapping[str, Any]


def read_trace(lines: Iterable[str]) -> list[Question]:
    """The questions of a trace. Raises ValueError with what is wrong, a line each."""
    questions: list[Question] = []
    faults: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or len(faults) == _MOST_FAULTS:
            continue
        try:
            questions.append(_question(number, json.loads(line)))
        except (ValueError, RecursionError) as error:
            faults.append(f"line {number}: {error}")
    if faults:
        raise ValueError("\n".join(faults))
    if not questions:
        raise ValueError("the trace holds no question")
    return questions


def _question(number: int, told: Any) -> Question:
    if not isinstance(told, dict) or not isinstance(told.get("request"), dict):
        raise ValueError('it must be {"operation": NAME, "request": {...}}')
    if told.get("operation") not in SERVICES:
        raise ValueError(f"the operation {shown(told.get('operation'))} is none of: {few(list(SERVICES))}")
    return Question(number, told["operation"], told["request"])


def record(client: Any, path: Path | str) -> None:
    """Let a boto3 client write down what it asks from now on, so that `presage compare` can ask it again.

    Calls go on as they did; the file gets a line each, with the ids of users in it.
    """
    file, lock = Path(path), Lock()

    def write(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        if model.name in SERVICES:
            line = json.dumps({"at": time.time(), "operation": model.name, "request": params}, default=str)
            with lock, file.open("a") as opened:
                opened.write(line + "\n")

    client.meta.events.register("provide-client-params", write)
