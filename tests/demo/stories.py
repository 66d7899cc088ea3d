"""Small stories, and a shop whose customers anybody can check by hand."""

import numpy as np
import polars as pl

from presage.demo.forecast_page import fans_of
from presage.demo.forecasting import Outlook
from presage.demo.game_story import BEST, Estimated, GameStory
from presage.demo.offering import OfferStory, adjust, worth
from presage.demo.page import render
from presage.demo.retail import Applied, Shop
from presage.demo.series import ITEM, TIME, VALUE, Series
from presage.demo.story import Customer, Live, Product, Story
from presage.demo.terminal import METRICS
from presage.worlds.offers import FIVE_OFFERS, NO_OFFER

NASTY = "<script>alert('&')</script>"
DAY = 86_400


def products(*names, score=0.1):
    return [Product(id=name, name=name, kind="BAG", score=score) for name in names]


def metrics(value):
    return dict.fromkeys(METRICS, value)


def outlook(name="Red bag"):
    """Ten days of one product, and two days ahead."""
    days = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 12), "1d", eager=True)
    rows = pl.DataFrame({ITEM: name, TIME: days[:10], VALUE: [float(n) for n in range(10)]})
    ahead = {"mean": 5.0, "p10": 1.0, "p50": 5.0, "p90": 9.0}
    forecast = pl.DataFrame({ITEM: name, "date": days[10:]}).with_columns(
        pl.lit(value).alias(type_) for type_, value in ahead.items()
    )
    figures = dict.fromkeys(("WAPE", "MASE", "RMSE"), 0.5)
    return Outlook(
        series=Series(rows=rows, frequency="D", columns=("", "", "")),
        horizon=2,
        forecast=forecast,
        accuracy={"AutoPredictor": {"AverageWeightedQuantileLoss": 0.4, "ErrorMetrics": [figures]}},
        seconds={"Train": 2.0},
    )


def retail_page(name="Red bag"):
    told = story(name)
    return render("retail.html", story=told, fans=fans_of(told.outlook, 1))


def game_story(name="coins 1.99"):
    """Two weeks of a few players."""
    reasons = {
        "expected": {name: 2.5},
        "probabilities": {name: 1.0},
        "charges": {name: 0.5},
        "policy": "presage-greedy",
        "policyVersion": 4,
    }
    decision = {
        "decisionId": "d-1",
        "user": name,
        "offer": {"id": name},
        "reasons": reasons,
        "context": {"games": 3.0, "won": 0.0},
    }
    return GameStory(
        n_players=3,
        n_weeks=2,
        n_events=40,
        revenue={"presage": [1.0, 1.5], "fixed split": [1.0, 1.0], BEST: [2.0, 2.0]},
        given_away={"presage": 0.8, "fixed split": 1.1, BEST: 0.9},
        budget=6.0,
        spent=[2.0, 3.0],
        spent_on_sure=0.25,
        given={name: 4, "no-offer": 2},
        sure_share=0.2,
        estimates=[
            Estimated(policy=name, value=1.0, low=0.5, high=1.5, truth=1.2),
            Estimated(policy="logging", value=1.0, low=0.9, high=1.1, truth=1.2),
        ],
        n_unjudged=1,
        decision=decision,
    )


def story(name="Red bag"):
    live = Live(
        customer="7",
        kind="BAG",
        told=products(name),
        before=products("a", "b", "c"),
        after=products("c", name, "b"),
        seconds=0.012,
    )
    customer = Customer(
        id="7", country=name, n_products=3, bought=products(name), recommended=products(name, "b")
    )
    return Story(
        cleaning=[Applied(name="Rule", why=name, n_before=1000, n_dropped=250)],
        n_interactions=750,
        n_items=30,
        n_users=9,
        metrics={"random": metrics(0.0), "user-personalization": metrics(0.25)},
        customers=[customer],
        live=live,
        scores=[[0.5, 0.2, 0.1], [0.3, 0.2]],
        outlook=outlook(name),
        game=game_story(name),
        seconds={"Train": 12.3},
    )


def offer_story():
    offers = (NO_OFFER, *FIVE_OFFERS)
    scores = np.random.default_rng(0).dirichlet(np.ones(6), 20)
    multipliers = worth(offers)
    return OfferStory(
        offers=offers,
        n_shoppers=20,
        n_redeemed=[10] * 6,
        by_number=np.full((6, 4), 1 / 6),
        metrics={"random": metrics(0.1)},
        best_rank=0.9,
        multipliers=multipliers,
        scores=scores,
        adjusted=adjust(scores, multipliers),
        unnormalised=(scores * multipliers).sum(axis=0) / scores.sum(),
        seconds={"Train": 1.0},
    )


def shop():
    """Customer u buys u products: bags while they last, then signs; 99 alone buys mugs."""
    kinds = {f"bag{i}": "BAG" for i in range(8)} | {f"sign{i}": "SIGN" for i in range(8)}
    kinds |= {f"mug{i}": "MUG" for i in range(8)}
    items = list(kinds)
    bought = [(str(user), item, user * DAY) for user in range(1, 15) for item in items[:user]]
    bought += [("99", f"mug{i}", 14 * DAY) for i in range(8)]
    rows = pl.DataFrame(bought, schema=["USER_ID", "ITEM_ID", "TIMESTAMP"], orient="row")
    users = rows["USER_ID"].unique(maintain_order=True)
    return Shop(
        interactions=rows.with_columns(EVENT_TYPE=pl.lit("Purchase"), EVENT_VALUE=1.0),
        items=pl.DataFrame(
            {
                "ITEM_ID": items,
                "NAME": [item.upper() for item in items],
                "KIND": list(kinds.values()),
                "PRICE": 1.0,
                "CREATION_TIMESTAMP": DAY,
            }
        ),
        users=pl.DataFrame({"USER_ID": users, "COUNTRY": "Italy"}),
        cleaning=(),
    )
