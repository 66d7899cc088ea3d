"""Prices from a linear program over recent traffic: what limits are worth if it goes on like this."""

import numpy as np

from presage.recipes.bandits.allocating import Booleans, Doubles, allocate

from .campaign import NO_OFFER
from .questions import Record
from .state import State

SEED = 1
"""Beside the campaign's seed: draws for prices are not those for decisions."""
FORBIDDING = 10.0
"""Where giving none is no arm it counts as worse than all offers by so many times their range."""


def solve_prices(state: State) -> Record:
    """The prices that make the latest decisions' use of each limit fit what is left for as many.

    Prices are logged, and not solved for again when the log is replayed: another release of the solver may
    find others that are as good.
    """
    prices, recent = state.prices, state.prices.recent
    at = recent[-1]["at"]
    amount = prices.left * (len(recent) / prices.decisions_left(at))
    score, is_open = _as_seen(state)
    found = allocate(score, is_open, prices.use, amount).price.tolist()
    caps = dict(zip(prices.capped, found[1:], strict=True))
    return {"kind": "prices", "after": state.n_decisions, "at": at, "budget": found[0], "caps": caps}


def _as_seen(state: State) -> tuple[Doubles, Booleans]:
    """(n, n_arms) twice: what each arm would earn in the latest decisions, and which were open.

    Scores are as the policy sees them now; one that draws from its belief sees a draw.
    """
    campaign, recent = state.campaign, state.prices.recent
    users = [state.users[one["user"]] for one in recent]
    rounds = campaign.rounds_of_all_arms(users, [one["context"] for one in recent])
    rng = np.random.default_rng([campaign.seed or 0, state.n_decisions, SEED])
    score = state.policy.seen_as(rounds, rng)
    is_open = np.zeros(score.shape, bool)
    for number, one in enumerate(recent):
        is_open[number, [campaign.rows[arm] for arm in one["candidates"]]] = True
    none = campaign.rows[NO_OFFER]
    if not campaign.no_offer:
        score[:, none] = score.min() - FORBIDDING * max(float(np.ptp(score)), 1e-9)
        is_open[:, none] = True
    return score, is_open
