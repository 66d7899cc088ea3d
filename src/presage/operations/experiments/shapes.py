"""What callers write and read of experiments."""

import msgspec
from msgspec import Struct

from presage.decisions.written import Label, Written
from presage.experiments.experiment import Experiment, Weight

from ..decisions.pages import Paged


class CreateExperiment(Experiment, frozen=True):
    """An experiment, and tags for it."""

    tags: dict[str, str] = msgspec.field(default_factory=dict)


class UpdateExperiment(Written, frozen=True):
    """Other weights; arms that are not named keep theirs."""

    weights: dict[str, Weight]


class StopExperiment(Written, frozen=True):
    """Which arm everybody gets from now on; empty = the control."""

    arm: Label = ""


class ExperimentSummary(Struct, frozen=True, kw_only=True, rename="camel"):
    """An experiment in a list; INACTIVE = it was stopped."""

    name: str
    experiment_arn: str
    status: str
    creation_date_time: float


class DescribedExperiment(ExperimentSummary, frozen=True, kw_only=True, rename="camel"):
    """An experiment as it stands.

    Parameters
    ----------
    shares : arm -> its part of the users, as they are assigned now
    answering : the arm that everybody gets since the experiment was stopped; empty = it runs
    """

    experiment: Experiment
    shares: dict[str, float]
    answering: str
    last_updated_date_time: float
    tags: dict[str, str]


class ListedExperiments(Paged, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A page of the experiments, newest first."""

    experiments: list[ExperimentSummary]
