"""Requests of updates: what is declared over what stands, in the members that each Update takes."""

from collections.abc import Mapping
from typing import Any

from .planning import Step, updated_by
from .values import at_path, merged

Request = dict[str, Any]


def request_of(step: Step, members: Mapping[str, Any]) -> Request:
    """What Update is asked for a step.

    Parameters
    ----------
    members : as they are declared, with ARNs for references
    """
    stands = step.stands
    assert stands is not None
    if step.kind.posted_again:
        return merged(members, stands.members)
    targets = {updated_by(step.kind, change) for change in step.changes}
    request: Request = {}
    for path, target in step.kind.updates.items():
        if target in targets and target != "tags":
            source = path.removesuffix("[].weight")
            value = merged(at_path(members, source), at_path(stands.members, source))
            _put(request, target, value)
    shape = _SHAPES.get(step.kind.id)
    return shape(request, stands.members) if shape else request


def _put(request: Request, path: str, value: Any) -> None:
    *parts, last = path.split(".")
    for part in parts:
        request = request.setdefault(part, {})
    request[last] = value


def _metrics(request: Request, stands: Mapping[str, Any]) -> Request:
    """UpdateMetricAttribution takes what is added and what goes; one that changes does both."""
    if "metrics" not in request:
        return request
    wanted, held = request.pop("metrics"), stands["metrics"]
    return {
        **request,
        "addMetrics": [metric for metric in wanted if metric not in held],
        "removeMetrics": [metric["metricName"] for metric in held if metric not in wanted],
    }


def _weights(request: Request, _stands: Mapping[str, Any]) -> Request:
    """PATCH of an experiment takes weights by the arms' names."""
    return {"weights": {arm["name"]: arm.get("weight", 1.0) for arm in request["weights"]}}


_SHAPES = {
    ("personalize", "MetricAttribution"): _metrics,
    ("decisions", "Experiment"): _weights,
}
