"""A game that asks a server which offer to show: events in, decisions out, rewards a week later."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from presage.worlds.game import COST, COUNTRIES, OFFERS, Doubles, GameWorld, Rows
from presage.worlds.game_events import WEEK, Event, GameWeek, player_name

from .calls import Calls
from .service import Record

FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
BODY_BYTES, POLL_SECONDS = 2_000_000, 0.005
GIVEN_AWAY = 2.0
"""The budget, a player and week: two thirds of what the best offer for all gives away."""
AT_FIRST = timedelta(days=1)
"""The first week's time to spend the budget; how fast the game goes is known after it."""
HOW_THEY_FARE = ("folded", "late", "dropped")
OFFER_IDS = tuple(f"{offer.kind} {offer.price:.2f}" for offer in OFFERS[1:])
PLACES = {name: place for place, name in enumerate(OFFER_IDS, start=1)}
FEATURES: list[Record] = [
    *({"name": f"from {name}", "live": "records.user.country", "equals": name} for name in COUNTRIES),
    {"name": "connected", "live": "records.user.is_connected"},
    {"name": "games", "live": "records.session.games_played", "scale": 5.0},
    {"name": "win ratio", "live": "records.session.win_ratio"},
    {"name": "lately in the shop", "live": "features.lately.shop_amount"},
    {"name": "bought lately", "live": "features.lately.is_buyer"},
]
POLICY = {
    "name": "presage-epsilon-greedy",
    "settings": {"epsilon": 0.2, "noise_sd": 4.0, "prior_sd": 0.5},
}
"""A fifth of the decisions is left to chance: so much that every offer can be judged from the log."""


class PlayedWeek(NamedTuple):
    """What came of a week.

    Parameters
    ----------
    shown : (n_players,), places in `OFFERS`
    paid : (n_players,), within seven days of the decision
    n_events : told to the server
    decisions : the server's answers, one for each player
    """

    shown: Rows
    paid: Doubles
    n_events: int
    decisions: list[Record]


@dataclass(frozen=True, kw_only=True)
class Game:
    """Players whose app talks to a server.

    Parameters
    ----------
    name : of the feature set and of the campaign, new to the server
    """

    calls: Calls
    world: GameWorld
    name: str
    n_weeks: int

    @property
    def budget(self) -> float:
        """What offers may give away in all weeks together."""
        return GIVEN_AWAY * self.world.n_players * self.n_weeks

    def declare(self) -> None:
        """Make the feature set and the campaign; its budget is told when the first week begins."""
        texts = files("presage.demo") / "data"
        documents = {"streaming": "game.yml", "window": "game-rows.yml"}
        told: Record = {part: (texts / file).read_text() for part, file in documents.items()}
        self.calls("PUT", f"/features/{self.name}", told)
        offers = [
            {"id": name, "type": offer.kind, "price": offer.price, "cost": float(cost)}
            for name, offer, cost in zip(OFFER_IDS, OFFERS[1:], COST[1:], strict=True)
        ]
        made: Record = {"name": self.name, "offers": offers, "policy": POLICY, "seed": self.world.seed}
        self.calls("POST", "/decisions/campaigns", made | {"featureSet": self.name, "features": FEATURES})

    def weeks(self, on_player: Callable[[float], None]) -> Iterator[PlayedWeek]:
        """Play: each week every player may be shown an offer; what they paid is told a week later.

        Parameters
        ----------
        on_player : is told 1 for each player who has a decision
        """
        players, week = np.arange(self.world.n_players), None
        rng = np.random.default_rng([self.world.seed, 30])
        began = datetime.fromtimestamp(self._campaign()["creationDateTime"], UTC)
        clock = time.monotonic()
        for number in range(self.n_weeks):
            if week is not None:
                self._reward(week)
            session = self.world.sessions(players, np.random.default_rng([self.world.seed, 31, number]))
            start = FIRST_DAY + number * WEEK
            told = GameWeek(
                world=self.world, session=session, start=start, seed=[self.world.seed, 32, number]
            )
            n_events = self._tell(told.before())
            elapsed = timedelta(seconds=time.monotonic() - clock)
            self._plan(began, elapsed * self.n_weeks / number if number else AT_FIRST)

            def decide(player: int) -> Record:
                on_player(1)
                return self._decide(player, number)  # noqa: B023, called within this turn

            decisions = self.calls.each(decide, range(self.world.n_players))
            shown = np.array([PLACES[one["offer"]["id"]] if one["offer"] else 0 for one in decisions])
            paid = self.world.pay(players, shown, rng)
            n_events += self._tell(told.after(shown, paid))
            week = PlayedWeek(shown, paid.revenue, n_events, decisions)
            yield week
        if week is not None:
            self._reward(week)

    def _plan(self, began: datetime, lasts: timedelta) -> None:
        """Say how long the budget has to last, for the game's weeks pass in seconds.

        The server paces by its own clock; the game is taken to go on as fast as it went.
        """
        budget = {
            "amount": self.budget,
            "startsAt": began.isoformat(),
            "until": (began + lasts).isoformat(),
        }
        self.calls("PATCH", f"/decisions/campaigns/{self.name}", {"budget": budget})
        while self._campaign()["status"] != "ACTIVE":
            time.sleep(POLL_SECONDS)

    def _campaign(self) -> Record:
        return self.calls("GET", f"/decisions/campaigns/{self.name}")

    def _tell(self, events: list[Event]) -> int:
        """Raw events to the feature set, until they are folded; how many."""
        before = self._n_folded()
        lines = [json.dumps(event).encode() for event in events]
        while lines:
            n, size = 0, 0
            while n < len(lines) and size < BODY_BYTES:
                size, n = size + len(lines[n]), n + 1
            self.calls("POST", f"/features/{self.name}/events", b"\n".join(lines[:n]))
            lines = lines[n:]
        while self._n_folded() < before + len(events):
            time.sleep(POLL_SECONDS)
        return len(events)

    def _n_folded(self) -> int:
        return sum(self.calls("GET", f"/features/{self.name}")["events"][how] for how in HOW_THEY_FARE)

    def _decide(self, player: int, week: int) -> Record:
        """Ask which offer to show; the server knows the player by the events."""
        asked = {"user": player_name(player), "session": f"week {week}"}
        return self.calls("POST", f"/decisions/campaigns/{self.name}/decide", asked)

    def _reward(self, week: PlayedWeek) -> None:
        """What each player paid since the decision."""

        def tell(player: int) -> None:
            identity, value = week.decisions[player]["decisionId"], float(week.paid[player])
            self.calls("POST", "/decisions/rewards", {"decisionId": identity, "value": value})

        self.calls.each(tell, range(self.world.n_players))
