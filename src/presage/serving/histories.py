"""A question to a model, from what a version's past and the live events tell of a user."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from presage.recipes.data import Feature, Query
from presage.recipes.ranking.selection import take

from .columns import joined
from .live import Event, Live
from .version import Version


@dataclass(frozen=True, kw_only=True)
class Histories:
    """Who did what, as one version's model sees it."""

    version: Version
    live: Live

    def who(self, user_id: str) -> str:
        """Whose history an id asks for: its own, or that of the user to whom a session was linked."""
        if self.version.vocabulary.users.row(user_id) is None:
            return self.live.user_of(user_id) or user_id
        return user_id

    def query(self, user: str, seed: str | None, context: Mapping[str, str], now: int) -> Query:
        """What to ask the model; an unknown user has an empty history, an unknown seed is none."""
        words = self.version.vocabulary
        row = words.users.row(user)
        heard = [
            (event, row_of_item)
            for event in self.live.events(user)
            if self._counts(event) and (row_of_item := words.items.row(event.row["ITEM_ID"])) is not None
        ]
        item = np.array([row_of_item for _, row_of_item in heard], np.int32)
        time = np.array([event.time for event, _ in heard], np.int64)
        fields = words.encode_events([event.row for event, _ in heard])
        if row is not None:
            before_item, before_time, before_fields = self.version.past.latest(row)
            item = np.concatenate([before_item, item])
            time = np.concatenate([before_time, time])
            fields = joined(before_fields, fields)
        if (np.diff(time) < 0).any():
            order = np.argsort(time, kind="stable")
            item, time = item[order], time[order]
            fields = {name: take(column, order) for name, column in fields.items()}
        return Query(
            item=item,
            time=time,
            context=fields,
            now_context=words.encode_context(context),
            user_features=self._features(user, row),
            seed_item=None if seed is None else words.items.row(seed),
            now=now,
        )

    def item_record(self, item_id: str) -> Mapping[str, Any]:
        """An item's metadata by column, as it was told last."""
        told = self.live.item(item_id)
        if told is not None:
            return told
        row = self.version.vocabulary.items.row(item_id)
        return orjson.loads((row is not None and self.version.item_records.raw(row)) or b"{}")

    def _features(self, user: str, row: int | None) -> dict[str, Feature]:
        record = self.live.user(user)
        if record is not None:
            return self.version.vocabulary.encode_user(record)
        return {} if row is None else self.version.past.features(row)

    def _counts(self, event: Event) -> bool:
        """Whether the model may see an event: new to it, and of its kind."""
        facts = self.version.facts
        if event.seq <= self.version.seq:
            return False
        if facts.get("eventType") not in (None, event.row.get("EVENT_TYPE")):
            return False
        threshold = facts.get("eventValueThreshold")
        value = event.row.get("EVENT_VALUE")
        return threshold is None or (value is not None and value >= threshold)
