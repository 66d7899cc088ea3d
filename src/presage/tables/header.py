"""The columns that a file has: which of them are the dataset's, whatever their case."""

from collections.abc import Sequence

from presage.columns import by_caseless, caseless
from presage.errors import JobFailure, few, shown

from .layout import Layout

MOST_COLUMNS = 10_000


def check_names(found: Sequence[str], place: str) -> None:
    """Raise JobFailure if a file's columns are too many, or two of them are the same but for their case."""
    if len(found) > MOST_COLUMNS:
        raise JobFailure(
            f"The header names {len(found)} columns; a file may have at most {MOST_COLUMNS} ({place})"
        )
    seen: dict[str, str] = {}
    for column in found:
        first = seen.get(caseless(column))
        if first == column:
            raise JobFailure(f"The header names a column twice: {column!r} ({place})")
        if first is not None:
            raise JobFailure(
                f"The columns {first!r} and {column!r} differ in case alone; name one of them otherwise, for"
                f" columns are matched whatever their case ({place})"
            )
        seen[caseless(column)] = column


def dataset_columns(found: Sequence[str], layout: Layout, name: str) -> dict[str, str]:
    """A file's column -> the dataset's column that it is; a file may have others too.

    Raises JobFailure naming the dataset's columns that the file lacks.
    """
    there = by_caseless(found)
    missing = [column for column in layout.names if caseless(column) not in there]
    if missing:
        raise JobFailure(
            f"Input CSV is missing the following columns:[{few(missing)}]"
            f" ({name}; it has: {shown(', '.join(found))})"
        )
    return {there[caseless(column)]: column for column in layout.names}
