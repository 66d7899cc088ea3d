"""Experiments as resources: made, changed, stopped, started, described, deleted."""

import secrets
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import msgspec

from presage.errors import InvalidInputException, shown
from presage.experiments.comparing import least_chance
from presage.experiments.experiment import ARN, Experiment, check_experiment
from presage.experiments.splitting import UNITS, cut, sizes_of
from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.resources.states import RESTING, Motion, State

from ..decisions import campaigns as offer_campaigns
from ..decisions.pages import Page, page_of
from ..decisions.records import summary_of, tags_held
from ..kinds import Kind, Move
from ..lifecycle import create, delete, find, find_active
from ..personalize import campaigns, recommenders
from ..server import Server
from .running import answerer, experiment_of, forget, sizes_now
from .shapes import (
    CreateExperiment,
    DescribedExperiment,
    ExperimentSummary,
    ListedExperiments,
    StopExperiment,
    UpdateExperiment,
)


def _drop(server: Server, record: Record) -> None:
    """Forget who was exposed and what they did."""
    forget(server)
    server.stores.drop_experiment(record)


KIND = Kind(
    service="decisions",
    name="Experiment",
    arn="experiment/{name}",
    arn_service="personalize",  # it stands where a campaign's does
    moves={
        Motion.CREATE: Move(at_once=True),
        Motion.STOP: Move(since=frozenset({State.ACTIVE})),
        Motion.START: Move(since=frozenset({State.INACTIVE})),
        Motion.DELETE: Move(since=RESTING, work=_drop),
    },
)


def create_experiment(server: Server, _name: str, asked: CreateExperiment) -> DescribedExperiment:
    """Make an experiment; it runs at once."""
    check_experiment(asked)
    stream = uuid4().hex[:12]
    sizes = sizes_of([arm.weight for arm in asked.arms])
    held: dict[str, Any] = msgspec.to_builtins(asked) | {"_folder": stream, "_answers": secrets.token_hex(4)}
    held |= {"_first": sizes, "_pieces": cut([], sizes), "salt": asked.salt or stream}
    held["tags"] = tags_held(asked.tags)
    server.stores.open_experiment(stream)  # one that is never used costs a row
    held["_groups"] = sorted(
        {_group(server, _target(server, server.records, arm.target)) for arm in asked.arms}
    )

    def targets(records: Reader) -> list[str]:
        """What its arms name; all must be usable."""
        return [_target(server, records, arm.target).arn for arm in asked.arms]

    record = create(server, KIND, held, parents=targets)
    forget(server)
    return _described(server, record)


def describe_experiment(server: Server, name: str, _asked: None) -> DescribedExperiment:
    """An experiment as it stands."""
    return _described(server, find(server.records, KIND, arn_of(server, name)))


def list_experiments(server: Server, _name: str, asked: Page) -> ListedExperiments:
    """The experiments, newest first, in pages."""
    records, token = page_of(server, KIND, asked)
    return ListedExperiments(
        experiments=[ExperimentSummary(**summary_of(KIND, record)) for record in records], next_token=token
    )


def update_experiment(server: Server, name: str, asked: UpdateExperiment) -> DescribedExperiment:
    """Change the arms' weights; as few users as can be get another arm."""
    with server.records.writing() as records:
        record = find(records, KIND, arn_of(server, name))
        experiment = experiment_of(record)
        weights = _weights(experiment, asked.weights)
        sizes = sizes_of(weights)
        _check_least(experiment, record["_first"], sizes)
        arms = [{**arm, "weight": weight} for arm, weight in zip(record["arms"], weights, strict=True)]
        pieces = cut([(length, arm) for length, arm in record["_pieces"]], sizes)
        record = records.change(record.arn, arms=arms, _pieces=pieces)
    forget(server)
    return _described(server, record)


def stop_experiment(server: Server, name: str, asked: StopExperiment) -> DescribedExperiment:
    """Stop an experiment: everybody gets one arm from now on, and nobody more is exposed."""
    return _moved(server, name, Motion.STOP, asked.arm)


def start_experiment(server: Server, name: str, _asked: None) -> DescribedExperiment:
    """Let an experiment that was stopped go on; users get the arms that they had."""
    return _moved(server, name, Motion.START, "")


def delete_experiment(server: Server, name: str, _asked: None) -> None:
    """Delete an experiment, and all that it knows."""
    delete(server, KIND, arn_of(server, name))
    forget(server)


def arn_of(server: Server, name: str) -> str:
    """The ARN of the experiment of a name."""
    return server.arn(KIND.arn_service, KIND.arn.format(name=name))


def _moved(server: Server, name: str, motion: Motion, arm: str) -> DescribedExperiment:
    """An experiment, stopped or started."""
    with server.records.writing() as records:
        record = find(records, KIND, arn_of(server, name))
        experiment = experiment_of(record)
        names = [one.name for one in experiment.arms]
        if arm and arm not in names:
            raise InvalidInputException(f"arm is {shown(arm)}; the arms are: {', '.join(names)}")
        answering = (arm or names[0]) if motion == Motion.STOP else None
        begun = records.begin(record.arn, motion, KIND.moves[motion].since, _answering=answering)
        record = records.settle(begun) or begun
    forget(server)
    return _described(server, record)


def _target(server: Server, records: Reader, target: str) -> Record:
    """What an arm names. Raises what speaks against it."""
    if not target.startswith(ARN):
        return find_active(records, offer_campaigns.KIND, offer_campaigns.arn_of(server, target))
    found = answerer(records, target)
    if not found:
        raise InvalidInputException(f"no ACTIVE campaign deploys {target}; create one, or name a campaign")
    kind = recommenders.KIND if ":recommender/" in found else campaigns.KIND
    return find_active(records, kind, found)


def _group(server: Server, target: Record) -> str:
    """The ARN of a target's dataset group; empty for an offer campaign."""
    version = server.records.get(target.get("solutionVersionArn", ""))
    return (version or target).get("datasetGroupArn", "")


def _weights(experiment: Experiment, asked: dict[str, float]) -> Sequence[float]:
    """The weight of each arm, after a change. Raises InvalidInputException."""
    names = [arm.name for arm in experiment.arms]
    unknown = next((name for name in asked if name not in names), None)
    if unknown is not None:
        raise InvalidInputException(
            f"weights names the arm {shown(unknown)}; the arms are: {', '.join(names)}"
        )
    if experiment.mode == "interleave":
        raise InvalidInputException(
            "mode is 'interleave', where all arms take turns alike; it has no weights"
        )
    weights = [asked.get(arm.name, arm.weight) for arm in experiment.arms]
    if not weights[0]:
        raise InvalidInputException(f"{names[0]}, the control, would have the weight 0; others need it")
    return weights


def _check_least(experiment: Experiment, first: list[int], sizes: list[int]) -> None:
    """Raises InvalidInputException if an arm would have less chance than the intervals are made for."""
    for arm in range(1, len(sizes)):
        least, wanted = least_chance(first, arm), least_chance(sizes, arm)
        if sizes[arm] and wanted < least:
            raise InvalidInputException(
                f"of the users of {experiment.arms[arm].name} and {experiment.arms[0].name}, one of the two"
                f" would get {wanted:.4g}; it got {least:.4g} when the experiment was made, and cannot become"
                " less, as the intervals would not hold: give the arm 0, or make another experiment"
            )


def _described(server: Server, record: Record) -> DescribedExperiment:
    experiment = experiment_of(record)
    return DescribedExperiment(
        **summary_of(KIND, record),
        experiment=experiment,
        shares={arm.name: size / UNITS for arm, size in zip(experiment.arms, sizes_now(record), strict=True)},
        answering=record.get("_answering") or "",
        last_updated_date_time=record.updated_at,
        tags=server.records.tags(record.arn),
    )
