"""The page of two accounts that were asked the same."""

from collections.abc import Sequence

from .page import render


def compared_page(tables: Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]], *, about: str) -> str:
    """HTML of tables: a title each, the heading of each column, rows of cells."""
    return render("compared.html", about=about, tables=tables)
