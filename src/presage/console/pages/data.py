"""The data: groups and their datasets; of one, its columns, what is in them, what each import changed."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from presage.errors import ResourceNotFoundException
from presage.resources.record import Record
from presage.tables.datasets import RowCounts

from ..page import Page
from ..quality import columns_of, imports_of
from ..visit import Visit
from .resources import find

GROUPS = ("personalize", "forecast")
RIGHTS = ("personalize:ListDatasetGroups",)


async def show(visit: Visit) -> Response:
    """All groups, each with its datasets."""
    return visit.page("data.html", groups=await visit.beside(lambda: _groups(visit)))


def _groups(visit: Visit) -> list[tuple[Record, list[tuple[Record, RowCounts]]]]:
    stores = visit.server.stores
    services = [one for one in GROUPS if visit.may(f"{one}:ListDatasetGroups")]
    groups = [one for service in services for one in stores.records.of_kind(service, "DatasetGroup")]
    return [
        (group, [(one, stores.table(one).rows()) for one in stores.records.children(group.arn, "Dataset")])
        if group.service == "personalize"
        else (group, [(one, stores.table(one).rows()) for one in _of_forecast(visit, group)])
        for group in groups
    ]


def _of_forecast(visit: Visit, group: Record) -> list[Record]:
    """Forecast's groups name their datasets; Personalize's datasets name their group."""
    found = (visit.server.records.get(arn) for arn in group.get("DatasetArns", ()))
    return [one for one in found if one is not None]


async def show_dataset(visit: Visit) -> Response:
    """One dataset: its columns, and its imports; what must be read for is asked for by the page itself."""
    dataset = await _dataset(visit)
    found = await visit.beside(lambda: _outline(visit, dataset))
    return visit.page("dataset.html", dataset=dataset, **found)


async def show_quality(visit: Visit) -> Response:
    """The part that says what is in the columns."""
    dataset = await _dataset(visit)
    stores = visit.server.stores
    return visit.page("dataset_quality.html", quality=await visit.beside(lambda: columns_of(stores, dataset)))


async def show_imports(visit: Visit) -> Response:
    """The part that says what each import changed."""
    dataset = await _dataset(visit)
    stores = visit.server.stores
    return visit.page("dataset_imports.html", imports=await visit.beside(lambda: imports_of(stores, dataset)))


async def _dataset(visit: Visit) -> Record:
    dataset = await find(visit, visit.request.path_params["arn"])
    if dataset.kind != "Dataset":
        raise ResourceNotFoundException(f"{dataset.arn} is no dataset.")
    return dataset


def _outline(visit: Visit, dataset: Record) -> Mapping[str, Any]:
    table = visit.server.stores.table(dataset)
    return {"rows": table.rows(), "size": table.size()}


PAGES = (
    Page(path="/data", answer=show, demands=RIGHTS, title="Datasets", section="Data"),
    Page(path="/data/{arn:path}/quality", answer=show_quality, demands=("presage:DescribeData",)),
    Page(path="/data/{arn:path}/imports", answer=show_imports, demands=("presage:DescribeData",)),
    Page(path="/data/{arn:path}", answer=show_dataset),
)
