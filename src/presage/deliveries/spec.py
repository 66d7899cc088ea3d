"""A delivery as data: who gets what, by which channels, how often at most, and when not."""

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from .rendering import Messages, compile_messages

Name = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_\-]{0,62}$")]
Period = Literal["day", "week", "month", "once"]
ONCE = "once"
"""The period that never ends."""
MOST_AT_ONCE = 32
LONGEST_LIMIT_DAYS = 400


class _Written(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people write: members that are declared, and no others."""


class Query(_Written, frozen=True):
    """Rows of a database.

    Parameters
    ----------
    database : a name of the table [databases] in presage.toml, or a SQLAlchemy URL
    query : SQL; `:now` is the time in seconds since 1970, UTC. Whatever it changes is undone
    """

    database: str
    query: str


class Audience(Query, frozen=True):
    """Who may get the message: a row each, of a query, of a dataset group, or who is in both.

    Parameters
    ----------
    dataset_group : name or ARN of a dataset group, of whose users those get it whom `filter` lets through
    filter : such as INCLUDE UserID WHERE Users.AGE > 30; with it, `query` may name `:users`
    user : the query's column of user ids
    time_zone : the column of the users' own time zones, for quiet hours; empty = that of the delivery
    """

    database: str = ""
    query: str = ""
    dataset_group: str = ""
    filter: str = ""
    user: str = "user_id"
    time_zone: str = ""


class Table(Query, frozen=True):
    """Recommendations that were loaded into a table: a row for each user and item, the best first.

    With `:users` in the query it is asked for some hundred users at a time, else for all at once.
    """

    user: str = "user_id"
    item: str = "item_id"


class Recommendations(_Written, frozen=True):
    """GetRecommendations of a campaign or recommender, for each user; members as AWS names them."""

    campaign_arn: str = ""
    recommender_arn: str = ""
    num_results: Annotated[int, Meta(ge=1, le=500)] = 25
    filter_arn: str = ""
    filter_values: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    context: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])


class Decisions(_Written, frozen=True):
    """GetActionRecommendations: the offer that an offer campaign decides, or the next best actions."""

    campaign_arn: str
    num_results: Annotated[int, Meta(ge=1, le=100)] = 1


class Items(Query, frozen=True):
    """What is known of items: a row each, for the message."""

    item: str = "item_id"


class Content(_Written, frozen=True):
    """What the message is about: one of table, recommendations and decisions.

    Parameters
    ----------
    at_least : who has fewer different items gets no message
    at_most : so many items go to the message
    """

    table: Table | None = None
    recommendations: Recommendations | None = None
    decisions: Decisions | None = None
    items: Items | None = None
    at_least: Annotated[int, Meta(ge=0, le=500)] = 1
    at_most: Annotated[int, Meta(ge=1, le=500)] = 500


class Template(_Written, frozen=True):
    """The message, as Jinja templates; `planning.known_to_templates` says what they know."""

    title: str
    body: str
    html: bool = False

    def compiled(self) -> Messages:
        """What writes messages; raises ValueError where a template is not valid."""
        return compile_messages(self.title, self.body, is_html=self.html)


class QuietHours(_Written, frozen=True):
    """Local times of day between which nothing is sent; they may span midnight.

    Each is HH:MM; 21:00 without quotes is read by YAML as 1260, which is its minutes, and means the same.
    """

    begin: str | int = msgspec.field(name="from")
    end: str | int = msgspec.field(name="until")

    @property
    def times(self) -> tuple[time, time]:
        """From when, until when; raises ValueError."""
        return _time_of_day(self.begin), _time_of_day(self.end)


class Limit(_Written, frozen=True):
    """No user gets more than so many messages in any so many days.

    Parameters
    ----------
    group : counts the messages of deliveries of this group; empty = of all deliveries
    """

    messages: Annotated[int, Meta(ge=0, le=10_000)]
    days: Annotated[float, Meta(gt=0, le=LONGEST_LIMIT_DAYS)]
    group: str = ""


class Spec(_Written, frozen=True):
    """A delivery.

    Parameters
    ----------
    period : each user gets the message once in it; weeks begin on Monday
    time_zone : that of the period, and of quiet hours where the user has none
    group : what kind of message it is, for limits
    cap : so many users get it in a period at most
    in_doubt : what becomes of a message of which it is not known whether it arrived: it is left, so that
        nobody gets two, or sent again with the same id
    tries : so often a message is sent that is refused
    at_once : so many messages are under way at the same time
    a_second : so many messages a second at most
    """

    name: Name
    audience: Audience
    message: Template
    channels: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=8)]
    content: Content | None = None
    period: Period = "week"
    time_zone: str = "UTC"
    group: Annotated[str, Meta(max_length=63)] = ""
    quiet_hours: QuietHours | None = None
    limits: Annotated[tuple[Limit, ...], Meta(max_length=16)] = ()
    cap: Annotated[int, Meta(ge=0)] | None = None
    in_doubt: Literal["leave", "resend"] = "leave"
    tries: Annotated[int, Meta(ge=1, le=100)] = 3
    at_once: Annotated[int, Meta(ge=1, le=MOST_AT_ONCE)] = 8
    a_second: Annotated[float, Meta(gt=0)] | None = None

    @property
    def decides(self) -> bool:
        """Whether asking for the content changes something: an offer is decided, and its budget spent."""
        return self.content is not None and self.content.decisions is not None


def zone_of(name: str) -> ZoneInfo:
    """The time zone of an IANA name; raises ValueError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}; it must be one such as Europe/Madrid") from None


def _time_of_day(written: str | int) -> time:
    try:
        if isinstance(written, int):
            return time(*divmod(written, 60))
        return time.fromisoformat(written)
    except ValueError:
        raise ValueError(f"{written!r} is no time of day; it must be one such as 21:00") from None
