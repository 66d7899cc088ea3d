"""What an experiment shows, read from its stream each time that it is asked for."""

from collections.abc import Iterator

from presage.experiments.experiment import Experiment
from presage.experiments.results import Results, results_of
from presage.experiments.units import Units, read_units
from presage.log import LoggedRecord, read_on
from presage.resources.record import Record

from ..decisions.campaigns import decider_of
from ..lifecycle import find
from ..server import Server
from .experiments import KIND, arn_of
from .running import experiment_of, sizes_now


def describe_results(server: Server, name: str, _asked: None) -> Results:
    """Per arm, against the control with intervals that hold however often one looks, and in words."""
    record = find(server.records, KIND, arn_of(server, name))
    experiment, at = experiment_of(record), server.clock()
    units = units_of(server, record)
    return results_of(experiment, units, first=record["_first"], now=sizes_now(record), at=at)


def units_of(server: Server, record: Record) -> Units:
    """The users of an experiment by now, and what each did."""
    experiment = experiment_of(record)
    told = read_on(server.stores.log, record["_folder"])
    return read_units(experiment, told, _rewards(server, experiment, server.clock()))


def _rewards(server: Server, experiment: Experiment, at: float) -> Iterator[LoggedRecord]:
    """The streams of an experiment's offer campaigns, if it has any."""
    targets = [arm.target for arm in experiment.arms] if experiment.is_of_offers else []
    for target in dict.fromkeys(targets):  # in an A/A test arms may have one
        decider = decider_of(server, target)
        decider.settle(at)
        yield from decider.records()
