"""What a page is: its path, who may see it, and the function that answers."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from .visit import Visit

Answer = Callable[["Visit"], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page, a part of one, or what a form sends.

    Parameters
    ----------
    path : below `/console`; braces hold a part that changes, `{arn:path}` one with slashes in it
    answer : its function
    demands : actions that a key must allow, such as `personalize:ListSolutions`; a page that goes through
        operations alone may leave out theirs: each call demands its own
    title : what navigation calls it; empty = it is not in the navigation
    section : the heading in the navigation under which it stands
    method : `GET`, or `POST` for what changes something
    most_bytes : a larger form is refused
    is_open : whether it is seen before anybody has logged in
    """

    path: str
    answer: Answer
    demands: Sequence[str] = ()
    title: str = ""
    section: str = ""
    method: str = "GET"
    most_bytes: int = 1024 * 1024
    is_open: bool = False
