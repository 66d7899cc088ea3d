"""What an experiment is, as callers write it."""

from typing import Annotated, Literal

from msgspec import Meta, field

from presage.decisions.written import Id, Label, Name, Written
from presage.errors import InvalidInputException

MOST_ARMS, LEAST_SHARE = 16, 0.001
ARN = "arn:"
"""What a target begins with that is a resource of Personalize; others are names of offer campaigns."""
Weight = Annotated[float, Meta(ge=0, le=1e6)]


class Arm(Written, frozen=True):
    """One of the things that are compared.

    Parameters
    ----------
    target : who answers: the ARN of a campaign, of a recommender, or of a solution version that a campaign
        deploys; or the name of an offer campaign
    weight : its part of the users, over the sum of all weights; 0, which an update may set, = none
    """

    name: Name
    target: Id
    weight: Weight = 1.0


class Metric(Written, frozen=True):
    """What counts, of each user, from the first exposure on.

    Parameters
    ----------
    kind : `conversion`: whether there was any such event, or a reward above 0; `value`: what they add up to
    event_type : of PutEvents; empty for offer campaigns, whose rewards count
    window_seconds : what is told so long after a user's first exposure counts
    credit : which events count: those whose recommendationId names an answer of the experiment, or all of
        the user
    cap : a user's value above this counts as this, a negative one as 0; then intervals hold for any number of
        users
    """

    kind: Literal["conversion", "value"] = "conversion"
    event_type: Label = ""
    window_seconds: Annotated[float, Meta(gt=0, le=366 * 86400)] = 86400.0
    credit: Literal["recommendation", "user"] = "recommendation"
    cap: Annotated[float, Meta(gt=0, le=1e9)] | None = None

    @property
    def largest(self) -> float | None:
        """The largest value that a user can have, the smallest being 0; None = there is none."""
        return 1.0 if self.kind == "conversion" else self.cap


class Experiment(Written, frozen=True):
    """An experiment.

    Parameters
    ----------
    arms : the first is the control, which the others are compared with
    mode : `split`: each user gets one arm; `interleave`: each answer has items of all arms
    salt : users are assigned by the hash of it and their id; empty = one of its own, so that one experiment's
        arms have nothing to do with another's
    level : how sure the intervals are, all of them together
    planned_users : with so many per arm the intervals are to be narrowest
    """

    name: Name
    arms: Annotated[list[Arm], Meta(min_length=2, max_length=MOST_ARMS)]
    metric: Metric = field(default_factory=Metric)
    mode: Literal["split", "interleave"] = "split"
    salt: Label = ""
    level: Annotated[float, Meta(ge=0.5, le=0.9999)] = 0.95
    planned_users: Annotated[int, Meta(ge=10, le=10**9)] = 5_000

    @property
    def is_of_offers(self) -> bool:
        """Whether its arms are offer campaigns."""
        return not self.arms[0].target.startswith(ARN)


def check_experiment(experiment: Experiment) -> None:
    """Raises InvalidInputException for what no experiment can be."""
    names = [arm.name for arm in experiment.arms]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidInputException(f"two arms have the name {twice!r}; each needs one of its own")
    of_offers = experiment.is_of_offers
    for arm in experiment.arms:
        if arm.target.startswith(ARN) is of_offers:
            raise InvalidInputException(
                f"the arm {arm.name!r} has the target {arm.target!r}; arms are all ARNs of Personalize,"
                " or all names of offer campaigns"
            )
    least = LEAST_SHARE * sum(arm.weight for arm in experiment.arms)
    idle = next((arm for arm in experiment.arms if not arm.weight or arm.weight < least), None)
    if idle is not None:
        raise InvalidInputException(
            f"the arm {idle.name!r} has the weight {idle.weight:g}; each needs {LEAST_SHARE:.1%} of the users"
        )
    if of_offers is bool(experiment.metric.event_type):
        raise InvalidInputException(
            "metric.eventType is given, but rewards count of offer campaigns; leave it out"
            if of_offers
            else "metric.eventType is missing; name the type of PutEvents' events that count"
        )
    if experiment.mode == "interleave":
        _check_interleaved(experiment)


def _check_interleaved(experiment: Experiment) -> None:
    if experiment.is_of_offers:
        raise InvalidInputException("mode is 'interleave', but offers are not ranked; use 'split'")
    if len({arm.weight for arm in experiment.arms}) > 1:
        raise InvalidInputException(
            "mode is 'interleave', where all arms take turns alike; leave the weights out"
        )
    metric = experiment.metric
    if (metric.kind, metric.credit, metric.cap) != ("conversion", "recommendation", None):
        raise InvalidInputException(
            "mode is 'interleave', where each item that is chosen counts for the arm that brought it:"
            " metric.kind can be 'conversion' alone, metric.credit 'recommendation' alone, without a cap"
        )
