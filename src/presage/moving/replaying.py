"""A trace asked of two accounts: each question of one and then of the other, with how long it took."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from .account import Account, label
from .kinds import KINDS, Kind
from .trace import SERVICES, Question

_NAMED: Mapping[str, tuple[str, str]] = {
    "campaignArn": ("personalize", "Campaign"),
    "recommenderArn": ("personalize", "Recommender"),
    "filterArn": ("personalize", "Filter"),
    "ForecastArn": ("forecast", "Forecast"),
}
"""Member of a question -> the kind that it names."""
_PARTS = {"campaign": "Campaign", "recommender": "Recommender", "filter": "Filter", "forecast": "Forecast"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one side answered.

    Parameters
    ----------
    items : the ids of the items or actions, best first
    series : quantile -> the forecast values, in the order of their times
    seconds : how long it took
    error : what it was refused with; empty = it was answered
    """

    items: Sequence[str] = ()
    series: Mapping[str, Sequence[float]] = field(default_factory=dict[str, Sequence[float]])
    seconds: float = 0.0
    error: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether it is an answer with nothing in it."""
        return not self.error and not self.items and not any(self.series.values())


@dataclass(frozen=True)
class Pair:
    """A question and both answers."""

    question: Question
    left: Answer
    right: Answer

    @property
    def about(self) -> str:
        """What was asked, without for whom: the call and the resource."""
        named = next((self.question.request[m] for m in _NAMED if m in self.question.request), "")
        return f"{self.question.operation} {str(named).rpartition('/')[2]}".strip()


def replay(trace: Sequence[Question], left: Account, right: Account, *, at_once: int = 1) -> list[Pair]:
    """Both answers to every question, in the trace's order.

    Parameters
    ----------
    at_once : so many questions are under way at a time
    """
    sides = (_Side(left), _Side(right))

    def ask(question: Question) -> Pair:
        order = sides if question.line % 2 else sides[::-1]  # who is second finds caches warm
        answers = {side: side.ask(question) for side in order}
        return Pair(question, answers[sides[0]], answers[sides[1]])

    with ThreadPoolExecutor(at_once) as threads:
        return list(threads.map(ask, trace))


class _Side:
    """One account, whose resources are found by name."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.names = cache(self._names)

    def ask(self, question: Question) -> Answer:
        try:
            request = {member: self._own(member, value) for member, value in question.request.items()}
        except ValueError as error:
            return Answer(error=str(error))
        client = self.account.endpoint.client(SERVICES[question.operation])
        call = getattr(client, xform_name(question.operation))
        began = time.perf_counter()
        try:
            told = call(**request)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "error")
            return Answer(error=code, seconds=time.perf_counter() - began)
        except (BotoCoreError, ParamValidationError) as error:
            return Answer(error=type(error).__name__, seconds=time.perf_counter() - began)
        return _answer(told, time.perf_counter() - began)

    def _own(self, member: str, value: Any) -> Any:
        """A member with this account's ARN for what it names. Raises ValueError if there is no such thing."""
        if member not in _NAMED or not isinstance(value, str):
            return value
        part, _, name = (
            value.split(":", 5)[-1].rpartition("/") if value.startswith("arn:") else ("", "", value)
        )
        if part and part not in _PARTS:  # an experiment, an offer campaign
            return value
        service, kind = _NAMED[member]
        kind = KINDS[service, _PARTS.get(part, kind)]
        found = self.names(kind)
        if name not in found:
            raise ValueError(f"there is no {label(kind, name)}")
        return found[name]

    def _names(self, kind: Kind) -> dict[str, str]:
        return {one.name: one.arn for one in self.account.listed(kind)}


def _answer(told: Mapping[str, Any], seconds: float) -> Answer:
    if "Forecast" in told:
        series = told["Forecast"].get("Predictions", {})
        values = {quantile: [point["Value"] for point in points] for quantile, points in series.items()}
        return Answer(series=values, seconds=seconds)
    listed = next((told[m] for m in ("itemList", "personalizedRanking", "actionList") if m in told), [])
    return Answer(items=[one.get("itemId") or one["actionId"] for one in listed], seconds=seconds)
