"""Recipes, algorithms and feature transformations: read only, from the recipes that can be trained here."""

from dataclasses import dataclass
from typing import Any

from presage.errors import InvalidInputException, ResourceNotFoundException
from presage.recipes import RECIPES
from presage.recipes.settings import Setting, settings_of
from presage.recipes.use_cases import USE_CASES
from presage.resources.record import Record
from presage.resources.states import State
from presage.wire.models import OPERATIONS

from ..server import Server
from ..views import PAGE, Answer, Request, read_token, write_token

PREFIX = "arn:aws:personalize:::"
LIST_RECIPES = OPERATIONS["personalize", "ListRecipes"]
RELEASED_AT = 1_556_668_800.0  # 2019-05-01, before which none of them was to be had


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What the catalogue says of a recipe.

    Parameters
    ----------
    type : which runtime call it answers and how
    algorithm, transformation : those that are not named as the recipe is
    explores : whether new items come forward in the answers of its campaigns
    exploration_config : whether campaigns take itemExplorationConfig
    objective : whether solutions take an optimizationObjective
    updates : whether trainingMode UPDATE is possible
    scores : whether answers carry scores
    uses_context : whether requests may carry context
    tells_why : whether answers give the reason of an item that exploration moved up
    event_weights : whether solutions take an eventsConfig
    metadata : whether answers may carry items' metadata without the campaign being asked to
    influenced : whether campaigns take a rankingInfluence
    """

    type: str
    description: str
    algorithm: str = ""
    transformation: str = ""
    explores: bool = False
    exploration_config: bool = False
    objective: bool = False
    updates: bool = False
    scores: bool = True
    uses_context: bool = True
    tells_why: bool = False
    event_weights: bool = False
    metadata: bool = False
    influenced: bool = False

    @property
    def of_actions(self) -> bool:
        """Whether it recommends actions instead of items."""
        return self.type == "PERSONALIZED_ACTIONS"


LISTED = {
    "aws-user-personalization": Listed(
        type="USER_PERSONALIZATION",
        description="Predicts what a user will use next from the order of past events; tries out new items.",
        explores=True,
        exploration_config=True,
        objective=True,
        updates=True,
    ),
    "aws-personalized-ranking": Listed(
        type="PERSONALIZED_RANKING",
        description="Puts a given list of items in the order in which a user will want them.",
        transformation="JSON-percentile-filtering",
        objective=True,
    ),
    "aws-user-personalization-v2": Listed(
        type="USER_PERSONALIZATION",
        description="Predicts what a user will use next by several models at once; tries out new items.",
        explores=True,
        tells_why=True,
        event_weights=True,
        metadata=True,
    ),
    "aws-personalized-ranking-v2": Listed(
        type="PERSONALIZED_RANKING",
        description="Puts a given list of items in the order in which several models at once expect them.",
        event_weights=True,
        metadata=True,
    ),
    "aws-hrnn": Listed(
        type="USER_PERSONALIZATION",
        description="A hierarchical recurrent network over the events of a user's sessions. Legacy.",
    ),
    "aws-hrnn-metadata": Listed(
        type="USER_PERSONALIZATION",
        description="The hierarchical recurrent network with item, user and context metadata. Legacy.",
        transformation="featurize_metadata",
    ),
    "aws-hrnn-coldstart": Listed(
        type="USER_PERSONALIZATION",
        description="The hierarchical recurrent network with metadata, exploring items that are new. Legacy.",
        transformation="featurize_coldstart",
        updates=True,
    ),
    "aws-similar-items": Listed(
        type="RELATED_ITEMS",
        description="Items that the same users used; of new items, those like them by their metadata.",
        scores=False,
        uses_context=False,
    ),
    "aws-sims": Listed(
        type="RELATED_ITEMS",
        description="Items that the same users used: item-to-item collaborative filtering.",
        transformation="sims",
        scores=False,
        uses_context=False,
    ),
    "aws-semantic-similarity": Listed(
        type="RELATED_ITEMS",
        description="Items whose names and texts are about the same.",
        scores=False,
        uses_context=False,
        metadata=True,
        influenced=True,
    ),
    "aws-trending-now": Listed(
        type="POPULAR_ITEMS",
        description="Items whose use grows fastest from one interval to the next, as of this moment.",
        algorithm="aws-trending-now-custom",
        scores=False,
        uses_context=False,
    ),
    "aws-popularity-count": Listed(
        type="POPULAR_ITEMS",
        description="Items that most users used, the same list for everybody; the baseline.",
        transformation="sims",
        scores=False,
        uses_context=False,
    ),
    "aws-item-affinity": Listed(
        type="USER_SEGMENTATION",
        description="The users who will most likely want an item, for batch segment jobs.",
        transformation="item-affinity",
        scores=False,
        uses_context=False,
    ),
    "aws-item-attribute-affinity": Listed(
        type="USER_SEGMENTATION",
        description="The users who will most likely want items of some attributes, for batch segment jobs.",
        transformation="item-attribute-affinity",
        scores=False,
        uses_context=False,
    ),
    "presage-als": Listed(
        type="USER_PERSONALIZATION",
        description="Users and items as vectors, by implicit alternating least squares. Not AWS's.",
        uses_context=False,
    ),
    "aws-next-best-action": Listed(
        type="PERSONALIZED_ACTIONS",
        description="The actions, such as joining a club, that a user is most likely to take.",
        uses_context=False,
    ),
    "presage-blend": Listed(
        type="USER_PERSONALIZATION",
        description="Rules, ridges and random walks, weighed by what predicts best. Not AWS's.",
        uses_context=False,
    ),
    "presage-ease": Listed(
        type="USER_PERSONALIZATION",
        description="Each item from all others by least squares, in closed form (EASE). Not AWS's.",
        uses_context=False,
    ),
    "presage-linear-recurrence": Listed(
        type="USER_PERSONALIZATION",
        description="The next item from sums of what was used that fade at several speeds. Not AWS's.",
        uses_context=False,
    ),
    "presage-rp3beta": Listed(
        type="USER_PERSONALIZATION",
        description="Random walks from a user's items over their other users. Not AWS's.",
        uses_context=False,
    ),
    "presage-spectral": Listed(
        type="USER_PERSONALIZATION",
        description="Items related by filtering the graph of who used what, in closed form. Not AWS's.",
        uses_context=False,
    ),
    "presage-sequential-ridge": Listed(
        type="USER_PERSONALIZATION",
        description="The next item from all items before it by least squares, in closed form. Not AWS's.",
        uses_context=False,
    ),
    "presage-sequential-rules": Listed(
        type="USER_PERSONALIZATION",
        description="What followed the items that a user used last. Not AWS's.",
        uses_context=False,
    ),
}


OF_USE_CASES = {
    name: Listed(
        type="RELATED_ITEMS" if case.asks_item else "USER_PERSONALIZATION",
        description=case.description,
        explores=LISTED[case.recipe].explores,
        exploration_config=LISTED[case.recipe].explores,
        scores=False,
        uses_context=LISTED[case.recipe].uses_context,
    )
    for name, case in USE_CASES.items()
}
"""What the catalogue says of the recipes of recommenders, which take on what the recipe does that learns."""
KNOWN = {**LISTED, **OF_USE_CASES}
"""Every recipe that something may answer with."""


def recipe_name(arn: str) -> str:
    """The recipe of a solution that an ARN names; raises ResourceNotFoundException."""
    return _named(arn, "recipe", LISTED)


def use_case_name(arn: str) -> str:
    """The recipe of a recommender that an ARN names.

    Raises ResourceNotFoundException, or InvalidInputException for a recipe of solutions.
    """
    name = _named(arn, "recipe", KNOWN)
    if name not in USE_CASES:
        raise InvalidInputException(
            f"{arn} is a recipe of solutions; a recommender takes one of: {', '.join(sorted(USE_CASES))}."
        )
    return name


def recipe_of(record: Record) -> str:
    """The recipe of a version or recommender that was let be made."""
    return record["recipeArn"].removeprefix(f"{PREFIX}recipe/")


def list_recipes(_server: Server, request: Request) -> Answer:
    """ListRecipes: those that can be trained, then those of use cases; with `domain` just its use cases."""
    domain, limit = request.get("domain", ""), request.get("maxResults", PAGE)
    cases = [name for name, case in USE_CASES.items() if domain in ("", case.domain)]
    names = cases if domain else [*sorted(LISTED), *cases]
    begin = read_token(request.get("nextToken"), LIST_RECIPES.action, domain) or 0
    answer: Answer = {"recipes": [_summary(name) for name in names[begin : begin + limit]]}
    if len(names) > begin + limit:
        answer["nextToken"] = write_token(LIST_RECIPES.action, domain, begin + limit)
    return answer


def describe_recipe(_server: Server, request: Request) -> Answer:
    """DescribeRecipe: its type, algorithm and feature transformation."""
    return {"recipe": _recipe(_named(request["recipeArn"], "recipe", KNOWN))}


def describe_algorithm(_server: Server, request: Request) -> Answer:
    """DescribeAlgorithm: default hyperparameters and the ranges in which they may be searched."""
    known = {listed.algorithm or name: name for name, listed in LISTED.items()}
    name = _named(request["algorithmArn"], "algorithm", known)
    settings = {
        setting: pair
        for setting, pair in settings_of(RECIPES[known[name]]).items()
        if pair[1].group == "algorithmHyperParameters"
    }
    return {
        "algorithm": {
            "name": name,
            "algorithmArn": request["algorithmArn"],
            "defaultHyperParameters": {key: _text(default) for key, (default, _) in settings.items()},
            "defaultHyperParameterRanges": _ranges(settings),
            "creationDateTime": RELEASED_AT,
            "lastUpdatedDateTime": RELEASED_AT,
        }
    }


def describe_feature_transformation(_server: Server, request: Request) -> Answer:
    """DescribeFeatureTransformation: the default parameters of what happens before training."""
    known = {listed.transformation or name: name for name, listed in LISTED.items()}
    name = _named(request["featureTransformationArn"], "feature-transformation", known)
    defaults = {
        key: _text(default)
        for key, (default, accepts) in settings_of(RECIPES[known[name]]).items()
        if accepts.group == "featureTransformationParameters"
    }
    return {
        "featureTransformation": {
            "name": name,
            "featureTransformationArn": request["featureTransformationArn"],
            "defaultParameters": defaults,
            "status": State.ACTIVE,
            "creationDateTime": RELEASED_AT,
            "lastUpdatedDateTime": RELEASED_AT,
        }
    }


def _named(arn: str, kind: str, known: Any) -> str:
    head = f"{PREFIX}{kind}/"
    name = arn.removeprefix(head)
    if not arn.startswith(head) or name not in known:
        choices = ", ".join(head + other for other in sorted(known))
        raise ResourceNotFoundException(
            f"No {kind.replace('-', ' ')} has the ARN {arn}; there are: {choices}"
        )
    return name


def _summary(name: str) -> Answer:
    return {
        "name": name,
        "domain": USE_CASES[name].domain if name in USE_CASES else None,
        "recipeArn": f"{PREFIX}recipe/{name}",
        "status": State.ACTIVE,
        "creationDateTime": RELEASED_AT,
        "lastUpdatedDateTime": RELEASED_AT,
    }


def _recipe(name: str) -> Answer:
    """What DescribeRecipe tells, whose shape knows no domain."""
    summary = {member: value for member, value in _summary(name).items() if member != "domain"}
    listed = KNOWN[name]
    told = {**summary, "description": listed.description, "recipeType": listed.type}
    if name in USE_CASES:
        return told
    return {
        **told,
        "algorithmArn": f"{PREFIX}algorithm/{listed.algorithm or name}",
        "featureTransformationArn": f"{PREFIX}feature-transformation/{listed.transformation or name}",
    }


def _ranges(settings: dict[str, tuple[Any, Setting]]) -> Answer:
    whole: list[Answer] = []
    continuous: list[Answer] = []
    categorical: list[Answer] = []
    for name, (default, accepts) in settings.items():
        tunable = {"name": name, "isTunable": accepts.tunable}
        if accepts.choices:
            categorical.append({**tunable, "values": list(accepts.choices)})
        else:
            target = whole if isinstance(default, int) else continuous
            target.append({**tunable, "minValue": accepts.low, "maxValue": accepts.high})
    return {
        "integerHyperParameterRanges": whole,
        "continuousHyperParameterRanges": continuous,
        "categoricalHyperParameterRanges": categorical,
    }


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
