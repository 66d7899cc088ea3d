"""The kinds of resources that a file may declare: a row each, in a table.

What a row does not say follows from AWS's service model: the members, the operations, the member that holds
the name (`model.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, eq=False)
class Kind:
    """One kind of resource.

    Parameters
    ----------
    service : as boto3 names it; presage's own are the first segment of their paths
    name : AWS's word, as in Create<name>
    plural : as in List<plural>, if it is not the name with an s
    told_by : member of the list's summaries -> the value that those of this kind have there
    path : of presage's own: where the collection is
    held_in : of presage's own: the member of the description that holds what was declared; empty = all of it
    takes : of presage's own: the members that it is declared by, where the description holds more
    put : of presage's own: made by PUT to its name instead of POST to the collection
    posted_again : of presage's own: changed by POST of all of it to the collection, not by PATCH to its name
    within : the member that names the parent by which its list is narrowed; names are unique within it
    known_by : the member that tells it from others of its parent, if it is not the name
    after : kinds of which those that concern the same dataset group or dataset are done before
    in_line : a member; those for which it is the same are done one after the other, as they stand in the file
    numbered : it cannot be deleted; one that is to be replaced is made again beside it, as `name-2`
    updates : path of a member -> path of the request of Update that changes it
    completed : paths of lists to which the service adds entries of its own
    json_text : members that are a JSON text; the file may hold what the text means
    loses : what goes when one is deleted, in plain words; empty = nothing that is not made again
    """

    service: str
    name: str
    plural: str = ""
    told_by: Mapping[str, object] = field(default_factory=dict[str, object])
    path: str = ""
    held_in: str = ""
    takes: Sequence[str] = ()
    put: bool = False
    posted_again: bool = False
    within: str = ""
    known_by: str = ""
    after: Sequence[str] = ()
    in_line: str = ""
    numbered: bool = False
    updates: Mapping[str, str] = field(default_factory=dict[str, str])
    completed: Sequence[str] = ()
    json_text: Sequence[str] = ()
    loses: str = ""

    @property
    def is_own(self) -> bool:
        """Whether it is reached by presage's own calls rather than AWS's."""
        return bool(self.path)

    @property
    def id(self) -> tuple[str, str]:
        """What tells it from every other kind."""
        return self.service, self.name

    @property
    def listed(self) -> str:
        """The kind in the plural, as in List<plural>."""
        return self.plural or f"{self.name}s"


def _same(*members: str) -> dict[str, str]:
    """Members that Update takes as Create does."""
    return {member: member for member in members}


_TRAINED = ("Dataset", "DatasetImportJob")
_PERSONALIZE = (
    Kind(service="personalize", name="DatasetGroup"),
    Kind(service="personalize", name="Schema", json_text=("schema",)),
    Kind(
        service="personalize",
        name="Dataset",
        within="datasetGroupArn",
        known_by="datasetType",
        updates=_same("schemaArn"),
        loses="its rows",
    ),
    Kind(
        service="personalize",
        name="DatasetImportJob",
        in_line="datasetArn",
        numbered=True,
    ),
    Kind(
        service="personalize",
        name="EventTracker",
        within="datasetGroupArn",
        after=("Dataset",),
        loses="its tracking id",
    ),
    Kind(
        service="personalize",
        name="MetricAttribution",
        within="datasetGroupArn",
        after=("Dataset",),
        updates=_same("metrics", "metricsOutputConfig"),
    ),
    Kind(service="personalize", name="Filter", after=("Dataset",)),
    Kind(
        service="personalize",
        name="Solution",
        after=_TRAINED,
        updates={
            **_same("performAutoTraining", "performIncrementalUpdate"),
            "solutionConfig.autoTrainingConfig": "solutionUpdateConfig.autoTrainingConfig",
            "solutionConfig.eventsConfig": "solutionUpdateConfig.eventsConfig",
        },
        loses="its trained versions",
    ),
    Kind(
        service="personalize",
        name="SolutionVersion",
        within="solutionArn",
        after=_TRAINED,
        numbered=True,
    ),
    Kind(
        service="personalize",
        name="Campaign",
        after=("SolutionVersion",),
        updates=_same("solutionVersionArn", "minProvisionedTPS", "campaignConfig"),
    ),
    Kind(
        service="personalize",
        name="Recommender",
        after=_TRAINED,
        updates=_same("recommenderConfig"),
        loses="its trained model",
    ),
)
_FORECAST = (
    Kind(service="forecast", name="Dataset", loses="its rows"),
    Kind(service="forecast", name="DatasetGroup", updates=_same("DatasetArns")),
    Kind(
        service="forecast",
        name="DatasetImportJob",
        within="DatasetArn",
        in_line="DatasetArn",
        loses="the rows that it imported",
    ),
    Kind(
        service="forecast",
        name="Predictor",
        told_by={"IsAutoPredictor": False},
        after=_TRAINED,
        completed=("FeaturizationConfig.Featurizations",),
        loses="its trained model",
    ),
    Kind(
        service="forecast",
        name="AutoPredictor",
        plural="Predictors",
        told_by={"IsAutoPredictor": True},
        after=_TRAINED,
        completed=("DataConfig.AttributeConfigs",),
        loses="its trained model",
    ),
    Kind(service="forecast", name="Forecast"),
    Kind(service="forecast", name="Monitor", loses="its evaluations"),
    Kind(service="forecast", name="Explainability", plural="Explainabilities"),
    Kind(service="forecast", name="WhatIfAnalysis", plural="WhatIfAnalyses"),
    Kind(service="forecast", name="WhatIfForecast"),
)
_OWN = (
    Kind(
        service="features",
        name="FeatureSet",
        path="/features",
        takes=("streaming", "window", "latenessSeconds", "datasetGroupArn"),
        put=True,
        loses="the events that it was told",
    ),
    Kind(
        service="decisions",
        name="Campaign",
        path="/decisions/campaigns",
        held_in="campaign",
        updates=_same(
            *("offers", "noOffer", "objective", "policy", "budget", "challengers"),
            *("rewardRange", "rewardWaitSeconds", "defaultReward"),
        ),
        loses="its decisions, and what it learned of them",
    ),
    Kind(
        service="decisions",
        name="Experiment",
        path="/decisions/experiments",
        held_in="experiment",
        updates={"arms[].weight": "weights"},
        loses="who met which arm",
    ),
    Kind(
        service="pipelines",
        name="Pipeline",
        path="/pipelines",
        takes=("definition",),
        posted_again=True,
        json_text=("definition",),
        updates=_same("definition"),
        loses="what is known of its runs",
    ),
    Kind(
        service="deliveries",
        name="Delivery",
        plural="Deliveries",
        path="/deliveries",
        takes=("definition",),
        posted_again=True,
        json_text=("definition",),
        updates=_same("definition"),
    ),
    Kind(
        service="health",
        name="Alarm",
        told_by={"origin": "made"},
        path="/health/alarms",
        held_in="alarm",
        posted_again=True,
        updates=_same(
            *("metric", "subject", "above", "below", "forSeconds", "windowSeconds", "quantile", "channels"),
            *("isOn", "help"),
        ),
    ),
)
KINDS: Mapping[tuple[str, str], Kind] = {kind.id: kind for kind in (*_PERSONALIZE, *_FORECAST, *_OWN)}
"""(service, name) -> the kind; those of a service stand in the order in which they come to be."""

_RECIPE, _ALGORITHM = "arn:aws:personalize:::recipe/", "arn:aws:forecast:::algorithm/"
PREFIXES: Mapping[str, str] = {"recipeArn": _RECIPE, "recipeList": _RECIPE, "AlgorithmArn": _ALGORITHM}
"""Members that name what AWS itself provides -> what stands before the name in its ARN."""

REFERS: Mapping[str, Mapping[str, Sequence[tuple[str, str]]]] = {
    "personalize": {
        f"{name[0].lower()}{name[1:]}Arn": [("personalize", name)]
        for name in ("DatasetGroup", "Schema", "Dataset", "Solution", "SolutionVersion", "Filter")
    },
    "forecast": {
        "DatasetArn": [("forecast", "Dataset")],
        "DatasetArns": [("forecast", "Dataset")],
        "DatasetGroupArn": [("forecast", "DatasetGroup")],
        "PredictorArn": [("forecast", "AutoPredictor"), ("forecast", "Predictor")],
        "ReferencePredictorArn": [("forecast", "AutoPredictor"), ("forecast", "Predictor")],
        "ResourceArn": [("forecast", "AutoPredictor"), ("forecast", "Predictor"), ("forecast", "Forecast")],
        "ForecastArn": [("forecast", "Forecast")],
        "WhatIfAnalysisArn": [("forecast", "WhatIfAnalysis")],
    },
    "features": {"datasetGroupArn": [("personalize", "DatasetGroup")]},
    "decisions": {
        "featureSet": [("features", "FeatureSet")],
        "target": [
            *(("decisions", "Campaign"), ("personalize", "Campaign"), ("personalize", "Recommender")),
            ("personalize", "SolutionVersion"),
        ],
    },
}
"""Service -> member, at any depth -> the kinds that it may name, the likeliest first."""


def kinds_of(service: str) -> list[Kind]:
    """The kinds of a service, in the order in which they come to be."""
    return [kind for kind in KINDS.values() if kind.service == service]
