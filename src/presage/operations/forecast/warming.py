"""Forecasts are opened before anybody asks for them: the newest ones, as soon as they are ACTIVE."""

from itertools import chain

import structlog

from presage.resources.states import State

from ..server import Server
from . import forecasts, what_if_forecasts

MOST_WARM = 8
"""So many of the newest forecasts, and as many what-if forecasts, are opened unasked."""
log = structlog.get_logger()


class Warmer:
    """Follows what any process changes of the forecasts."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._revision = -1

    def step(self) -> None:
        """Open the newest forecasts and let go of those that are gone, if anything has changed since."""
        revision = self._server.records.revision()
        if revision == self._revision:
            return
        newest = (
            self._server.records.of_kind(kind.service, kind.name, state=State.ACTIVE, limit=MOST_WARM)
            for kind in (forecasts.KIND, what_if_forecasts.KIND)
        )
        for record in chain.from_iterable(newest):
            try:
                forecasts.open_forecast(self._server, record)
            except (OSError, ValueError):
                log.exception("a forecast could not be opened; queries will say so", forecast=record.arn)
        self._server.forecasts.close_gone()
        self._revision = revision
