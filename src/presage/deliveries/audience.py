"""Who may get a message: rows of an app's database, users of a dataset group by a filter, or both."""

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import Engine

from .databases import Row, column, opened, rows
from .errors import DeliveryError
from .spec import Audience

UsersOf = Callable[[str, str], list[Row]]
"""(dataset group, filter expression) -> a row of each user whom it lets through, with his id as `user_id`."""
USERS_AT_ONCE = 500


def audience_of(audience: Audience, users_of: UsersOf, databases: Mapping[str, str], now: float) -> list[Row]:
    """A row for each user of an audience.

    Parameters
    ----------
    databases : by name the URL
    now : seconds since 1970, UTC

    Raises DeliveryError.
    """
    if not audience.filter:
        with opened(audience, databases) as engine:
            return _checked(rows(engine, audience, now), audience)
    let_through = users_of(audience.dataset_group, audience.filter)
    if not audience.query:
        return _checked(let_through, audience)
    known = {str(row["user_id"]): row for row in let_through}
    with opened(audience, databases) as engine:
        found = [row for some in _asked(engine, audience, list(known), now) for row in some]
    checked = _checked(found, audience)
    users = (str(row[audience.user]) for row in checked)
    return [{**known[user], **row} for user, row in zip(users, checked, strict=True) if user in known]


def _asked(engine: Engine, audience: Audience, users: list[str], now: float) -> Iterator[list[Row]]:
    """What a query tells of users: asked for some at a time if it names them, else once for all."""
    if ":users" not in audience.query:
        yield rows(engine, audience, now)
        return
    for begin in range(0, len(users), USERS_AT_ONCE):
        yield rows(engine, audience, now, users[begin : begin + USERS_AT_ONCE])


def _checked(found: list[Row], audience: Audience) -> list[Row]:
    """Rows that have the columns which the audience names."""
    for name in filter(None, (audience.user, audience.time_zone)) if found else ():
        if audience.query:
            column(found[0], name, audience)
        elif name not in found[0]:
            has = ", ".join(found[0])
            raise DeliveryError(f"the Users dataset has no column {name!r}; it has: {has}")
    return found
