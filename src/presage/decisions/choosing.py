"""One decision: which offers are open, what the policy makes of them, what is drawn. It can be replayed."""

import numpy as np

from presage.recipes.bandits.policy import draw

from .assigning import Chosen, Options, charges, chosen
from .campaign import NO_OFFER, Offer
from .questions import GIVEN, Decision, Question
from .state import State, decision_id


def decide(state: State, stream: str, question: Question) -> Decision:
    """The next decision of a campaign, as the log holds it.

    The same state and question give the same decision: everything that is drawn comes from the campaign's
    seed and the decision's number.
    """
    campaign, number = state.campaign, state.n_decisions
    assignment, seed = state.assignment, [campaign.seed or 0, number]
    user, actions = state.users.get(question.user, len(state.users)), question.given.get("actions", [])
    if assignment is None:
        candidates, closed = options_of(state, question)
        rounds = campaign.rounds(user, question.context, candidates, actions)
        rng = np.random.default_rng(seed)
        charge = state.prices.charge(rounds.action) if campaign.budget else None
        probabilities = state.policy.probabilities(rounds, rng, charge)
        made = Chosen(candidates, closed, probabilities[0].tolist(), int(draw(probabilities, rng).place[0]))
        more = {} if charge is None else {"charges": charge.tolist()}
    else:
        made, seed = chosen(assignment, number), assignment["seed"]
        rounds = campaign.rounds(user, question.context, made.candidates, actions)
        more = {"assignment": assignment["first"], "charges": charges(assignment, campaign, made.candidates)}
    return {
        "kind": "decision",
        "id": decision_id(stream, number),
        "key": question.key,
        "user": question.user,
        "session": question.session,
        "context": question.context,
        "at": question.at,
        "seed": seed,
        "policy": state.contest.deciding.id,
        "version": state.version,
        "candidates": made.candidates,
        "propensities": made.probabilities,
        "expected": state.policy.expected(rounds)[0].tolist(),
        **more,
        "closed": made.closed,
        "offer": made.candidates[made.place],
        "probability": made.probabilities[made.place],
        **question.given,
    }


def question_of(decision: Decision) -> Question:
    """What was asked when a decision was made."""
    asked = {name: decision[name] for name in ("user", "session", "key", "context", "at")}
    given = {name: decision[name] for name in GIVEN if name in decision}
    return Question(**asked, given=given)


def options_of(state: State, question: Question) -> Options:
    """The arms from which one is chosen, and why others are closed."""
    if state.campaign.hashing:
        excluded = question.given["excluded"]
        candidates = [one["id"] for one in question.given["actions"] if one["id"] not in excluded]
        return candidates, dict.fromkeys(excluded, "excluded by the call")
    offers = state.campaign.offers
    closed = {offer.id: why for offer in offers if (why := _why_closed(state, offer, question)) is not None}
    candidates = [offer.id for offer in offers if offer.id not in closed]
    if state.campaign.no_offer or not candidates:
        candidates.append(NO_OFFER)
    return candidates, closed


def _why_closed(state: State, offer: Offer, question: Question) -> str | None:
    """Why an offer cannot be given now; None if it can."""
    if not offer.is_open:
        return "closed by the campaign"
    if offer.valid_from and question.at < offer.valid_from.timestamp():
        return f"valid from {offer.valid_from.isoformat()} on"
    if offer.valid_until and question.at >= offer.valid_until.timestamp():
        return f"valid until {offer.valid_until.isoformat()}"
    if offer.total_cap is not None and state.given[offer.id] >= offer.total_cap:
        return f"given {state.given[offer.id]} times, its total cap"
    if offer.per_user_cap is not None and state.given_to[question.user, offer.id] >= offer.per_user_cap:
        return f"given {state.given_to[question.user, offer.id]} times to this user, its cap per user"
    return _why_unpaid(state, offer, question.at)


def _why_unpaid(state: State, offer: Offer, at: float) -> str | None:
    """Why the budget does not pay for an offer now; None if it does."""
    budget = state.campaign.budget
    if budget is None or not offer.cost:
        return None
    if not budget.is_running(at):
        return f"paid from a budget from {budget.starts_at.isoformat()} until {budget.until.isoformat()}"
    if not state.prices.can_afford(offer.cost):
        return f"costs {offer.cost:g}, of the budget {state.prices.left[0]:g} is left"
    return None
