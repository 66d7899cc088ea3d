"""The words of a filter expression, and where each stands."""

import re
from typing import NamedTuple

from presage.errors import shown

from .errors import FilterError

NUMBER = r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<number>{NUMBER})
    |(?P<string>"[^"]*"|'[^']*')
    |(?P<parameter>\$\w*)
    |(?P<sign><=|>=|!=|[<>=(),.|])""",
    re.ASCII | re.VERBOSE,
)


class Token(NamedTuple):
    """One word.

    Parameters
    ----------
    kind : word, number, string, parameter, sign or end
    position : of its first character, from 1
    """

    kind: str
    text: str
    position: int

    def wrong(self, right: str) -> FilterError:
        """The error that here stands something else than what would be right."""
        found = shown(self.text) if self.text else "the end"
        return FilterError(f"At character {self.position} stands {found}; it must be {right}")


def tokens_of(text: str) -> list[Token]:
    """The words, and the end; raises FilterError."""
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _no_token(text, place)
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup or "", match[0], place + 1))
        place = match.end()
    return [*found, Token("end", "", len(text) + 1)]


def _no_token(text: str, place: int) -> FilterError:
    if text[place] in "\"'":
        return FilterError(
            f"At character {place + 1} a string begins that does not end; close it with {text[place]}"
        )
    return Token("", text[place], place + 1).wrong("a name, a number, a quoted string or a $parameter")
