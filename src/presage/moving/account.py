"""What stands in an account, kind by kind: listed, described, made, changed, deleted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore import xform_name

from presage.errors import shown

from . import model
from .endpoints import CallError, Endpoint
from .kinds import Kind

GONE = ("ResourceNotFoundException", "404")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A resource that is there.

    Parameters
    ----------
    arn : its ARN; of presage's own its name
    told : all that Describe tells, or, of one that was only listed, its summary
    members : what Create takes of it, as far as that is told
    """

    kind: Kind
    arn: str
    name: str
    told: Mapping[str, Any]
    members: Mapping[str, Any]

    @property
    def status(self) -> str:
        """Where it stands, or where its newest update stands while that is under way or has failed."""
        status = str(self.told.get("status") or self.told.get("Status") or "ACTIVE")
        newest: Mapping[str, Any] = self.told.get(f"latest{self.kind.name}Update") or {}
        return str(newest.get("status") or status) if status == "ACTIVE" else status

    @property
    def has_failed(self) -> bool:
        """Whether it could not be made; an update that failed leaves what was."""
        own = str(self.told.get("status") or self.told.get("Status") or "")
        return own.replace("_", " ") in ("CREATE FAILED", "CREATE STOPPED")

    @property
    def is_moving(self) -> bool:
        """Whether something is under way."""
        return self.status.replace("_", " ").endswith(("PENDING", "IN PROGRESS", "STOPPING"))

    @property
    def reason(self) -> str:
        """Why it failed, in the server's words."""
        newest: Mapping[str, Any] = self.told.get(f"latest{self.kind.name}Update") or {}
        told = self.told.get("failureReason") or self.told.get("Message") or newest.get("failureReason")
        return str(told or "")

    @property
    def created_at(self) -> float:
        """When it was made, in seconds since 1970; 0 = not told."""
        at = self.told.get("creationDateTime") or self.told.get("CreationTime") or 0.0
        return at.timestamp() if isinstance(at, datetime) else float(at)


class Account:
    """An account as its calls show it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def listed(self, kind: Kind, within: str = "") -> list[Standing]:
        """Every resource of a kind, as its list tells of it; within a parent's ARN where one is given."""
        if kind.is_own:
            return [_summary(kind, one) for one in self._own_list(kind) if _is_told(kind, one)]
        operation = xform_name(f"List{kind.listed}")
        parent = kind.within or kind.in_line
        request: dict[str, Any] = {parent: within} if within else {}
        if within and kind.service == "forecast":
            request = {"Filters": [{"Condition": "IS", "Key": parent, "Value": within}]}
        told = self.pages(kind.service, operation, request)
        return [_summary(kind, one) for one in told if _is_told(kind, one)]

    def described(self, kind: Kind, arn: str) -> Standing:
        """A resource by its ARN; of presage's own by its name. Raises CallError."""
        if kind.is_own:
            told = self.endpoint.own("GET", *_path(kind), arn)
            held: Mapping[str, Any] = told[kind.held_in] if kind.held_in else told
            held = {m: held[m] for m in kind.takes if m in held} if kind.takes else held
            return Standing(kind=kind, arn=arn, name=arn, told=told, members=held)
        answer = self.endpoint.call(
            kind.service, xform_name(f"Describe{kind.name}"), **{model.key_member(kind): arn}
        )
        nested = answer.get(model.wrapper(kind))
        told = nested if isinstance(nested, dict) else answer
        members = {m: told[m] for m in model.told_members(kind) if told.get(m) is not None}
        if kind.name == "MetricAttribution":
            named = self.pages(kind.service, "list_metric_attribution_metrics", {"metricAttributionArn": arn})
            members["metrics"] = sorted(named, key=lambda metric: metric["metricName"])
        if "ReferencePredictorSummary" in told:
            members["ReferencePredictorArn"] = told["ReferencePredictorSummary"]["Arn"]
        return Standing(kind=kind, arn=arn, name=_name(kind, told), told=told, members=members)

    def tags(self, kind: Kind, arn: str) -> dict[str, str]:
        """The tags of a resource."""
        if kind.is_own:
            return dict(self.endpoint.own("GET", *_path(kind), arn).get("tags") or {})
        member = "ResourceArn" if kind.service == "forecast" else "resourceArn"
        answer = self.endpoint.call(kind.service, "list_tags_for_resource", **{member: arn})
        keys = ("Key", "Value") if kind.service == "forecast" else ("tagKey", "tagValue")
        pairs = answer.get("Tags") or answer.get("tags") or []
        return {pair[keys[0]]: pair[keys[1]] for pair in pairs}

    def create(
        self, kind: Kind, name: str, members: Mapping[str, Any], tags: Mapping[str, str] | None
    ) -> str:
        """The ARN of a new resource; of presage's own its name. Raises CallError."""
        if kind.is_own:
            body = {**members, **({"tags": dict(tags)} if tags else {})}
            if kind.put:
                self.endpoint.own("PUT", *_path(kind), name, body=body)
            else:
                self.endpoint.own("POST", *_path(kind), body={"name": name, **body})
            return name
        request = {model.name_member(kind): name, **members}
        if tags and (member := model.tags_member(kind)):
            request[member] = [_tag(kind, key, value) for key, value in tags.items()]
        answer = self.endpoint.call(kind.service, xform_name(f"Create{kind.name}"), **request)
        return str(answer[model.key_member(kind)])

    def update(self, kind: Kind, arn: str, request: Mapping[str, Any]) -> None:
        """Change a resource. Raises CallError."""
        if kind.posted_again:
            self.endpoint.own("POST", *_path(kind), body={"name": arn, **request})
        elif kind.is_own:
            self.endpoint.own("PATCH", *_path(kind), arn, body=request)
        elif request:
            held = {model.key_member(kind): arn, **request}
            self.endpoint.call(kind.service, xform_name(f"Update{kind.name}"), **held)

    def tag(self, kind: Kind, arn: str, wanted: Mapping[str, str]) -> None:
        """Let a resource have these tags and no others."""
        member = "ResourceArn" if kind.service == "forecast" else "resourceArn"
        keys, tags = ("TagKeys", "Tags") if kind.service == "forecast" else ("tagKeys", "tags")
        gone = [key for key in self.tags(kind, arn) if key not in wanted and not key.startswith("aws:")]
        if gone:
            self.endpoint.call(kind.service, "untag_resource", **{member: arn, keys: gone})
        if wanted:
            pairs = [_tag(kind, key, value) for key, value in wanted.items()]
            self.endpoint.call(kind.service, "tag_resource", **{member: arn, tags: pairs})

    def delete(self, kind: Kind, arn: str) -> None:
        """Begin to delete a resource; one that is gone is gone. Raises CallError."""
        try:
            if kind.is_own:
                self.endpoint.own("DELETE", *_path(kind), arn)
            else:
                operation = "Predictor" if kind.name == "AutoPredictor" else kind.name
                request = {model.key_member(kind): arn}
                self.endpoint.call(kind.service, xform_name(f"Delete{operation}"), **request)
        except CallError as error:
            if error.code not in GONE:
                raise

    def pages(self, service: str, operation: str, request: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Everything that one of AWS's lists holds. Raises CallError."""
        found: list[dict[str, Any]] = []
        token = "NextToken" if service == "forecast" else "nextToken"
        asked = {**request, ("MaxResults" if service == "forecast" else "maxResults"): 100}
        while True:
            answer = self.endpoint.call(service, operation, **asked)
            member = next(name for name, value in answer.items() if isinstance(value, list))
            found += answer[member]
            if not answer.get(token):
                return found
            asked[token] = answer[token]

    def _own_list(self, kind: Kind) -> list[dict[str, Any]]:
        found: list[Any] = []
        query: dict[str, str] = {}
        while True:
            answer = self.endpoint.own("GET", *_path(kind), query=query)
            found += next(value for value in answer.values() if isinstance(value, list))
            if not answer.get("nextToken"):
                return [one if isinstance(one, dict) else {"name": one} for one in found]
            query = {"nextToken": answer["nextToken"]}


def label(kind: Kind, name: str) -> str:
    """A resource in plain words, such as `solution version 'v1'`."""
    words = xform_name(kind.name).replace("_", " ")
    service = "offer " if kind.service == "decisions" and kind.name == "Campaign" else ""
    return f"{'Forecast ' if kind.service == 'forecast' else service}{words} {shown(name)}"


def _path(kind: Kind) -> list[str]:
    return kind.path.strip("/").split("/")


def _tag(kind: Kind, key: str, value: str) -> dict[str, str]:
    names = ("Key", "Value") if kind.service == "forecast" else ("tagKey", "tagValue")
    return dict(zip(names, (key, value), strict=True))


def _is_told(kind: Kind, told: Mapping[str, Any]) -> bool:
    """Whether what a list tells of is of a kind."""
    return all(told.get(member) == value for member, value in kind.told_by.items())


def _summary(kind: Kind, told: Mapping[str, Any]) -> Standing:
    arn = _name(kind, told) if kind.is_own else told[model.key_member(kind)]
    return Standing(kind=kind, arn=arn, name=_name(kind, told), told=told, members=told)


def _name(kind: Kind, told: Mapping[str, Any]) -> str:
    held = told.get(kind.held_in, told) if kind.is_own else told
    return str(held.get(model.name_member(kind)) or "")
