"""Everything that a dataset group, and the feature sets that it feeds, hold of one user."""

from dataclasses import asdict
from typing import Any

import polars as pl

from presage.columns import USER_ID
from presage.deliveries import messages_of
from presage.resources.record import Record
from presage.stores import Stores
from presage.tables.fold import fold

from .forgetting import events_of, fed_by

MOST_MESSAGES = 100_000


def user_data(stores: Stores, group: Record, user_id: str) -> dict[str, list[dict[str, Any]]]:
    """Dataset type -> the rows about a user, those told a moment ago too; types without any are left out.

    `FEATURES NAME` -> what a feature set of that name, which the group's event tracker feeds, was told of an
    identity that is the user's id. What a session did that never named a user is found under its own id.
    `DELIVERIES` -> the messages that a user of this id got by deliveries, the latest first.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for dataset in stores.records.of_kind("personalize", "Dataset", parent=group.arn):
        layout = stores.layout(dataset)
        if USER_ID in layout and dataset.is_active:
            table = stores.table(dataset)
            fold(stores.log, table, layout, dataset["_folder"])
            rows = table.read(layout).filter(pl.col(USER_ID) == user_id)
            if len(rows):
                found[dataset["datasetType"]] = rows.to_dicts()
    for feature_set in fed_by(stores, group):
        told = events_of(stores, feature_set, [user_id], stores.log.last_place())
        if events := [event.record for part in told for event, _ in part]:
            found[f"FEATURES {feature_set.name}"] = events
    if messages := messages_of(stores.engine, user_id, most=MOST_MESSAGES):
        found["DELIVERIES"] = [asdict(one) for one in messages]
    return found
