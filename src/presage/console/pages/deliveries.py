"""Deliveries: what was sent to how many, by period and channel."""

from starlette.responses import Response

from presage.deliveries.history import history

from ..page import Page
from ..visit import Visit

N_PERIODS = 100


async def show(visit: Visit) -> Response:
    """What was sent, the latest first."""
    name = visit.given("delivery")
    sent = await visit.beside(lambda: history(visit.server.stores.engine, name, N_PERIODS))
    return visit.page("deliveries.html", sent=sent, name=name)


PAGES = (
    Page(
        path="/deliveries",
        answer=show,
        demands=("presage:ListDeliveries",),
        title="Deliveries",
        section="Run",
    ),
)
