"""The operations that are built: (service, AWS's name) -> the function that answers."""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from botocore import xform_name

from .personalize import (
    campaigns,
    catalogue,
    dataset_groups,
    datasets,
    event_trackers,
    events,
    import_jobs,
    recommendations,
    schemas,
    solution_versions,
    solutions,
    tags,
)

_ROOMS: Mapping[str, Iterable[ModuleType]] = {
    "personalize": (
        campaigns,
        catalogue,
        dataset_groups,
        datasets,
        event_trackers,
        import_jobs,
        schemas,
        solution_versions,
        solutions,
        tags,
    ),
    "personalize-runtime": (recommendations,),
    "personalize-events": (events,),
}


def built(names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """Of these (service, operation) names, those that a function answers, with that function."""
    found: dict[tuple[str, str], Any] = {}
    for service, operation in names:
        for module in _ROOMS.get(service, ()):
            function = vars(module).get(xform_name(operation))
            if function is not None:
                found[service, operation] = function
    return found
