"""A game's offers, from raw events to a policy that learns: `presage demo offers`."""

import time
from pathlib import Path

from rich.console import Console

from presage.worlds.game import GameWorld

from .calls import Calls
from .game import OFFER_IDS, Game, PlayedWeek
from .game_story import GameStory, show_game, story_of
from .page import render
from .steps import ProgressOf, Steps, unknown

N_PLAYERS, N_WEEKS, SEED = 500, 16, 4
N_SHORT, SHORT_WEEKS = 100, 5


def run_offers_demo(
    endpoint: str,
    *,
    out: Path,
    console: Console,
    progress_of: ProgressOf = unknown,
    n_players: int = N_PLAYERS,
    n_weeks: int = N_WEEKS,
) -> None:
    """Play the game over HTTP, show what came of it, and leave a page at `out`.

    Raises DemoError, in one line, when the server refuses or fails.
    """
    steps = Steps(console, progress_of)
    story = run_game(endpoint, steps, n_players=n_players, n_weeks=n_weeks)
    out.write_text(render("offers.html", story=story, seconds=steps.seconds), encoding="utf-8")
    console.print(f"\nThe page with the plots: [bold]{out.resolve()}[/]", soft_wrap=True)


def run_short_game(endpoint: str, steps: Steps) -> GameStory:
    """Few players, as a part of another demonstration."""
    return run_game(endpoint, steps, n_players=N_SHORT, n_weeks=SHORT_WEEKS)


def run_game(endpoint: str, steps: Steps, *, n_players: int = N_PLAYERS, n_weeks: int = N_WEEKS) -> GameStory:
    """Play, and show the figures in the terminal. Raises DemoError."""
    world = GameWorld(n_players=n_players, seed=SEED)
    calls = Calls(endpoint)
    try:
        game = Game(calls=calls, world=world, name=f"game-{time.time_ns():x}", n_weeks=n_weeks)
        with steps.step("Declare features and an offer campaign") as step:
            game.declare()
            step.result = f"{len(OFFER_IDS)} offers, or none"
        with steps.step("Play: events, features, decisions, rewards") as step:
            weeks = list(game.weeks(step.of(n_players * n_weeks)))
            n_events = sum(week.n_events for week in weeks)
            step.result = f"{n_events:,} events, {n_players * n_weeks:,} decisions"
        with steps.step("Judge each offer from the log") as step:
            report = calls("GET", f"/decisions/campaigns/{game.name}/report")
            decision = calls("GET", f"/decisions/log/{_typical(weeks[-1])}")
            replayed = calls("GET", f"/decisions/campaigns/{game.name}/replay")
            step.result = (
                f"{replayed['equal']:,} of {replayed['decisions']:,} decisions come out of the log again"
            )
    finally:
        calls.close()
    story = story_of(world, weeks, game.budget, report, decision)
    show_game(steps.console, story)
    return story


def _typical(week: PlayedWeek) -> str:
    """The id of a decision that shows an offer for its expectation, not by chance."""
    chosen = max(week.decisions, key=lambda one: (one["offer"] is not None, one["probability"]))
    return chosen["decisionId"]
