"""Deliveries: those that are kept; what was sent, and what did not leave; what a user got."""

from starlette.responses import Response

from presage.deliveries.history import history, messages_of, unsent

from ..page import Page
from ..visit import Visit
from .trying import HISTORIES

N_PERIODS, N_KEPT = 100, 100


async def show(visit: Visit) -> Response:
    """Those that are kept, and what was sent, the latest first; to one user besides if one is given."""
    name, user, engine = visit.given("delivery"), visit.given("user"), visit.server.stores.engine
    sees_users = visit.may(HISTORIES)
    may_list = visit.may("deliveries:ListDeliveries")
    kept = (await visit.ask("deliveries", "ListDeliveries", maxResults=N_KEPT)).deliveries if may_list else []
    is_asked = bool(user) and sees_users
    return visit.page(
        "deliveries.html",
        sent=await visit.beside(lambda: history(engine, name, N_PERIODS)),
        unsent=await visit.beside(lambda: unsent(engine, name)),
        messages=await visit.beside(lambda: messages_of(engine, user)) if is_asked else [],
        kept=kept,
        name=name,
        user=user,
        sees_users=sees_users,
    )


PAGES = (
    Page(
        path="/deliveries",
        answer=show,
        demands=("presage:ListDeliveries",),
        title="Deliveries",
        section="Run",
    ),
)
