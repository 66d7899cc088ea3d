"""Everything that a dataset group holds of one user."""

from typing import Any

import polars as pl

from presage.columns import USER_ID
from presage.resources.record import Record
from presage.stores import Stores
from presage.tables.fold import fold


def user_data(stores: Stores, group: Record, user_id: str) -> dict[str, list[dict[str, Any]]]:
    """Dataset type -> the rows about a user, those told a moment ago too; types without any are left out.

    What a session did that never named a user is found under the session's own id.
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
    return found
