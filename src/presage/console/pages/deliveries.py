"""Deliveries: those that are kept, and what was sent to how many, by period and channel."""

from starlette.responses import Response

from presage.deliveries.history import history

from ..page import Page
from ..visit import Visit

N_PERIODS, N_KEPT = 100, 100


async def show(visit: Visit) -> Response:
    """Those that are kept, and what was sent, the latest first."""
    name = visit.given("delivery")
    sent = await visit.beside(lambda: history(visit.server.stores.engine, name, N_PERIODS))
    may_list = visit.may("deliveries:ListDeliveries")
    kept = (await visit.ask("deliveries", "ListDeliveries", maxResults=N_KEPT)).deliveries if may_list else []
    return visit.page("deliveries.html", sent=sent, name=name, kept=kept)


PAGES = (
    Page(
        path="/deliveries",
        answer=show,
        demands=("presage:ListDeliveries",),
        title="Deliveries",
        section="Run",
    ),
)
