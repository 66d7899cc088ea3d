"""Batch segment jobs: for each item, or query of items' attributes, the users who will want it."""

from presage.errors import InvalidInputException

from ..lifecycle import create
from ..server import Server
from ..views import Answer, Request
from .answering import DEFAULT_RESULTS
from .batching import batch_filter, batch_kind, batch_version, check_folders
from .catalogue import LISTED

KIND = batch_kind("BatchSegmentJob", "batch-segment-job/{name}", job="segment")
MOST_USERS = 5_000_000
ASKS = {"aws-item-affinity": "itemId", "aws-item-attribute-affinity": "itemAttributes"}
"""Recipe -> the member that a line must have."""


def create_batch_segment_job(server: Server, request: Request) -> Answer:
    """CreateBatchSegmentJob: queue the finding of users for the lines of one file or many."""
    check_folders(request)
    n_results = request.get("numResults", DEFAULT_RESULTS)
    if not 1 <= n_results <= MOST_USERS:
        raise InvalidInputException(f"numResults is {n_results}; it must be from 1 to {MOST_USERS}.")
    version, recipe = batch_version(server, request)
    if LISTED[recipe].type != "USER_SEGMENTATION":
        raise InvalidInputException(
            f"{recipe} finds no users for items; use {' or '.join(sorted(ASKS))}, or CreateBatchInferenceJob."
        )
    filter_ = batch_filter(server, request, version)
    if filter_ is not None and filter_.target != "USERID":
        raise InvalidInputException(
            f"{request['filterArn']} does not choose users; use one that says INCLUDE or EXCLUDE UserID."
        )
    if filter_ is not None and any(one.only_if for one in filter_.expressions):
        raise InvalidInputException(
            f"{request['filterArn']} has an IF, but nobody asks for a segment; say it in the WHERE."
        )
    body = {"solutionVersionArn": version.arn, "numResults": n_results, "_asks": ASKS[recipe]}
    parents = (version["solutionArn"], version["datasetGroupArn"])
    return {"batchSegmentJobArn": create(server, KIND, request, body, parents=lambda _: parents).arn}
