"""The batch inference job: a line for each question, answered as a campaign would answer it."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from presage.errors import JobFailure
from presage.filters import Filter
from presage.recipes.data import Report
from presage.resources.record import Record
from presage.serving.batch import Batch, Scored
from presage.serving.deployments import steps_of
from presage.serving.memory import GroupMemory
from presage.serving.question import Question
from presage.serving.source import Campaign
from presage.serving.version import UnusableModel, load_version
from presage.stores import Stores

from .driver import driven
from .line_filters import LineFilter, filter_of
from .lines import Answering, BadLine, Given, Output, answer_lines, check_members, checked_text, text_of
from .sources import source_of

RELATED, RANKING = "RELATED_ITEMS", "PERSONALIZED_RANKING"
REQUIRED = {RELATED: ("itemId",), RANKING: ("userId", "itemList")}
"""Recipe type -> the members that a line must have; of all others `userId`."""
OPTIONAL = {RELATED: ("userId", "filterValues")}
"""Recipe type -> those that it may have; of all others `filterValues`."""
MOST_ITEMS = 500


class Asked(NamedTuple):
    """What a line asks.

    Attributes
    ----------
    items : those to put in order; empty for a recommendation
    """

    question: Question
    items: Sequence[str] = ()


def infer(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Answer the lines that a BatchInferenceJob names."""
    report("loading", 0.0)
    return answer_lines(stores, record, report, answering_of)


def answering_of(stores: Stores, record: Record) -> Answering[Asked]:
    """How a BatchInferenceJob's lines are answered."""
    batch = _batch(stores, record)
    reader = LineReader(record["_type"], filter_of(stores, record), record.updated_at)
    n_results, recommends = record["numResults"], record["_type"] != RANKING
    output = _with_scores if record["_scores"] else _without_scores

    def answer(asked: Sequence[Asked], place: int) -> Callable[[], list[Output]]:
        questions = [one.question for one in asked]
        if recommends:
            finish = batch.recommend(questions, n_results, place)
        else:
            finish = batch.rank(questions, [one.items for one in asked], place)
        return lambda: list(map(output, finish()))

    return Answering(read=reader.read, answer=answer, at_once=batch.at_once)


def _batch(stores: Stores, record: Record) -> Batch:
    """The version that answers, with all that its group was told by now."""
    version = stores.records.get(record["solutionVersionArn"])
    if version is None:
        raise JobFailure(f"{record['solutionVersionArn']} is gone; use another version")
    source = source_of(stores, stores.records.expect(version["datasetGroupArn"]))
    weight, cutoff_days = record["_exploration"]
    campaign = Campaign(
        name=record.arn,
        model=stores.model(version),
        source=source,
        exploration_weight=weight,
        exploration_cutoff_days=cutoff_days,
        multiplier_column=record.get("_multiplier", ""),
    )
    try:
        loaded = load_version(campaign.model)
    except UnusableModel as error:
        raise JobFailure(f"{version.arn} cannot be used: {error}") from None
    memory = GroupMemory(source)
    memory.load(stores.log)
    return Batch(loaded, memory, steps_of(campaign, loaded.model), seed=zlib.crc32(record.arn.encode()))


def _with_scores(scored: Scored) -> Output:
    items, scores = scored
    return {"recommendedItems": items, "scores": scores}


def _without_scores(scored: Scored) -> Output:
    return {"recommendedItems": scored[0]}


class LineReader:
    """Reads what a line asks.

    Parameters
    ----------
    type_ : of the recipe
    filter_ : of the job; None = everything may be shown
    now : seconds since 1970, UTC
    """

    def __init__(self, type_: str, filter_: Filter | None, now: float) -> None:
        self._required = REQUIRED.get(type_, ("userId",))
        self._optional = OPTIONAL.get(type_, ("filterValues",))
        self._filter, self._now = LineFilter(filter_), now

    def read(self, given: Given) -> Asked:
        """What a line asks; raises BadLine."""
        check_members(given, self._required, self._optional)
        user_id = text_of(given, "userId") if "userId" in given else ""
        if self._filter.asks_user and not user_id:
            raise BadLine("userId is missing; the job's filter depends on the user")
        question = Question(
            user_id=user_id,
            item_id=text_of(given, "itemId") if "itemId" in given else None,
            now=self._now,
            filter_=self._filter.of(given),
        )
        return Asked(question=question, items=_items(given) if "itemList" in given else ())


def _items(given: Given) -> Sequence[str]:
    items = given["itemList"]
    if not isinstance(items, list):
        raise BadLine('itemList must be a list of item ids such as ["27", "886"]')
    if len(items) > MOST_ITEMS:
        raise BadLine(f"itemList has {len(items)} items; it may have {MOST_ITEMS}")
    return [checked_text(item, "an item of itemList") for item in items]


run = driven(infer)
