"""The raw events of a game's week, as its app sends them and a Blurr Transform Spec reads them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from .game import COUNTRIES, NOTHING, OFFERS, PACK, GameWorld, Paid, Rows, Session

WEEK = timedelta(days=7)
Event = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class GameWeek:
    """What all players of a game do within a week.

    Each has a session on the first day, in which games are played, an offer is shown if one is, and bought if
    it is taken; every purchase in the shop is a session of its own, later, within seven days of the offer.

    Parameters
    ----------
    session : of every player, as `GameWorld` gives it
    start : when the week begins
    seed : of what is drawn: times, scores, the order of won games
    """

    world: GameWorld
    session: Session
    start: datetime
    seed: Sequence[int]

    def events(self, shown: Rows, paid: Paid) -> list[Event]:
        """All events, oldest first.

        Parameters
        ----------
        shown : (n_players,), places in `OFFERS`
        paid : of every player
        """
        return sorted([*self.before(), *self.after(shown, paid)], key=_time)

    def before(self) -> list[Event]:
        """What happens until offers can be shown, oldest first."""
        players = range(self.world.n_players)
        return sorted((event for player in players for event in self._played(player)[1]), key=_time)

    def after(self, shown: Rows, paid: Paid) -> list[Event]:
        """What happens from then on, oldest first; columns as of `events`."""
        players = range(self.world.n_players)
        return sorted((event for player in players for event in self._paid(player, shown, paid)), key=_time)

    def _played(self, player: int) -> "tuple[_App, list[Event]]":
        rng = np.random.default_rng([*self.seed, player])
        opened = self.start + timedelta(seconds=int(rng.integers(0, 72_000)))
        app = self._app(player, "", opened)
        events = [app.launched()]
        games = int(self.session.games[player])
        won = rng.permutation(games) < self.session.won[player]
        for is_won in won.tolist():
            events.append(app.event("game_start", {}, seconds=5))
            ended = {"won": is_won, "score": int(rng.integers(0, 9_999))}
            events.append(app.event("game_end", ended, seconds=int(rng.integers(30, 200))))
        return app, events

    def _paid(self, player: int, shown: Rows, paid: Paid) -> Iterator[Event]:
        app, offer = self._played(player)[0], OFFERS[int(shown[player])]
        rng = np.random.default_rng([*self.seed, player, 1])
        first = app.now
        if offer is not NOTHING:
            is_taken = bool(paid.taken[player])
            told: Event = {"offer_type": offer.kind, "offer_price": f"{offer.price:.2f}"}
            told |= {"offer_purchased": is_taken, "offer_dismissed": not is_taken}
            yield app.event("offer_shown", told, seconds=5)
            if is_taken:
                yield app.bought(f"{offer.kind}-offer", offer.price, "offer")
        for number in range(int(paid.packs[player])):
            later = first + timedelta(seconds=int(rng.integers(3_600, int(WEEK.total_seconds()) - 86_400)))
            shop = self._app(player, f"-shop{number}", later)
            yield shop.launched()
            yield shop.bought("coins-pack", PACK, "shop")

    def _app(self, player: int, part: str, now: datetime) -> "_App":
        name = player_name(player)
        return _App(self.world, player, name, f"{name}-{self.start:%Y%m%d}{part}", now)


def player_name(player: int) -> str:
    """As events call a player."""
    return f"player-{player:05d}"


def _time(event: Event) -> str:
    return event["event_time"]


class _App:
    """A player's app during a session: it knows the time."""

    def __init__(self, world: GameWorld, player: int, name: str, session_id: str, now: datetime) -> None:
        self.now = now.astimezone(UTC)
        self._same = {"customer_identifier": name, "session_id": session_id}
        self._profile = {
            "country": COUNTRIES[int(world.country[player])],
            "signin_method": "fb" if world.is_connected[player] else "other",
        }

    def event(self, event_id: str, told: Event, *, seconds: int = 0) -> Event:
        """What happens so many seconds later."""
        self.now += timedelta(seconds=seconds)
        return {"event_id": event_id, "event_time": f"{self.now:%Y-%m-%dT%H:%M:%S}", **self._same, **told}

    def launched(self) -> Event:
        """The app is opened."""
        return self.event("app_launched", {**self._profile, "os": "Android", "package_name": "my_app"})

    def bought(self, sku: str, price: float, source: str) -> Event:
        """A purchase."""
        told = {"sku": sku, "txn_amount": f"{price:.2f}", "purchase_source": source}
        return self.event("purchase", told, seconds=5)
