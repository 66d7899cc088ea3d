"""The main job on real data: a shop's invoices in, a trained model, live recommendations out."""

import random
from pathlib import Path

import polars as pl
from rich.console import Console

from .asking import Asking, typical_users
from .chance import random_metrics
from .demand import run_short_forecast
from .forecast_page import fans_of
from .offers import run_short_game
from .page import render
from .pipeline import Pipeline, Plan, Table
from .retail import Shop, bundled_lines, clean
from .service import connect, plain_errors
from .steps import ProgressOf, Steps, unknown
from .story import Story
from .terminal import show_cleaning, show_customers, show_first, show_live, show_metrics

PROJECT = "online-retail"
SMALLER_THAN_USUAL = {"hidden_dimension": "64"}
"""AWS's 149 takes twice the time here; it reached an NDCG@10 of 0.153 where 64 reaches 0.145."""
POPULAR = Plan(name="popularity-count", recipe="aws-popularity-count")
PERSONAL = Plan(
    name="user-personalization",
    recipe="aws-user-personalization",
    solution={"solutionConfig": {"algorithmHyperParameters": SMALLER_THAN_USUAL}},
    campaign={"campaignConfig": {"itemExplorationConfig": {"explorationWeight": "0"}}},
)
N_ASKED, N_SCORES, N_FANS = 100, 100, 3


def run_demo(
    endpoint: str,
    *,
    out: Path,
    console: Console,
    progress_of: ProgressOf = unknown,
    lines: pl.DataFrame | None = None,
) -> None:
    """Clean, import, train, deploy and ask, with progress; leave a page at `out`.

    What an earlier run left on the server is found and used again. `progress_of` shows how far the jobs have
    come where the caller can see them.

    Parameters
    ----------
    lines : invoice lines as `bundled_lines` gives them, which are used if none are given

    Raises DemoError, in one line, when the server refuses or fails.
    """
    with plain_errors(endpoint):
        story = _tell(endpoint, Steps(console, progress_of), bundled_lines() if lines is None else lines)
    page = render("retail.html", story=story, fans=fans_of(story.outlook, N_FANS))
    out.write_text(page, encoding="utf-8")
    console.print(f"\nThe page with the plots: [bold]{out.resolve()}[/]", soft_wrap=True)


def tables_of(shop: Shop) -> list[Table]:
    """The datasets with what their schemas say."""
    return [
        Table(kind="Interactions", rows=shop.interactions),
        Table(kind="Items", rows=shop.items, attributes={"KIND": {"categorical": True}}),
        Table(kind="Users", rows=shop.users, attributes={"COUNTRY": {"categorical": True}}),
    ]


def _tell(endpoint: str, steps: Steps, lines: pl.DataFrame) -> Story:
    service = connect(endpoint)
    with steps.step("Clean the shop's invoices") as step:
        shop = clean(lines)
        step.result = f"{shop.interactions.height:,} purchases stay"
    show_cleaning(steps.console, shop.cleaning)
    pipeline = Pipeline(service=service, steps=steps, project=PROJECT)
    group, imported_at = pipeline.import_tables(tables_of(shop))
    users = typical_users(shop.interactions)
    popular = pipeline.train_and_deploy(group, POPULAR, imported_at)
    show_first(steps, Asking(service, popular.campaign, shop).customer(users[0]))
    personal = pipeline.train_and_deploy(group, PERSONAL, imported_at)
    metrics = {
        "random": random_metrics(shop.interactions, shop.items.height),
        POPULAR.name: popular.metrics,
        PERSONAL.name: personal.metrics,
    }
    show_metrics(steps.console, metrics)
    asking = Asking(service, personal.campaign, shop)
    with steps.step("Ask for three real customers"):
        customers = [asking.customer(user) for user in users]
    show_customers(steps.console, customers)
    with steps.step("Tell live events, ask again") as step:
        live = asking.live(customers[1].id, pipeline.tracker(group))
        step.result = f"the answer changed {live.seconds * 1000:.0f} ms after the events were accepted"
    show_live(steps.console, live)
    with steps.step(f"Ask for {N_ASKED} more customers") as step:
        known = shop.users["USER_ID"].to_list()
        asked = random.Random(0).sample(known, min(N_ASKED, len(known)))  # noqa: S311
        scores = asking.scores(asked, N_SCORES, step.of(len(asked)))
    outlook = run_short_forecast(endpoint, lines, steps)
    game = run_short_game(endpoint, steps)
    return Story(
        cleaning=shop.cleaning,
        n_interactions=shop.interactions.height,
        n_items=shop.items.height,
        n_users=shop.users.height,
        metrics=metrics,
        customers=customers,
        live=live,
        scores=scores,
        outlook=outlook,
        game=game,
        seconds=steps.seconds,
    )
