"""The page of two accounts that were asked the same."""

from collections.abc import Sequence

from .page import render


def compared_page(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    unlike_headings: Sequence[str],
    unlike: Sequence[Sequence[str]],
    *,
    about: str,
) -> str:
    """HTML: a row of cells each kind of question, then the answers that are least alike."""
    return render(
        "compared.html",
        about=about,
        tables=[(headings, rows)],
        least=[(unlike_headings, unlike)] if unlike else [],
    )
