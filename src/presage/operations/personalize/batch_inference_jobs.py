"""Batch inference jobs: a file of questions, each answered as a campaign would."""

from presage.errors import InvalidInputException

from ..lifecycle import create
from ..server import Server
from ..views import Answer, Request
from .answering import DEFAULT_RESULTS, check_count
from .batching import batch_filter, batch_kind, batch_version, check_folders
from .campaigns import check_config
from .catalogue import LISTED
from .filtered import check_target
from .item_exploration import MULTIPLIER, exploration_settings

KIND = batch_kind("BatchInferenceJob", "batch-inference-job/{name}", job="infer")
WITHOUT = ("aws-trending-now", "aws-next-best-action")
"""Recipes that AWS does not offer in batches, though they recommend."""


def create_batch_inference_job(server: Server, request: Request) -> Answer:
    """CreateBatchInferenceJob: queue the answering of the lines of one file or many."""
    _check_mode(request)
    check_folders(request)
    n_results = check_count(request.get("numResults", DEFAULT_RESULTS), "numResults", with_metadata=False)
    version, recipe = batch_version(server, request)
    facts, config = LISTED[recipe], request.get("batchInferenceJobConfig", {})
    _check_recipe(recipe)
    check_config(server, version, config)
    filter_ = batch_filter(server, request, version)
    if filter_ is not None:
        check_target(request["filterArn"], filter_, recipe)
    exploration = config.get("itemExplorationConfig") or {}
    weight, cutoff_days = exploration_settings(exploration)
    body = {
        "solutionVersionArn": version.arn,
        "numResults": n_results,
        "batchInferenceJobMode": "BATCH_INFERENCE",
        "_type": facts.type,
        "_scores": facts.scores,
        "_exploration": [weight if facts.explores else 0.0, cutoff_days],
        "_multiplier": exploration.get(MULTIPLIER, ""),
    }
    parents = (version["solutionArn"], version["datasetGroupArn"])
    return {"batchInferenceJobArn": create(server, KIND, request, body, parents=lambda _: parents).arn}


def _check_mode(request: Request) -> None:
    if request.get("batchInferenceJobMode") == "THEME_GENERATION" or "themeGenerationConfig" in request:
        raise InvalidInputException(
            "batchInferenceJobMode THEME_GENERATION needs a text generator, and this server has none;"
            " use BATCH_INFERENCE, without themeGenerationConfig."
        )


def _check_recipe(recipe: str) -> None:
    if LISTED[recipe].type == "USER_SEGMENTATION":
        raise InvalidInputException(f"{recipe} finds users for items; use CreateBatchSegmentJob.")
    if recipe in WITHOUT:
        raise InvalidInputException(f"{recipe} answers no batch inference jobs; ask a campaign.")
