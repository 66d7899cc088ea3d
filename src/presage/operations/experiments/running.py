"""Experiments at work in this process: found by ARN or by the ids of their answers, exposures logged."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec

from presage.errors import ResourceNotFoundException
from presage.experiments.experiment import Experiment
from presage.experiments.splitting import Pieces, arm_of, held
from presage.experiments.units import Record as Logged
from presage.ids import new_id
from presage.log import NoSuchStream
from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.resources.states import Motion

from ..decisions.records import members_of
from ..server import Server

ALL_ARMS = "x"
"""Stands where a recommendationId names its arm, if the answer has items of all of them."""
_ANSWERS, _ARM = slice(4, 12), 13
"""Where a recommendationId holds the experiment that gave it, and the arm."""
_KNOWN = "known"


@dataclass(frozen=True, kw_only=True)
class Running:
    """An experiment as it was a moment ago.

    Parameters
    ----------
    targets : of each arm, the campaign, recommender or offer campaign that answers; empty = none does
    groups : the ARNs of the dataset groups of its arms
    stream : of the event log, where exposures and outcomes stand
    pieces : the line of users, as it is cut now
    answers : eight hexadecimal digits that stand in each recommendationId that it gives
    answering : the arm that everybody gets, as it was stopped; None = it runs
    """

    arn: str
    experiment: Experiment
    targets: list[str]
    groups: list[str]
    stream: str
    pieces: Pieces
    answers: str
    answering: int | None

    @cached_property
    def sizes(self) -> list[int]:
        """The units of each arm."""
        return [held(self.pieces, arm) for arm in range(len(self.experiment.arms))]

    def arm_of(self, user: str) -> int:
        """The arm that a user gets now."""
        if self.answering is not None:
            return self.answering
        return arm_of(self.pieces, self.experiment.salt, user)

    @property
    def is_mixing(self) -> bool:
        """Whether answers have items of all arms."""
        return self.experiment.mode == "interleave" and self.answering is None

    def answer_id(self, short_name: str, arm: int | None) -> str:
        """A new recommendationId in AWS's form: it leads back to experiment, arm and deployment.

        Parameters
        ----------
        short_name : of the deployment that answered
        arm : None = all of them
        """
        digit = ALL_ARMS if arm is None else f"{arm:x}"
        return f"RID-{self.answers}-{digit}{new_id().replace('-', '')[-15:]}-CID-{short_name}"

    def named_arm(self, answer: str) -> str | None:
        """The arm that a recommendationId of this experiment names; None = all of them."""
        digit = answer[_ARM]
        arms = self.experiment.arms
        return arms[int(digit, 16)].name if digit in "0123456789abcdef"[: len(arms)] else None


def is_experiment(arn: str) -> bool:
    """Whether an ARN is one of an experiment."""
    return ":experiment/" in arn


def running(server: Server, arn: str) -> Running:
    """The experiment of an ARN. Raises ResourceNotFoundException."""
    found = _find(server, arn)
    if found is None:
        raise ResourceNotFoundException(f"No experiment has the ARN {arn}.")
    return found


def known(server: Server) -> Mapping[str, Running]:
    """ARN -> experiment, and the digits in its answers' ids -> the same; as they were a moment ago."""
    found = server.experiments.get(_KNOWN)
    if found is None:
        records = server.stores.experiments()
        all_ = [_running(server, one) for one in records if one.motion == Motion.NONE]
        found = {name: one for one in all_ for name in (one.arn, one.answers)}
        server.experiments[_KNOWN] = found
    return found


def giver(server: Server, answer: str) -> Running | None:
    """The experiment that gave a recommendationId; None if none did."""
    return _find(server, answer[_ANSWERS]) if len(answer) == 40 and answer[12] == "-" else None


def _find(server: Server, name: str) -> Running | None:
    """The experiment of a name, be it one that another process made just now."""
    found = known(server).get(name)
    if found is None and name not in server.experiments:
        forget(server)
        found = known(server).get(name)
        server.experiments[name] = found  # that there is none is remembered for a moment
    return found


def forget(server: Server) -> None:
    """Look experiments up again: they have changed."""
    server.experiments.clear()


async def expose_once(server: Server, run: Running, record: Logged) -> None:
    """Log that a user met an arm, unless this process did lately; on disk when this returns."""
    seen = (run.stream, record["user"], record["arm"])
    if seen not in server.exposed:
        await log(server, run, [record])
        server.exposed[seen] = True


async def log(server: Server, run: Running, records: list[Logged]) -> None:
    """Log what happened in an experiment. Raises ResourceNotFoundException if it was deleted."""
    try:
        await server.handover.wait(server.stores.log.append(run.stream, records))
    except NoSuchStream:
        raise ResourceNotFoundException(f"No experiment has the ARN {run.arn}.") from None


def experiment_of(record: Record) -> Experiment:
    """The experiment that a record holds."""
    return msgspec.convert(members_of(record, Experiment), Experiment)


def sizes_now(record: Record) -> list[int]:
    """The units of each arm."""
    return [held(record["_pieces"], arm) for arm in range(len(record["arms"]))]


def _running(server: Server, record: Record) -> Running:
    experiment = experiment_of(record)
    names = [arm.name for arm in experiment.arms]
    answering = record.get("_answering")
    return Running(
        arn=record.arn,
        experiment=experiment,
        targets=[answerer(server.records, arm.target) for arm in experiment.arms],
        groups=record["_groups"],
        stream=record["_folder"],
        pieces=[(length, arm) for length, arm in record["_pieces"]],
        answers=record["_answers"],
        answering=names.index(answering) if answering else None,
    )


def answerer(records: Reader, target: str) -> str:
    """What answers for a target: of a solution version, the newest campaign of it; empty if none does."""
    if ":solution/" not in target:
        return target
    campaigns = records.children(target, "Campaign")
    return next((one.arn for one in campaigns if one.is_active and one["solutionVersionArn"] == target), "")
