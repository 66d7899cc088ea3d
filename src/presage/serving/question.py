"""What one request wants to know of a campaign."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from presage.filters.tree import Filter

from .promoting import Promotion


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question about a user, an item, or both.

    Parameters
    ----------
    user_id : whose history counts; empty for nobody's
    item_id : the item whose relatives are asked for; models of users' tastes pay no heed to it
    context : the request's own context
    now : seconds since 1970, UTC
    filter_ : what may be shown, without parameters; None = everything
    promotion : what else is mixed in; None = nothing
    """

    user_id: str
    item_id: str | None = None
    context: Mapping[str, str] = field(default_factory=dict[str, str])
    now: float = 0.0
    filter_: Filter | None = None
    promotion: Promotion | None = None
