"""What a solution asks for: its members parsed once, for the check at creation and for the training."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from presage.columns import (
    EVENT_TYPE,
    INTERACTIONS,
    ITEM_ID,
    ITEMS,
    TIMESTAMP,
    USER_ID,
    by_caseless,
    caseless,
)
from presage.errors import few
from presage.features.columns import NUMERIC, Selection
from presage.features.select import EventRule
from presage.recipes.use_cases import UseCase

from .hpo import n_trials_of, spaces_of
from .space import Candidate, Space

DEFAULT_DAYS = 7
MAX_DAYS = 30
NEEDED = frozenset({USER_ID, ITEM_ID, TIMESTAMP, EVENT_TYPE})
"""Columns that no solution may leave out."""


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A second aim beside relevance: items that earn more come forward.

    Parameters
    ----------
    item_attribute : the column of Items that says what an item earns
    sensitivity : OFF, LOW, MEDIUM or HIGH
    """

    item_attribute: str
    sensitivity: str


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """How the versions of a solution are trained.

    Parameters
    ----------
    spaces : what may be tried, one for each recipe
    n_trials : how many candidates are tried at most
    event_type : only events of this type are learned; None = of all types
    threshold : only events of at least this value are learned; None = of any value
    events : which events are learned and what they count; empty = all count the same
    selection : the columns that are learned
    objective : None = relevance alone
    """

    spaces: Sequence[Space]
    n_trials: int = 1
    event_type: str | None = None
    threshold: float | None = None
    events: Sequence[EventRule] = field(default_factory=list[EventRule])
    selection: Selection = field(default_factory=Selection)
    objective: Objective | None = None

    @property
    def recipes(self) -> list[str]:
        """AWS's names of the recipes that may be tried."""
        return [space.first.recipe for space in self.spaces]

    @property
    def settled(self) -> Candidate | None:
        """The only candidate; None if there is a choice."""
        is_settled = len(self.spaces) == 1 and not self.spaces[0].ranges
        return self.spaces[0].first if is_settled else None

    def settle(self, candidate: Candidate) -> Self:
        """The plan with one candidate, chosen already."""
        return replace(self, spaces=[Space(first=candidate)], n_trials=1)

    def check_columns(self, known: Mapping[str, Mapping[str, str]]) -> None:
        """Raise ValueError if a column does not exist, or is not of the kind that is needed.

        Parameters
        ----------
        known : dataset type -> column -> its kind in the schema: `string`, `int`, `float`, ...
        """
        if self.events and EVENT_TYPE not in by_caseless(known.get(INTERACTIONS, {})):
            raise ValueError("eventsConfig needs a column EVENT_TYPE in the Interactions dataset; add it")
        if self.objective:
            _check_numeric(self.objective.item_attribute, known.get(ITEMS, {}))
        _check_known("excludedDatasetColumns", self.selection.excluded, known)
        _check_known("includedDatasetColumns", self.selection.included, known)
        for columns in self.selection.excluded.values():
            for column in sorted(column for column in columns if caseless(column) in NEEDED):
                raise ValueError(f"excludedDatasetColumns names {column}; training needs it: leave it in")


def plan_of(solution: Mapping[str, Any]) -> TrainingPlan:
    """The plan of a solution.

    Parameters
    ----------
    solution : recipeArn, performAutoML, performHPO, eventType, solutionConfig, as CreateSolution takes them;
        each may be None or missing

    Raises ValueError naming the member, its value and what would be accepted.
    """
    config = solution.get("solutionConfig") or {}
    schedule_days(config)
    spaces = spaces_of(solution)
    return TrainingPlan(
        spaces=spaces,
        n_trials=n_trials_of(solution, spaces),
        event_type=solution.get("eventType"),
        threshold=_threshold(config.get("eventValueThreshold")),
        events=_events(solution, config),
        selection=_selection(config.get("trainingDataConfig") or {}),
        objective=_objective(config.get("optimizationObjective") or {}),
    )


def plan_of_recommender(use_case: UseCase, config: Mapping[str, Any]) -> TrainingPlan:
    """The plan of a recommender: what its use case says, without the columns that it leaves out.

    Parameters
    ----------
    config : recommenderConfig, as CreateRecommender takes it
    """
    return TrainingPlan(
        spaces=[Space(first=Candidate(recipe=use_case.recipe, settings=use_case.settings))],
        event_type=use_case.event_type,
        selection=_selection(config.get("trainingDataConfig") or {}),
    )


def schedule_days(config: Mapping[str, Any]) -> int:
    """The days between automatic trainings under a solutionConfig or solutionUpdateConfig.

    Raises ValueError if the schedule is none, or too long.
    """
    text = (config.get("autoTrainingConfig") or {}).get("schedulingExpression")
    if text is None:
        return DEFAULT_DAYS
    found = re.fullmatch(r"rate\((\d+) days?\)", text)
    if not found or not 1 <= int(found[1]) <= MAX_DAYS:
        raise ValueError(
            f"schedulingExpression is {text!r}; it must be from rate(1 day) to rate({MAX_DAYS} days)"
        )
    return int(found[1])


def _threshold(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"eventValueThreshold is {text!r}; it must be a number")
    return value


def _events(solution: Mapping[str, Any], config: Mapping[str, Any]) -> list[EventRule]:
    """The rules of eventsConfig, whose weights count by their ratios alone."""
    listed = (config.get("eventsConfig") or {}).get("eventParametersList") or ()
    if listed and solution.get("eventType"):
        raise ValueError("eventType and eventsConfig both say which events are learned; leave one out")
    rules: list[EventRule] = []
    for one in listed:
        if not one.get("eventType"):
            raise ValueError("eventParametersList has an entry without eventType; name one")
        if any(rule.event_type.upper() == one["eventType"].upper() for rule in rules):
            raise ValueError(f"eventParametersList names {one['eventType']!r} twice; name it once")
        weight = one.get("weight", 1.0)
        rules.append(
            EventRule(event_type=one["eventType"], threshold=one.get("eventValueThreshold"), weight=weight)
        )
    if rules and not any(rule.weight for rule in rules):
        raise ValueError("eventParametersList has no weight above 0; at least one event type must count")
    return rules


def _selection(config: Mapping[str, Any]) -> Selection:
    def by_type(member: str) -> dict[str, Collection[str]]:
        return {kind.upper(): tuple(columns) for kind, columns in (config.get(member) or {}).items()}

    return Selection(excluded=by_type("excludedDatasetColumns"), included=by_type("includedDatasetColumns"))


def _objective(config: Mapping[str, Any]) -> Objective | None:
    attribute = config.get("itemAttribute")
    if not attribute:
        return None
    return Objective(item_attribute=attribute, sensitivity=config.get("objectiveSensitivity") or "OFF")


def _check_numeric(attribute: str, kinds: Mapping[str, str]) -> None:
    if kinds.get(by_caseless(kinds).get(caseless(attribute), "")) not in NUMERIC:
        numeric = [repr(name) for name, kind in kinds.items() if kind in NUMERIC]
        raise ValueError(
            f"itemAttribute {attribute!r} is no numeric column of the Items dataset;"
            f" those are: [{few(numeric)}]"
        )


def _check_known(
    member: str, columns: Mapping[str, Collection[str]], known: Mapping[str, Mapping[str, str]]
) -> None:
    for dataset_type, names in columns.items():
        there = list(known.get(dataset_type, {}))
        listed = few([repr(name) for name in there])
        for name in names:
            if caseless(name) not in by_caseless(there):
                raise ValueError(f"{member} names {dataset_type}.{name}; its columns are: [{listed}]")
