"""What a run of the shop's demonstration has to tell: plain values that the terminal and the page show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .forecasting import Outlook
from .game_story import GameStory
from .retail import Applied

Metrics = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product on a list.

    Parameters
    ----------
    note : what is said beside it: the day it was bought, or `again` if it was bought before
    score : the model's probability for it, or None
    """

    id: str
    name: str
    kind: str
    note: str = ""
    score: float | None = None


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A real customer: the newest purchases, and what is recommended next."""

    id: str
    country: str
    n_products: int
    bought: Sequence[Product]
    recommended: Sequence[Product]


@dataclass(frozen=True, kw_only=True)
class Live:
    """What live events changed.

    Parameters
    ----------
    told : the products of the events
    before, after : what was recommended, best first
    seconds : from the acknowledged events to the changed answer
    """

    customer: str
    kind: str
    told: Sequence[Product]
    before: Sequence[Product]
    after: Sequence[Product]
    seconds: float

    def move(self, product: Product) -> str:
        """How a product of the new list stands to the old one, for instance `▲ 3` or `new`."""
        places = {shown.id: place for place, shown in enumerate(self.before)}
        here = [shown.id for shown in self.after].index(product.id)
        if product.id not in places:
            return "new"
        up = places[product.id] - here
        return f"▲ {up}" if up > 0 else f"▼ {-up}" if up < 0 else "="


@dataclass(frozen=True, kw_only=True)
class Story:
    """The whole run.

    Parameters
    ----------
    metrics : model -> metric -> value
    scores : a list per asked customer: the scores of the answer, best first
    outlook : what a few products will sell
    game : what came of offers to a few players of a game
    seconds : step -> wall-clock seconds
    """

    cleaning: Sequence[Applied]
    n_interactions: int
    n_items: int
    n_users: int
    metrics: Mapping[str, Metrics]
    customers: Sequence[Customer]
    live: Live
    scores: Sequence[Sequence[float]]
    outlook: Outlook
    game: GameStory
    seconds: Mapping[str, float]
