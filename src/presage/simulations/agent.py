"""What a recommending agent does in a world of ratings."""

from typing import NamedTuple, Protocol

from presage.worlds.ratings import Doubles, Rows


class Recommended(NamedTuple):
    """An item each.

    Parameters
    ----------
    item : (n,), rows of items
    predicted : (n,), the rating that is foreseen for it; NaN if none is
    """

    item: Rows
    predicted: Doubles


class Agent(Protocol):
    """Recommends an item to each user who asks, and learns what they said."""

    def recommend(self, user: Rows) -> Recommended:
        """An item each."""
        ...

    def learn(self, user: Rows, item: Rows, rating: Doubles) -> None:
        """Ratings of what was recommended."""
        ...
