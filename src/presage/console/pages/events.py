"""Events as they come: what callers told a dataset last."""

from typing import Any

import orjson
from starlette.responses import Response

from presage.columns import INTERACTIONS
from presage.resources.record import Record
from presage.tables.layout import PLACE

from ..page import Page
from ..visit import Visit

N_SHOWN = 40
MOST_UNFOLDED = 10_000
RIGHTS = ("personalize:DescribeDataset", "presage:ListEvents")


async def show(visit: Visit) -> Response:
    """The whole page."""
    return visit.page("events.html", **await visit.beside(lambda: _events(visit)))


async def show_now(visit: Visit) -> Response:
    """The part that changes while one looks."""
    return visit.page("events_now.html", **await visit.beside(lambda: _events(visit)))


def _events(visit: Visit) -> dict[str, Any]:
    datasets = visit.server.stores.datasets()
    wanted = visit.given("dataset")
    newest = sorted(datasets, key=lambda one: (one.get("datasetType") != INTERACTIONS, -one.number))
    chosen = next((one for one in datasets if one.arn == wanted), newest[0] if newest else None)
    names = visit.server.stores.layout(chosen).names if chosen else ()
    return {
        "datasets": datasets,
        "chosen": chosen,
        "names": names,
        "rows": _rows(visit, chosen) if chosen else [],
    }


def _rows(visit: Visit, dataset: Record) -> list[dict[str, Any]]:
    """The newest rows that were told, newest first: those that the log has still, then those in the table."""
    stores = visit.server.stores
    table, layout = stores.table(dataset), stores.layout(dataset)
    told = stores.log.read(table.folded, MOST_UNFOLDED, stream=dataset["_folder"])
    rows = [orjson.loads(one.text) | {"_at": one.received_at} for one in reversed(told[-N_SHOWN:])]
    if len(rows) < N_SHOWN:
        with table.reading():
            newest = table.as_told(layout).sort(PLACE, descending=True).head(N_SHOWN - len(rows))
            rows += newest.collect(engine="streaming").to_dicts()
    return rows


PAGES = (
    Page(path="/events", answer=show, demands=RIGHTS, title="Events", section="Data"),
    Page(path="/events/now", answer=show_now, demands=RIGHTS),
)
