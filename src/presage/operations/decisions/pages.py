"""Lists in pages, newest first."""

from msgspec import Struct

from presage.decisions.written import Written
from presage.errors import InvalidInputException
from presage.resources.record import Record

from ..kinds import Kind
from ..server import Server
from ..views import PAGE, read_token, write_token

MOST_PER_PAGE = 100


class Page(Written, frozen=True):
    """Which page of a list.

    Parameters
    ----------
    next_token : what the page before told; empty = the first page
    """

    max_results: int = PAGE
    next_token: str = ""


class Paged(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A page of a list; the token of the next page is left out on the last."""

    next_token: str = ""


def page_of(server: Server, kind: Kind, asked: Page) -> tuple[list[Record], str]:
    """The records of a page, and the token of the next, which is empty on the last.

    Raises InvalidInputException, InvalidNextTokenException.
    """
    limit, action = asked.max_results, f"{kind.service}:List{kind.name}s"
    if not 1 <= limit <= MOST_PER_PAGE:
        raise InvalidInputException(f"maxResults is {limit}; it must be from 1 to {MOST_PER_PAGE}")
    before = read_token(asked.next_token or None, action, "")
    found = server.records.of_kind(kind.service, kind.name, before=before, limit=limit + 1)
    token = write_token(action, "", found[limit - 1].number) if len(found) > limit else ""
    return found[:limit], token
