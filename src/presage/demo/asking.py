"""The questions that the demonstration puts to a deployed model, and what it tells it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from uuid import uuid4

import polars as pl

from .kinds import OTHER
from .retail import PURCHASE, SHOP_TIME_ZONE, Shop
from .service import DemoError, Record, Service
from .story import Customer, Live, Product

N_SHOWN, N_COMPARED, N_TOLD = 10, 25, 5
HISTORY_LENGTHS = (10, 40, 120)
ACTIVE_DAYS = 30
CHANGE_WITHIN_SECONDS = 10.0
SECONDS_PER_DAY = 86_400


def typical_users(interactions: pl.DataFrame) -> list[str]:
    """A customer with a short, a middling and a long history among those who bought in the last month.

    The number of different products is as near as can be to `HISTORY_LENGTHS`; nobody is picked by hand.
    """
    users = interactions.group_by("USER_ID").agg(
        n=pl.col("ITEM_ID").n_unique().cast(pl.Int64), last_at=pl.col("TIMESTAMP").max()
    )
    since = users["last_at"].max() - ACTIVE_DAYS * SECONDS_PER_DAY  # pyright: ignore
    active = users.filter(pl.col("last_at") >= since)
    chosen: list[str] = []
    for length in HISTORY_LENGTHS:
        others = active.filter(~pl.col("USER_ID").is_in(chosen))
        chosen.append(others.sort((pl.col("n") - length).abs(), "USER_ID")["USER_ID"][0])
    return chosen


@dataclass(frozen=True)
class Asking:
    """A campaign, and the shop whose customers it is asked about."""

    service: Service
    campaign: str
    shop: Shop

    @cached_property
    def catalogue(self) -> Mapping[str, Record]:
        """Item id -> its row."""
        return {row["ITEM_ID"]: row for row in self.shop.items.iter_rows(named=True)}

    def customer(self, user: str) -> Customer:
        """One customer's newest purchases beside the recommendations."""
        history = self._history(user)
        bought = set(history["ITEM_ID"])
        newest = history.reverse().unique("ITEM_ID", keep="first", maintain_order=True).head(N_SHOWN)
        shown = self.service.recommend(self.campaign, user, N_SHOWN)
        return Customer(
            id=user,
            country=self.shop.users.filter(USER_ID=user)["COUNTRY"][0],
            n_products=len(bought),
            bought=[
                self._product(item, note=day) for item, day in newest.select("ITEM_ID", "day").iter_rows()
            ],
            recommended=[
                self._product(
                    answer["itemId"],
                    note="again" if answer["itemId"] in bought else "",
                    score=answer.get("score"),
                )
                for answer in shown
            ],
        )

    def live(self, user: str, tracking_id: str) -> Live:
        """Tell that a customer bought things of a kind that is new to them, and ask until the answer changes.

        Raises DemoError if it does not.
        """
        before = self._answer(user)
        kind = self.unfamiliar_kind(user, before)
        told = [self._product(item) for item in self._best_sellers(kind)]
        self.service.events.put_events(
            trackingId=tracking_id,
            userId=user,
            sessionId=f"live-{uuid4().hex}",
            eventList=[
                {
                    "eventType": PURCHASE,
                    "itemId": product.id,
                    "eventValue": self.catalogue[product.id]["PRICE"],
                    "sentAt": datetime.now(UTC),
                }
                for product in told
            ],
        )
        accepted_at = time.monotonic()
        after = before
        while [product.id for product in after] == [product.id for product in before]:
            after = self._answer(user)
            if time.monotonic() - accepted_at > CHANGE_WITHIN_SECONDS:
                raise DemoError(
                    f"{len(told)} events for customer {user} were accepted, but the recommendations"
                    f" are the same {CHANGE_WITHIN_SECONDS:.0f} s later"
                )
        seconds = time.monotonic() - accepted_at
        return Live(customer=user, kind=kind, told=told, before=before, after=after, seconds=seconds)

    def scores(self, users: list[str], n_scores: int, told: Callable[[float], None]) -> list[list[float]]:
        """For each user the scores of the best items, best first; `told` hears of each answer."""
        answers: list[list[float]] = []
        for user in users:
            shown = self.service.recommend(self.campaign, user, n_scores)
            answers.append([answer["score"] for answer in shown])
            told(1)
        return answers

    def unfamiliar_kind(self, user: str, shown: list[Product]) -> str:
        """The best-selling kind of product among those that are least on the list and least bought so far."""
        sold = self.shop.interactions.join(self.shop.items, on="ITEM_ID").filter(pl.col("KIND") != OTHER)
        kinds = (
            sold.group_by("KIND")
            .agg(
                n_sold=pl.len(),
                n_products=pl.col("ITEM_ID").n_unique(),
                n_bought=(pl.col("USER_ID") == user).sum(),
                n_shown=pl.col("ITEM_ID").is_in([product.id for product in shown]).sum(),
            )
            .with_columns(enough=pl.col("n_products") >= N_TOLD)
            .sort("enough", "n_shown", "n_bought", "n_sold", descending=[True, False, False, True])
        )
        return kinds["KIND"][0]

    def _best_sellers(self, kind: str) -> list[str]:
        of_kind = self.shop.items.filter(KIND=kind).select("ITEM_ID")
        sold = self.shop.interactions.join(of_kind, on="ITEM_ID").group_by("ITEM_ID").len()
        return sold.sort("len", "ITEM_ID", descending=[True, False]).head(N_TOLD)["ITEM_ID"].to_list()

    def _answer(self, user: str) -> list[Product]:
        shown = self.service.recommend(self.campaign, user, N_COMPARED)
        return [self._product(answer["itemId"], score=answer.get("score")) for answer in shown]

    def _history(self, user: str) -> pl.DataFrame:
        moment = pl.from_epoch("TIMESTAMP").dt.convert_time_zone(SHOP_TIME_ZONE)
        history = self.shop.interactions.filter(USER_ID=user)
        return history.with_columns(day=moment.dt.strftime("%-d %b %Y"))

    def _product(self, item: str, *, note: str = "", score: float | None = None) -> Product:
        row = self.catalogue[item]
        return Product(id=item, name=row["NAME"].capitalize(), kind=row["KIND"], note=note, score=score)
