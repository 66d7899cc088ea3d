"""The batch segment job: a line for each item or query of attributes, answered with the users who want it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from presage.columns import EVENT_TYPE, INTERACTIONS, USER_ID, USERS
from presage.errors import JobFailure, shown
from presage.filters import Filter, FilterError, parse
from presage.recipes.data import Feature, Report
from presage.resources.record import Record
from presage.serving.version import SegmentVersion, UnusableModel, load_segment_version
from presage.stores import Stores

from .driver import driven
from .line_filters import LineFilter, filter_of
from .lines import Answering, BadLine, Finish, Given, Output, answer_lines, check_members, text_of
from .sources import dataset_of
from .user_masks import UserMasks, events_frame

MOST_CHARACTERS = 1000
BEFORE = "INCLUDE ItemID WHERE "
"""With it, a query of attributes is a filter expression."""
MOST_USERS = 2_000_000
MOST_LINES = 64


class Asked(NamedTuple):
    """What a line asks: users for an item's row, or for attributes.

    Attributes
    ----------
    filter_ : who may be in the segment; None = everybody
    """

    item: int | None
    attributes: Mapping[str, Feature]
    filter_: Filter | None


def segment(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Answer the lines that a BatchSegmentJob names."""
    report("loading", 0.0)
    return answer_lines(stores, record, report, answering_of)


def answering_of(stores: Stores, record: Record) -> Answering[Asked]:
    """How a BatchSegmentJob's lines are answered."""
    version = _version(stores, record)
    filter_ = filter_of(stores, record)
    masks = _masks(stores, record, version) if filter_ is not None else None
    segments = Segments(version, record["numResults"], masks)
    line_filter, asks = LineFilter(filter_), record["_asks"]

    def read(given: Given) -> Asked:
        check_members(given, (asks,), ("filterValues",))
        bound = line_filter.of(given)
        if asks == "itemId":
            return Asked(_item(text_of(given, asks), version), {}, bound)
        return Asked(None, _attributes(text_of(given, asks, MOST_CHARACTERS), version), bound)

    def answer(asked: Sequence[Asked], _place: int) -> Finish:
        return lambda: [segments.of(one) for one in asked]

    at_once = max(1, min(MOST_LINES, MOST_USERS // record["numResults"]))
    return Answering(read=read, answer=answer, at_once=at_once)


class Segments:
    """A version that finds users.

    Parameters
    ----------
    masks : who a filter lets through; None for a job without one
    """

    def __init__(self, version: SegmentVersion, n_results: int, masks: UserMasks | None) -> None:
        self._model, self._users = version.model, version.vocabulary.users
        self._n_results, self._masks = n_results, masks

    def of(self, asked: Asked) -> Output | BadLine:
        """The users of one segment, or what is wrong with its line."""
        is_shown = self._masks.of(asked.filter_) if self._masks and asked.filter_ else None
        k = self._n_results if is_shown is None else self._model.n_users
        if asked.item is not None:
            rows, _ = self._model.best_users(np.array([asked.item], np.int32), k)
        else:
            try:
                rows, _ = self._model.best_users_with([asked.attributes], k)
            except ValueError as error:
                return BadLine(f"itemAttributes: {error}")
        best = rows[0] if is_shown is None else rows[0][is_shown[rows[0]]][: self._n_results]
        users = self._users.some(best.tolist())
        return {"usersList": users, "recommendedUsers": users}


def _version(stores: Stores, record: Record) -> SegmentVersion:
    version = stores.records.get(record["solutionVersionArn"])
    if version is None:
        raise JobFailure(f"{record['solutionVersionArn']} is gone; use another version")
    try:
        return load_segment_version(stores.model(version))
    except UnusableModel as error:
        raise JobFailure(f"{version.arn} cannot be used: {error}") from None


def _masks(stores: Stores, record: Record, version: SegmentVersion) -> UserMasks:
    group = stores.records.expect(record["solutionVersionArn"])["datasetGroupArn"]
    interactions, users = (dataset_of(stores, group, kind) for kind in (INTERACTIONS, USERS))
    if interactions is None:
        raise JobFailure(f"{group} has no Interactions dataset any more; use no filter")
    layout = stores.layout(interactions)
    columns = [USER_ID, *({EVENT_TYPE} & {*layout.names})]
    events = stores.table(interactions).read(layout, columns=columns)
    return UserMasks(
        version.vocabulary.users.series(),
        stores.table(users).read(stores.layout(users)) if users else None,
        events_frame(events, columns),
    )


def _item(item_id: str, version: SegmentVersion) -> int:
    row = version.vocabulary.items.row(item_id)
    if row is None:
        raise BadLine(f"itemId is {shown(item_id)}, which the solution version was not trained on")
    return row


def _attributes(query: str, version: SegmentVersion) -> Mapping[str, Feature]:
    """What a query such as `ITEMS.genres = "Comedy" AND ITEMS.genres = "Action"` asks of items."""
    try:
        parsed = parse(BEFORE + query)
    except FilterError as error:
        raise BadLine(f"itemAttributes is no query ({error}, in {BEFORE + query!r})") from None
    (expression, *others) = parsed.expressions
    conditions = expression.alternatives[0]
    is_plain = not others and len(expression.alternatives) == 1 and not expression.only_if
    if not is_plain or any(one.operator != "=" or one.dataset != "ITEMS" for one in conditions):
        raise BadLine(
            'itemAttributes may have = and AND alone, such as ITEMS.GENRE = "a" AND ITEMS.SIZE = "b"'
        )
    wanted: dict[str, list[str]] = {}
    for one in conditions:
        values = one.operand if isinstance(one.operand, tuple) else (str(one.operand),)
        wanted.setdefault(one.field, []).extend(values)
    found = version.vocabulary.encode_item({name: "|".join(values) for name, values in wanted.items()})
    if not found:
        raise BadLine(f"itemAttributes names {sorted(wanted)}, of which the solution version knows none")
    return found


run = driven(segment)
