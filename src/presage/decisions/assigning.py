"""Offers for many users at once: who gets what so that all earn most, within caps and budget exactly.

A linear program says what suits best (`recipes/bandits/allocating.py`). To learn from it, some users then
exchange what they were given: among those with the same candidates a random few are dealt the offers of these
few anew. So nothing is given more often than before, and the probability of every choice is known exactly.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from presage.errors import InvalidInputException
from presage.recipes.bandits.allocating import Booleans, Doubles, allocate
from presage.recipes.bandits.data import Rows

from .campaign import Campaign
from .questions import Question, Record
from .state import State

Options = tuple[list[str], dict[str, str]]
"""The candidates of a decision, and why other offers are closed."""
WHOLE = 1 - 1e-6
"""A share above is 1 but for rounding."""


@dataclass(frozen=True)
class Chosen:
    """What was chosen for one user.

    Parameters
    ----------
    probabilities : of the candidates
    place : of the choice among them
    """

    candidates: list[str]
    closed: dict[str, str]
    probabilities: list[float]
    place: int


def assign(
    state: State,
    questions: Sequence[Question],
    options: Sequence[Options],
    explore: float,
    most: float,
) -> Record:
    """Who gets what, as the log holds it; the decisions follow it there.

    Parameters
    ----------
    options : each user's
    explore : the part of the users whose offers are dealt anew
    most : of the budget, what may be spent

    Raises InvalidInputException if a user is asked for twice, or there is not enough for everybody.
    """
    twice, times = Counter(one.user for one in questions).most_common(1)[0]
    if times > 1:
        raise InvalidInputException(f"users holds {twice!r} {times} times; each user is assigned one offer")
    campaign, prices = state.campaign, state.prices
    is_open = np.zeros((len(questions), len(campaign.arms)), bool)
    for row, (candidates, _) in enumerate(options):
        is_open[row, [campaign.rows[arm] for arm in candidates]] = True
    amount = prices.left
    amount[0] = min(amount[0], most)
    try:
        found = allocate(expected(state, questions), is_open, prices.use, amount)
        arms = _whole(found.share, is_open, prices.use, amount)
    except ValueError:
        raise InvalidInputException(
            f"what is left of budget and caps is not enough to give each of {len(questions)} users an offer;"
            " assign fewer, or let noOffer be true"
        ) from None
    seed = [campaign.seed or 0, state.n_decisions]
    groups, users = _dealt(campaign.arms, arms, options, explore, np.random.default_rng(seed))
    price = found.price.tolist()
    return {
        "kind": "assignment",
        "first": state.n_decisions,
        "at": questions[0].at,
        "seed": seed,
        "explore": explore,
        "budget": price[0],
        "caps": dict(zip(prices.capped, price[1:], strict=True)),
        "groups": groups,
        "users": users,
    }


def chosen(assignment: Mapping[str, Any], number: int) -> Chosen:
    """What an assignment says of the user whose decision has a number."""
    group_row, best, place = assignment["users"][number - assignment["first"]]
    group = assignment["groups"][group_row]
    counts = np.array(group["given"], float)
    n, n_dealt = counts.sum(), group["dealt"]
    own = np.arange(len(counts)) == best
    elsewhere = max(n_dealt - 1, 0) / n  # how likely it is to get what another one was given
    others = (counts - own) / max(n - 1, 1)
    probabilities = own * (1 - elsewhere) + elsewhere * others
    return Chosen(group["candidates"], group["closed"], probabilities.tolist(), place)


def charges(assignment: Mapping[str, Any], campaign: Campaign, arms: Sequence[str]) -> list[float]:
    """What giving each arm cost at the prices of an assignment, in rewards."""
    cost = {offer.id: offer.cost for offer in campaign.offers}
    return [cost.get(arm, 0) * assignment["budget"] + assignment["caps"].get(arm, 0) for arm in arms]


def expected(state: State, questions: Sequence[Question]) -> Doubles:
    """(n, n_arms): what each arm is expected to earn with each user."""
    users = [state.users.get(one.user, len(state.users)) for one in questions]
    rounds = state.campaign.rounds_of_all_arms(users, [one.context for one in questions])
    return state.policy.expected(rounds)


def _whole(share: Doubles, is_open: Booleans, use: Doubles, amount: Doubles) -> Rows:
    """(n,): one arm each; the few rows that are split get the largest of their shares that limits allow.

    Raises ValueError if they allow none.
    """
    arms, room = share.argmax(axis=1), amount * (1 + 1e-9)
    sure = np.argsort(-share.max(axis=1), kind="stable")
    n_whole = int((share.max(axis=1) > WHOLE).sum())
    while n_whole and (use[arms[sure[:n_whole]]].sum(axis=0) > room).any():  # the solver rounds, too
        n_whole -= 1
    used = use[arms[sure[:n_whole]]].sum(axis=0)
    for row in sure[n_whole:]:
        fits = is_open[row] & (used + use <= room).all(axis=1)
        if not fits.any():
            raise ValueError("nothing is left")
        arms[row] = np.where(fits, share[row] - 1e-9 * use[:, 0], -np.inf).argmax()
        used = used + use[arms[row]]
    return arms


def _dealt(
    names: Sequence[str],
    arms: Rows,
    options: Sequence[Options],
    explore: float,
    rng: np.random.Generator,
) -> tuple[list[Record], list[list[int]]]:
    """Users with the same candidates as groups; and each user's group, best place and place there."""
    members: dict[str, list[int]] = {}
    for row, option in enumerate(options):
        members.setdefault(repr(option), []).append(row)
    groups: list[Record] = []
    users: list[list[int]] = [[] for _ in options]
    for rows in members.values():
        candidates, closed = options[rows[0]]
        best = [candidates.index(names[int(arms[row])]) for row in rows]
        some = rng.permutation(len(rows))[: round(explore * len(rows))]
        given = np.array(best)
        given[some] = given[rng.permutation(some)]
        counts = Counter(best)
        groups.append(
            {
                "candidates": candidates,
                "closed": closed,
                "given": [counts[place] for place in range(len(candidates))],
                "dealt": len(some),
            }
        )
        for row, own, place in zip(rows, best, given.tolist(), strict=True):
            users[row] = [len(groups) - 1, own, place]
    return groups, users
