"""The scenario of AWS's Lab 8: which offer, or none, should each shopper get?"""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console

from presage.worlds.offers import FIVE_OFFERS, NO_OFFER, Offer, OfferWorld, best_mean_reciprocal_rank

from .chance import random_metrics
from .offering import Floats, OfferStory, adjust, worth
from .page import render
from .pipeline import Pipeline, Plan, Table
from .service import Service, connect, plain_errors
from .steps import ProgressOf, Steps, unknown
from .terminal import show_metrics, show_offers

PROJECT = "lab8-offers"
POPULAR = Plan(name="popularity-count", recipe="aws-popularity-count")
PERSONAL = Plan(name="user-personalization", recipe="aws-user-personalization")
WORLD = OfferWorld(offers=(NO_OFFER, *FIVE_OFFERS))
N_ASKED = 100
N_GROUPS = 42


def run_lab8(
    endpoint: str,
    *,
    out: Path,
    console: Console,
    progress_of: ProgressOf = unknown,
    world: OfferWorld = WORLD,
) -> None:
    """Generate shoppers, train on what they redeemed, ask for 100 of them; leave a page at `out`.

    What an earlier run left on the server is found and used again. `progress_of` shows how far the jobs have
    come where the caller can see them.

    Raises DemoError, in one line, when the server refuses or fails.
    """
    with plain_errors(endpoint):
        story = _tell(connect(endpoint), Steps(console, progress_of), world)
    out.write_text(render("lab8.html", story=story), encoding="utf-8")
    console.print(f"\nThe page with the plots: [bold]{out.resolve()}[/]", soft_wrap=True)


def _tell(service: Service, steps: Steps, world: OfferWorld) -> OfferStory:
    with steps.step("Generate shoppers and the offers they redeemed") as step:
        redeemed = world.redemptions()
        step.result = f"{world.n_shoppers:,} shoppers, {redeemed.height:,} redemptions"
    pipeline = Pipeline(service=service, steps=steps, project=PROJECT)
    rows = redeemed.with_columns(pl.col("ITEM_ID", "USER_ID").cast(pl.String))
    group, imported_at = pipeline.import_tables([Table(kind="Interactions", rows=rows)])
    popular = pipeline.train_and_deploy(group, POPULAR, imported_at)
    personal = pipeline.train_and_deploy(group, PERSONAL, imported_at)
    metrics = {
        "random": random_metrics(redeemed, len(world.offers)),
        POPULAR.name: popular.metrics,
        PERSONAL.name: personal.metrics,
    }
    best_rank = best_mean_reciprocal_rank(redeemed)
    show_metrics(steps.console, metrics)
    steps.console.print(
        f"no model that sees only the other offers can on average exceed MRR@25 {best_rank:.4f}", style="dim"
    )
    with steps.step(f"Ask for {N_ASKED} shoppers") as step:
        shoppers = random.Random(1).sample(range(1, world.n_shoppers + 1), N_ASKED)  # noqa: S311
        told = step.of(N_ASKED)
        answers: list[list[float]] = []
        for shopper in shoppers:
            answers.append(offer_scores(service, personal.campaign, shopper, world.offers))
            told(1)
    scores, multipliers = np.array(answers), worth(world.offers)
    story = OfferStory(
        offers=world.offers,
        n_shoppers=world.n_shoppers,
        n_redeemed=[redeemed.filter(ITEM_ID=offer.id).height for offer in world.offers],
        by_number=shares_by_number(redeemed, world),
        metrics=metrics,
        best_rank=best_rank,
        multipliers=multipliers,
        scores=scores,
        adjusted=adjust(scores, multipliers),
        unnormalised=(scores * multipliers).sum(axis=0) / scores.sum(),
        seconds=steps.seconds,
    )
    show_offers(steps.console, story)
    return story


def offer_scores(service: Service, campaign: str, shopper: int, offers: Sequence[Offer]) -> list[float]:
    """The score of each offer for one shopper; together they sum to 1."""
    answer = service.recommend(campaign, str(shopper), len(offers))
    scores = {item["itemId"]: item["score"] for item in answer}
    total = sum(scores.values())
    return [scores.get(str(offer.id), 0.0) / total for offer in offers]


def shares_by_number(redeemed: pl.DataFrame, world: OfferWorld) -> Floats:
    """(n_offers, n_groups): the share of each offer among what neighbouring shoppers redeemed."""
    group = (redeemed["USER_ID"].to_numpy() - 1) * N_GROUPS // world.n_shoppers
    items = redeemed["ITEM_ID"].to_numpy()
    counts = [np.bincount(group[items == offer.id], minlength=N_GROUPS) for offer in world.offers]
    return np.array(counts) / np.sum(counts, axis=0)
