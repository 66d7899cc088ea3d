"""The kinds of resources, and the operations that are built: what files say, and what kinds imply."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import ModuleType
from typing import Any

from botocore import xform_name

from presage.resources.states import Motion
from presage.wire.models import OPERATIONS, Operation

from . import lifecycle, tags
from .decisions import campaigns as offer_campaigns
from .deliveries import deliveries
from .experiments import experiments
from .forecast import (
    accuracy,
    auto_predictors,
    backtest_exports,
    explainabilities,
    explainability_exports,
    forecast_exports,
    forecasts,
    monitor_evaluations,
    monitors,
    predictors,
    queries,
    resources,
    what_if_analyses,
    what_if_exports,
    what_if_forecasts,
)
from .forecast import dataset_groups as forecast_dataset_groups
from .forecast import datasets as forecast_datasets
from .forecast import import_jobs as forecast_import_jobs
from .kinds import Kind
from .personalize import (
    action_events,
    action_recommendations,
    batch_inference_jobs,
    batch_segment_jobs,
    campaigns,
    catalogue,
    data_deletion_jobs,
    dataset_groups,
    datasets,
    event_trackers,
    events,
    export_jobs,
    filters,
    import_jobs,
    metric_attributions,
    recommendations,
    recommenders,
    schemas,
    solution_versions,
    solutions,
)
from .pipelines import pipelines, runs
from .server import Server
from .views import Handler, Request, describing, listing

_FILES: Mapping[str, Iterable[ModuleType]] = {
    "personalize": (
        batch_inference_jobs,
        batch_segment_jobs,
        campaigns,
        catalogue,
        data_deletion_jobs,
        dataset_groups,
        datasets,
        event_trackers,
        export_jobs,
        filters,
        import_jobs,
        metric_attributions,
        recommenders,
        schemas,
        solution_versions,
        solutions,
        tags,
    ),
    "personalize-runtime": (recommendations, action_recommendations),
    "personalize-events": (events, action_events),
    "forecast": (
        accuracy,
        auto_predictors,
        backtest_exports,
        explainabilities,
        explainability_exports,
        forecast_dataset_groups,
        forecast_datasets,
        forecast_exports,
        forecast_import_jobs,
        forecasts,
        monitor_evaluations,
        monitors,
        predictors,
        resources,
        tags,
        what_if_analyses,
        what_if_exports,
        what_if_forecasts,
    ),
    "forecastquery": (queries,),
    "decisions": (offer_campaigns, experiments),
    "pipelines": (pipelines, runs),
    "deliveries": (deliveries,),
}
KINDS: Mapping[tuple[str, str], Kind] = {
    (kind.service, kind.name): kind
    for files in _FILES.values()
    for file in files
    if isinstance(kind := vars(file).get("KIND"), Kind)
}
"""(service, kind) -> its declaration."""


def built(names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """Of these (service, operation) names, those that something answers, with the function that does."""
    found = {name: _written(*name) or _implied(OPERATIONS[name]) for name in names}
    return {name: handler for name, handler in found.items() if handler is not None}


def _written(service: str, operation: str) -> Callable[..., Any] | None:
    """The function of a file that is named as the operation is."""
    name = xform_name(operation)
    return next((vars(file)[name] for file in _FILES.get(service, ()) if name in vars(file)), None)


def _implied(operation: Operation) -> Handler | None:
    """What the declaration of a kind implies for an operation."""
    kinds = (kind for kind in KINDS.values() if kind.service == operation.service)
    return next((handler for kind in kinds if (handler := _of_kind(kind, operation))), None)


def _of_kind(kind: Kind, operation: Operation) -> Handler | None:
    if operation.name == f"Describe{kind.name}":
        return describing(kind, operation)
    if operation.name == f"List{kind.listed}":
        return listing(kind, operation)
    begun: dict[str, Handler] = {
        "Create": partial(_create, kind),
        "Delete": partial(_delete, kind),
        "Stop": partial(_begin, kind, Motion.STOP),
        "Start": partial(_begin, kind, Motion.START),
    }
    return begun.get(operation.name.removesuffix(kind.name))


def _create(kind: Kind, server: Server, request: Request) -> dict[str, Any]:
    return {kind.key: lifecycle.create(server, kind, request).arn}


def _delete(kind: Kind, server: Server, request: Request) -> None:
    lifecycle.delete(server, kind, request[kind.key])


def _begin(kind: Kind, motion: Motion, server: Server, request: Request) -> dict[str, Any]:
    return {kind.key: lifecycle.begin(server, kind, request[kind.key], motion).arn}
