"""What a run of the game has to tell, and how it reads in a terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from presage.worlds.game import COST, Doubles, GameWorld

from .game import OFFER_IDS, PlayedWeek
from .service import Record

LEAST_EFFECTIVE = 40
"""Of fewer effective decisions an estimate says little, and its interval less than it seems."""
MOST_ROWS = 6
"""Of a table over weeks."""
PRESAGE, BEST = "presage", "each player's best"


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
    given_away : way to show offers -> what the offers that it shows cost, a player and week
    budget : what offers may cost in all weeks together
    spent : what those that were shown in each week have cost
    spent_on_sure : the part of it that was shown to players who would pay more without
    given : arm -> decisions
    sure_share : the part of the players who would
    estimates : of the policies of which the log says enough
    n_unjudged : how many others there are
    decision : one decision as the server remembers it
    """

    n_players: int
    n_weeks: int
    n_events: int
    revenue: Mapping[str, Sequence[float]]
    given_away: Mapping[str, float]
    budget: float
    spent: Sequence[float]
    spent_on_sure: float
    given: Mapping[str, int]
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
    def so_far(self) -> dict[str, list[float]]:
        """What was spent after each week, beside the same part of the budget for each week."""
        even = np.arange(1, self.n_weeks + 1) * self.budget / self.n_weeks
        return {"the budget in equal parts": even.tolist(), "given away": np.cumsum(self.spent).tolist()}

    @property
    def spending(self) -> list[tuple[int, float, float]]:
        """Some weeks and the last: week, what was spent by its end, and what part of the budget that is."""
        chosen = np.unique(np.linspace(1, self.n_weeks, min(self.n_weeks, MOST_ROWS)).round().astype(int))
        total = np.cumsum(self.spent).tolist()
        return [(int(week), total[week - 1], total[week - 1] / self.budget) for week in chosen]

    @property
    def intervals(self) -> list[tuple[str, float, float, float, float]]:
        """As `charts.intervals` draws them."""
        return [(one.policy, one.low, one.value, one.high, one.truth) for one in self.estimates]

    @property
    def n_held(self) -> int:
        """So many intervals hold the truth."""
        return sum(one.holds for one in self.estimates)


def shares(value: Doubles) -> dict[str, Doubles]:
    """Way to show offers -> (n_players or 1, n_offers), how likely each player, or all, are shown each offer.

    What a policy has to beat, and what cannot be beaten. They know the truth, and have no budget.

    Parameters
    ----------
    value : (n_players, n_offers), the expected revenue
    """
    one = np.eye(value.shape[1])
    return {
        "no offer": one[:1],
        "fixed split": (1 - one[:1]) / (len(one) - 1),
        "best offer for all": one[[value[:, 1:].mean(axis=0).argmax() + 1]],
        BEST: one[value.argmax(axis=1)],
    }


def story_of(
    world: GameWorld, weeks: Sequence[PlayedWeek], budget: float, report: Record, decision: Record
) -> GameStory:
    """What came of some weeks.

    Parameters
    ----------
    report, decision : as the server answered them after the last week
    """
    players = np.arange(world.n_players)
    own = [float(world.value[players, week.shown].mean()) for week in weeks]
    shown = np.array([week.shown for week in weeks])
    cost = COST[shown]
    rules = shares(world.value)
    revenue = {
        name: [float((share * world.value).sum(axis=1).mean())] * len(weeks) for name, share in rules.items()
    }
    given_away = {name: float((share @ COST).mean()) for name, share in rules.items()}
    truth = {"no-offer": world.value[:, 0].mean(), "logging": np.mean(own)}
    truth |= {name: world.value[:, place].mean() for place, name in enumerate(OFFER_IDS, start=1)}
    told = [one for one in report["values"] if one["effectiveDecisions"] >= LEAST_EFFECTIVE]
    return GameStory(
        n_players=world.n_players,
        n_weeks=len(weeks),
        n_events=sum(week.n_events for week in weeks),
        revenue={name: revenue[name] for name in rules if name != BEST} | {PRESAGE: own, BEST: revenue[BEST]},
        given_away=given_away | {PRESAGE: float(cost.mean())},
        budget=budget,
        spent=cost.sum(axis=1).tolist(),
        spent_on_sure=float(cost[:, world.is_sure_buyer].sum() / (cost.sum() or 1.0)),
        given=report["given"],
        estimates=[
            Estimated(policy=one["policy"], truth=float(truth[one["policy"]]), **one["doublyRobust"])
            for one in told
        ],
        n_unjudged=len(report["values"]) - len(told),
        sure_share=float(world.is_sure_buyer.mean()),
        decision=decision,
    )


def show_game(console: Console, story: GameStory) -> None:
    """What each way to show offers earns, what was spent, and what the log says of each offer."""
    table = Table(
        "way to show offers",
        *("first week", "last week", "all weeks", "given away"),
        box=None,
        header_style="dim",
    )
    for name, values in story.revenue.items():
        figures = values[0], values[-1], float(np.mean(values)), story.given_away[name]
        cells = name, *(f"{value:.2f}" for value in figures)
        table.add_row(*(f"[bold]{cell}[/]" if name == PRESAGE else cell for cell in cells))
    console.print(
        "Revenue a player and week, by the truth of this world, and what offers give away:", style="dim"
    )
    console.print(_right(table))
    _show_budget(console, story)
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


def _show_budget(console: Console, story: GameStory) -> None:
    table = Table("by week", "given away", "of the budget", box=None, header_style="dim")
    for week, spent, part in story.spending:
        table.add_row(str(week), f"{spent:,.0f}", f"{part:.1%}")
    console.print(f"Offers of {PRESAGE} may give away {story.budget:,.0f} in all weeks:", style="dim")
    console.print(_right(table))
    console.print(
        f"{story.spent_on_sure:.1%} of that went to players who pay more without an offer;"
        f" they are {story.sure_share:.1%} of all.",
        style="dim",
    )


def _right(table: Table) -> Table:
    table.pad_edge = False
    for column in table.columns[1:]:
        column.justify = "right"
    return table
