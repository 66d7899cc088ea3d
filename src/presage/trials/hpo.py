"""What performAutoML and performHPO ask to be tried: recipes, ranges of settings, how many trials."""

from collections.abc import Mapping, Sequence
from typing import Any

from presage.recipes import RANKING, RECIPES
from presage.recipes.settings import Group, Setting, parse_settings, settings_of

from .space import Candidate, Range, Space

DEFAULT_TRIALS = 5
MAX_TRIALS = 40
MAX_PARALLEL = 10
AUTO_ML = ("aws-hrnn", "aws-hrnn-metadata", "aws-popularity-count", "presage-blend")
"""What performAutoML chooses from when it is given no list."""
TUNED: Group = "algorithmHyperParameters"
GROUPS: tuple[Group, ...] = (TUNED, "featureTransformationParameters")


def spaces_of(solution: Mapping[str, Any]) -> list[Space]:
    """A space for each recipe that a solution names, or lets performAutoML choose from.

    Raises ValueError naming the member that is wrong.
    """
    config = solution.get("solutionConfig") or {}
    recipes = _recipes(solution, config)
    if not solution.get("performHPO"):
        return [_space(recipe, config, {}) for recipe in recipes]
    asked = _asked(config)
    _check_names(recipes, asked)
    return [_space(recipe, config, ranges_of(RECIPES[recipe], asked)) for recipe in recipes]


def n_trials_of(solution: Mapping[str, Any], spaces: Sequence[Space]) -> int:
    """How many candidates are tried at most; each recipe once at least.

    Raises ValueError if hpoResourceConfig asks for a wrong number.
    """
    if not solution.get("performHPO"):
        return len(spaces)
    hpo = (solution.get("solutionConfig") or {}).get("hpoConfig") or {}
    resources = hpo.get("hpoResourceConfig") or {}
    _count(resources, "maxParallelTrainingJobs", 1, MAX_PARALLEL)
    return max(len(spaces), _count(resources, "maxNumberOfTrainingJobs", DEFAULT_TRIALS, MAX_TRIALS))


def tuned(candidate: Candidate) -> dict[str, str]:
    """A candidate's hyperparameters as AWS's map of strings."""
    groups = {name: accepts.group for name, (_, accepts) in settings_of(RECIPES[candidate.recipe]).items()}
    return {name: str(v).lower() for name, v in candidate.settings.items() if groups[name] == TUNED}


def _recipes(solution: Mapping[str, Any], config: Mapping[str, Any]) -> list[str]:
    given = solution.get("recipeArn")
    if not solution.get("performAutoML"):
        if not given:
            raise ValueError("recipeArn is missing; name a recipe, or set performAutoML.")
        return [_recipe("recipeArn", given)]
    if given:
        raise ValueError("performAutoML chooses the recipe; leave recipeArn out.")
    listed = (config.get("autoMLConfig") or {}).get("recipeList") or AUTO_ML
    return list(dict.fromkeys(_recipe("recipeList", arn) for arn in listed))


def _recipe(member: str, arn: str) -> str:
    name = arn.rpartition("/")[2]
    known = RECIPES if member == "recipeArn" else RANKING
    if name not in known:
        raise ValueError(f"{member} names {arn!r}; it must be one of: {', '.join(sorted(known))}")
    return name


def _space(recipe: str, config: Mapping[str, Any], ranges: Mapping[str, Range]) -> Space:
    given: dict[str, Any] = {}
    for group in GROUPS:
        given |= parse_settings(RECIPES[recipe], config.get(group) or {}, group)
    return space_of(recipe, RECIPES[recipe], given, ranges)


def _asked(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The entries of all three lists of algorithmHyperParameterRanges."""
    lists = (config.get("hpoConfig") or {}).get("algorithmHyperParameterRanges") or {}
    return [one for listed in lists.values() for one in listed or ()]


def _check_names(recipes: Sequence[str], asked: Sequence[Mapping[str, Any]]) -> None:
    able = sorted({name for recipe in recipes for name in tunable(RECIPES[recipe])})
    for one in asked:
        if one.get("name") not in able:
            known = ", ".join(able) or "none"
            raise ValueError(f"{', '.join(recipes)} cannot tune {one.get('name')!r}; it can tune: {known}")


def tunable(kind: type) -> dict[str, tuple[Any, Setting]]:
    """The settings of a recipe that may be tuned, as `settings_of` has them."""
    return {name: pair for name, pair in settings_of(kind).items() if pair[1].tunable}


def ranges_of(kind: type, asked: Sequence[Mapping[str, Any]]) -> dict[str, Range]:
    """The ranges asked for as far as a recipe knows them; all that it can tune if none was asked for.

    Parameters
    ----------
    asked : `name` each, and `values`, or `minValue` and `maxValue`

    Raises ValueError naming the setting whose range is wrong.
    """
    known = tunable(kind)
    wanted = [one for one in asked if one["name"] in known] if asked else [{"name": name} for name in known]
    return {one["name"]: _range(kind, one, *known[one["name"]]) for one in wanted}


def space_of(recipe: str, kind: type, given: Mapping[str, Any], ranges: Mapping[str, Range]) -> Space:
    """The candidates of a recipe: settings that are given, and those that may vary.

    Raises ValueError for settings that contradict each other.
    """
    defaults = {name: default for name, (default, _) in settings_of(kind).items()}
    first = {name: one.nearest(given.get(name, defaults[name])) for name, one in ranges.items()}
    kind(**given)
    return Space(first=Candidate(recipe=recipe, settings={**given, **first}), ranges=ranges)


def _range(kind: type, one: Mapping[str, Any], default: Any, accepts: Setting) -> Range:
    def parse(value: Any) -> Any:
        return parse_settings(kind, {one["name"]: str(value)}, TUNED)[one["name"]]

    choices = one.get("values") or accepts.choices
    if choices:
        return Range(choices=tuple(parse(value) for value in choices))
    low, high = parse(one.get("minValue", accepts.low)), parse(one.get("maxValue", accepts.high))
    if low > high:
        raise ValueError(f"{one['name']} ranges from {low} to {high}; swap them")
    return Range(low=low, high=high, whole=isinstance(default, int), log=accepts.log)


def _count(resources: Mapping[str, str], member: str, default: int, most: int) -> int:
    text = resources.get(member)
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ValueError(f"{member} is {text!r}; it must be a whole number from 1 to {most}")
    return int(text)
