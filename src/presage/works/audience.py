"""The users of a dataset group whom a filter lets through, with all that the Users dataset holds of them."""

from typing import Any

import polars as pl

from presage.columns import EVENT_TYPE, INTERACTIONS, USER_ID, USERS
from presage.deliveries import DeliveryError
from presage.filters import FilterError, check, parse
from presage.stores import Stores
from presage.tables.fold import fold

from .filterable import columns_of_group
from .sources import dataset_of, group_of
from .user_masks import UserMasks, events_frame


def users_of(stores: Stores, group: str, expression: str) -> list[dict[str, Any]]:
    """A row of each user whom an expression such as `INCLUDE UserID WHERE Users.AGE > 30` lets through.

    A user is who has a row in Users or in Interactions, those told a moment ago too. His id stands as
    `user_id`, the other columns as the schema spells them; they are null for who has no row in Users.

    Parameters
    ----------
    group : name or ARN of a dataset group

    Raises DeliveryError that names what is wrong.
    """
    try:
        arn, filter_ = group_of(stores, group).arn, parse(expression)
        check(filter_, columns_of_group(stores, arn))
    except (FilterError, ValueError) as error:
        raise DeliveryError(f"the audience's filter: {error}") from None
    events, users = (_rows(stores, arn, kind) for kind in (INTERACTIONS, USERS))
    if events is None and users is None:
        raise DeliveryError(f"the dataset group {group} has neither a Users nor an Interactions dataset yet")
    known = users if users is not None else pl.DataFrame(schema={USER_ID: pl.String()})
    told = events_frame(events, events.columns) if events is not None else _no_events()
    ids = pl.concat([known[USER_ID], told[USER_ID]]).drop_nulls().unique(maintain_order=True)
    let_through = ids.filter(UserMasks(ids, users, told).of(filter_))
    found = let_through.to_frame().join(known, on=USER_ID, how="left", maintain_order="left")
    return found.rename({USER_ID: "user_id"}).to_dicts()


def _rows(stores: Stores, group: str, kind: str) -> pl.DataFrame | None:
    """The rows of a group's dataset, of interactions who did what; None without such a dataset."""
    dataset = dataset_of(stores, group, kind)
    if dataset is None:
        return None
    table, layout = stores.table(dataset), stores.layout(dataset)
    fold(stores.log, table, layout, dataset["_folder"])
    if kind == USERS:
        return table.read(layout)
    return table.read(layout, columns=[USER_ID, *({EVENT_TYPE} & {*layout.names})])


def _no_events() -> pl.DataFrame:
    return pl.DataFrame(schema={USER_ID: pl.String(), EVENT_TYPE: pl.String()})
