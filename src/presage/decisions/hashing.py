"""Features of any shape, as JSON, hashed into rows of a fixed width: for actions that calls bring along."""

from collections.abc import Iterable, Iterator
from math import copysign, log1p
from typing import Annotated, Any

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from .written import Written

MOST_FEATURES, MOST_DEPTH = 10_000, 32
OFFER_POLICIES = frozenset(
    {
        "presage-popularity-thompson",
        "presage-bayesian-factors",
        "presage-hybrid-thompson",
        "presage-uplift",
    }
)
"""They know actions by rows, or by a discount, and so cannot know those that calls bring along."""
Leaf = tuple[str, float]
_SIGN = 1 << 63


class Hashing(Written, frozen=True):
    """How many numbers the policy reads of a context and of an action.

    More keep more features apart, and cost time. Two features that fall on the same number cannot be told
    apart; each has a sign of its own, so that on the average they do not help each other.
    Source: Weinberger et al., Feature Hashing for Large Scale Multitask Learning, ICML 2009.
    """

    context_width: Annotated[int, Meta(ge=1, le=512)] = 7
    action_width: Annotated[int, Meta(ge=1, le=512)] = 15

    def context_row(self, context: Any) -> NDArray[np.float64]:
        """(1, context_width)."""
        return hashed(leaves(context), self.context_width)[None]

    def action_rows(self, actions: Iterable[dict[str, Any]]) -> NDArray[np.float64]:
        """(n_actions, action_width): features and id of each action; its id is a feature too."""
        return np.array(
            [
                hashed([(f"id={one['id']}", 1.0), *leaves(one["features"])], self.action_width)
                for one in actions
            ]
        )


def leaves(content: Any, path: str = "", depth: int = 0) -> Iterator[Leaf]:
    """The features of JSON: where each stands, and its number.

    A text or a truth value is a feature of its own with the number 1, as in `user.country=SE`; numbers are
    drawn together by the logarithm, sign(x) log(1 + |x|), for nobody says in what unit they are; null is
    none.

    Raises ValueError for what is nested too deeply, or a number beyond 64 bits.
    """
    if depth > MOST_DEPTH:
        raise ValueError(f"features are nested more than {MOST_DEPTH} deep at {path[:100]!r}")
    match content:
        case dict():
            for name, value in content.items():
                yield from leaves(value, f"{path}.{name}" if path else str(name), depth + 1)
        case list():
            for place, value in enumerate(content):
                is_number = isinstance(value, int | float) and not isinstance(value, bool)
                yield from leaves(value, f"{path}.{place}" if is_number else path, depth + 1)
        case bool() | str():
            yield f"{path}={str(content).lower() if isinstance(content, bool) else content}", 1.0
        case int() | float():
            if not -_SIGN <= content < 2 * _SIGN:
                raise ValueError(f"the number {content} at {path[:100]!r} is beyond 64 bits")
            yield path, copysign(log1p(abs(content)), content)
        case _:
            pass


def hashed(features: Iterable[Leaf], width: int) -> NDArray[np.float64]:
    """(width,): each feature's number, with a sign of its own, added where its hash says."""
    row = np.zeros(width)
    for name, number in features:
        digest = xxh3_64_intdigest(name.encode())
        row[digest % width] += -number if digest & _SIGN else number
    return row


def check_features(*contents: Any) -> None:
    """Raises ValueError for features that cannot be read, or too many of them."""
    n_features = sum(1 for content in contents for _ in leaves(content))
    if n_features > MOST_FEATURES:
        raise ValueError(f"there are {n_features} features; at most {MOST_FEATURES:,} can be read in a call")
