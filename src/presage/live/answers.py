"""What is answered of an identity."""

from typing import Any

from presage.features.bts import Key, Record, State, TransformError, json_text
from presage.features.bts.transform import printed

from .documents import Documents


def answer_of(documents: Documents, state: State, newest: str | None) -> str:
    """What is answered of an identity, as JSON: its records that are open, and its latest row of features."""
    answer: dict[str, Any] = {"identity": state.identity, "newestEvent": newest}
    answer["records"] = {one.group: one.content for one in printed(state.identity, _opened(documents, state))}
    answer["features"] = None
    if documents.windows is not None:
        try:
            answer["features"] = documents.windows.latest(state)
        except TransformError as error:
            answer["reason"] = str(error)
    return json_text(state.identity, answer)


def _opened(documents: Documents, state: State) -> dict[Key, Record]:
    """The record of each aggregate that is open; of scratch values only those that have a store."""
    return {
        Key(name): state.slots[name].values
        for name, one in documents.fold.aggregates.items()
        if (one.aggregate.store or one.is_timed)
        and not (one.is_timed and state.slots[name].values["_start_time"] is None)
    }
