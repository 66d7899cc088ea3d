"""What of a file cannot be read as it is taken, said with an instance."""

import polars as pl

from presage.errors import shown

from .columns import BY_KEY
from .files import MOST_ID_CHARACTERS, Reading

MOST_SHOWN = 60
WANTED = {
    "TIMESTAMP": "not written as times are said to be here (choose another way, or save them in full)",
    "USER_ID": f"longer than {MOST_ID_CHARACTERS} characters",
    "ITEM_ID": f"longer than {MOST_ID_CHARACTERS} characters",
}
"""Role -> why a value of it cannot be read."""


def unread(sample: pl.DataFrame, reading: Reading) -> list[str]:
    """A sentence for each column that is needed and has values that cannot be read, or none in some rows.

    Parameters
    ----------
    sample : the first rows, all of them text
    """
    rows = reading.rows(sample.lazy()).collect()
    told: list[str] = []
    for column, role in reading.roles.items():
        if not BY_KEY[role].is_needed:
            continue
        is_empty = sample[column].str.strip_chars().fill_null("") == ""
        failed = sample[column].filter(rows[role].is_null() & ~is_empty)
        if n_empty := int(is_empty.sum()):
            told.append(f"{column}: {n_empty:,} cells are empty")
        if len(failed):
            instance = shown(failed[0][:MOST_SHOWN])
            told.append(f"{column}: {len(failed):,} values are {WANTED[role]}, for instance {instance}")
    return told
