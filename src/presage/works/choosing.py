"""Which recipe, which settings: hyperparameter optimisation and AutoML are one search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from presage.features.judge import judge, split_log
from presage.recipes import RANKING
from presage.recipes.data import Interactions, RankingRecipe, Report
from presage.recipes.settings import Group, Setting, parse_settings, settings_of
from presage.resources.store import Record

JUDGED_BY = "normalized_discounted_cumulative_gain_at_25"
DEFAULT_TRIALS = 5
MAX_TRIALS = 40
PARTS: tuple[Group, ...] = ("algorithmHyperParameters", "featureTransformationParameters")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A recipe with settings.

    Parameters
    ----------
    recipe : AWS's name
    settings : what its dataclass is made with; the rest keeps its defaults
    """

    recipe: str
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def make(self) -> RankingRecipe:
        """The recipe, ready to fit."""
        return RANKING[self.recipe](**self.settings)

    def texts(self) -> dict[str, str]:
        """The settings as AWS's map of strings."""
        return {name: str(value).lower() for name, value in self.settings.items()}


def candidates_of(record: Record) -> list[Candidate]:
    """What a version asks to be tried: one candidate, or several with performHPO or performAutoML."""
    config = record.get("solutionConfig") or {}
    recipes = [_name(record["recipeArn"])] if record.get("recipeArn") else _listed(config)
    found: list[Candidate] = []
    for recipe in recipes:
        given: dict[str, Any] = {}
        for part in PARTS:
            given |= parse_settings(RANKING[recipe], config.get(part) or {}, part)
        found.append(Candidate(recipe=recipe, settings=given))
        if record.get("performHPO"):
            found += _draw(found[-1], config.get("hpoConfig") or {})
    return found


def choose(candidates: Sequence[Candidate], log: Interactions, report: Report) -> Candidate:
    """The candidate that ranks best for users whom neither its training nor the final judgement sees."""
    if len(candidates) == 1:
        return candidates[0]
    split = split_log(split_log(log).training, seed=1)
    scores: list[float] = []
    for number, candidate in enumerate(candidates):
        report(f"trying {number + 1} of {len(candidates)}", number / len(candidates))
        scores.append(judge(candidate.make().fit(split.training), split)[JUDGED_BY])
    return candidates[int(np.argmax(scores))]


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _listed(config: Mapping[str, Any]) -> list[str]:
    listed = (config.get("autoMLConfig") or {}).get("recipeList")
    return [_name(arn) for arn in listed or ()] or ["aws-hrnn", "aws-hrnn-metadata", "aws-popularity-count"]


def _draw(base: Candidate, config: Mapping[str, Any]) -> list[Candidate]:
    """Random settings beside the base's, from the ranges asked for or else all that may be tuned."""
    ranges = _ranges(base.recipe, config.get("algorithmHyperParameterRanges") or {})
    if not ranges:
        return []
    wanted = (config.get("hpoResourceConfig") or {}).get("maxNumberOfTrainingJobs")
    n_trials = min(MAX_TRIALS, int(wanted) if wanted else DEFAULT_TRIALS)
    rng = np.random.default_rng(0)
    drawn = [{name: _pick(rng, *pair) for name, pair in ranges.items()} for _ in range(n_trials - 1)]
    return [Candidate(recipe=base.recipe, settings={**base.settings, **settings}) for settings in drawn]


def _ranges(recipe: str, asked: Mapping[str, Any]) -> dict[str, tuple[Any, Setting]]:
    known = {name: pair for name, pair in settings_of(RANKING[recipe]).items() if pair[1].tunable}
    wanted = [one for part in asked.values() for one in part]
    if not wanted:
        return known
    return {one["name"]: (known[one["name"]][0], _narrowed(known[one["name"]][1], one)) for one in wanted}


def _narrowed(accepts: Setting, one: Mapping[str, Any]) -> Setting:
    return Setting(
        low=one.get("minValue", accepts.low),
        high=one.get("maxValue", accepts.high),
        choices=one.get("values", accepts.choices),
    )


def _pick(rng: np.random.Generator, default: Any, accepts: Setting) -> Any:
    if accepts.choices:
        chosen = accepts.choices[int(rng.integers(len(accepts.choices)))]
        return chosen == "true" if isinstance(default, bool) else chosen
    if isinstance(default, int):
        return int(rng.integers(int(accepts.low or 0), int(accepts.high or 0) + 1))
    return float(rng.uniform(accepts.low or 0.0, accepts.high or 1.0))
