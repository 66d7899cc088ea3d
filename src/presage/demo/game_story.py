"""What a run of the game has to tell, and how it reads in a terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from presage.worlds.game import GameWorld

from .game import OFFER_IDS, PlayedWeek
from .service import Record

LEAST_EFFECTIVE = 40
"""Of fewer effective decisions an estimate says little, and its interval less than it seems."""
PRESAGE, BEST = "presage", "each player's best"
RULES = {
    "no offer": lambda value: value[:, 0].mean(),
    "fixed split": lambda value: value[:, 1:].mean(),
    "best offer for all": lambda value: value[:, 1:].mean(axis=0).max(),
    BEST: lambda value: value.max(axis=1).mean(),
}
"""What a policy has to beat, and what cannot be beaten; from the true value of each offer for each player."""


@dataclass(frozen=True, kw_only=True)
class Estimated:
    """What the log says a policy would have earned, a decision, and the truth.

    Parameters
    ----------
    value, low, high : the doubly robust estimate and its 95 % interval
    """

    policy: str
    value: float
    low: float
    high: float
    truth: float

    @property
    def holds(self) -> bool:
        """Whether the truth lies in the interval."""
        return self.low <= self.truth <= self.high


@dataclass(frozen=True, kw_only=True)
class GameStory:
    """What a run has to tell.

    Parameters
    ----------
    n_events : told to the server
    revenue : way to show offers -> expected revenue a player in each week, by the truth
    given : arm -> decisions
    to_sure : the part of the shown offers that went to players who would pay more without
    sure_share : the part of the players who would
    estimates : of the policies of which the log says enough
    n_unjudged : how many others there are
    decision : one decision as the server remembers it
    """

    n_players: int
    n_weeks: int
    n_events: int
    revenue: Mapping[str, Sequence[float]]
    given: Mapping[str, int]
    to_sure: float
    sure_share: float
    estimates: Sequence[Estimated]
    n_unjudged: int
    decision: Record

    @property
    def regret(self) -> dict[str, list[float]]:
        """Way to show offers -> what a player has paid less than with the best ones, week after week."""
        best = self.revenue[BEST]
        return {
            name: np.cumsum(np.subtract(best, values)).tolist()
            for name, values in self.revenue.items()
            if name != BEST
        }

    @property
    def intervals(self) -> list[tuple[str, float, float, float, float]]:
        """As `charts.intervals` draws them."""
        return [(one.policy, one.low, one.value, one.high, one.truth) for one in self.estimates]

    @property
    def n_held(self) -> int:
        """So many intervals hold the truth."""
        return sum(one.holds for one in self.estimates)


def story_of(world: GameWorld, weeks: Sequence[PlayedWeek], report: Record, decision: Record) -> GameStory:
    """What came of some weeks.

    Parameters
    ----------
    report, decision : as the server answered them after the last week
    """
    players = np.arange(world.n_players)
    revenue = {name: [float(rule(world.value))] * len(weeks) for name, rule in RULES.items()}
    own = [float(world.value[players, week.shown].mean()) for week in weeks]
    truth = {"no-offer": world.value[:, 0].mean(), "logging": np.mean(own)}
    truth |= {name: world.value[:, place].mean() for place, name in enumerate(OFFER_IDS, start=1)}
    shown = np.array([week.shown for week in weeks])
    is_sure = np.broadcast_to(world.is_sure_buyer, shown.shape)
    told = [one for one in report["values"] if one["effectiveDecisions"] >= LEAST_EFFECTIVE]
    return GameStory(
        n_players=world.n_players,
        n_weeks=len(weeks),
        n_events=sum(week.n_events for week in weeks),
        revenue={name: revenue[name] for name in RULES if name != BEST} | {PRESAGE: own, BEST: revenue[BEST]},
        given=report["given"],
        to_sure=float(is_sure[shown > 0].mean()) if shown.any() else 0.0,
        estimates=[
            Estimated(policy=one["policy"], truth=float(truth[one["policy"]]), **one["doublyRobust"])
            for one in told
        ],
        n_unjudged=len(report["values"]) - len(told),
        sure_share=float(world.is_sure_buyer.mean()),
        decision=decision,
    )


def show_game(console: Console, story: GameStory) -> None:
    """What each way to show offers earns, and what the log says of each offer, beside the truth."""
    table = Table("way to show offers", "first week", "last week", "all weeks", box=None, header_style="dim")
    for name, values in story.revenue.items():
        cells = [f"{value:.2f}" for value in (values[0], values[-1], float(np.mean(values)))]
        table.add_row(*(f"[bold]{cell}[/]" if name == PRESAGE else cell for cell in (name, *cells)))
    console.print("Revenue a player and week, by the truth of this world:", style="dim")
    console.print(_right(table))
    told = Table("policy", "from the log", "95 % interval", "truth", box=None, header_style="dim")
    for one in story.estimates:
        within = "" if one.holds else "  [yellow]outside[/]"
        told.add_row(
            one.policy, f"{one.value:.2f}", f"{one.low:.2f} to {one.high:.2f}", f"{one.truth:.2f}{within}"
        )
    console.print("What the log of this policy says of others:", style="dim")
    console.print(_right(told))
    if story.n_unjudged:
        console.print(f"Of {story.n_unjudged} others it has too few decisions to say.", style="dim")


def _right(table: Table) -> Table:
    table.pad_edge = False
    for column in table.columns[1:]:
        column.justify = "right"
    return table
