"""Layouts and files that the tests of this room share."""

from collections.abc import Sequence
from pathlib import Path

from presage.tables.layout import Layout
from presage.tables.personalize.layout import layout_of
from presage.tables.personalize.schema import parse_schema

from .personalize import samples
from .personalize.samples import avro

INTERACTIONS = layout_of(samples.INTERACTIONS)
ITEMS = layout_of(samples.ITEMS)
USERS = layout_of(samples.USERS)


def layout(name: str, *fields: dict) -> Layout:
    return layout_of(parse_schema(avro(name, *fields)))


def interaction_rows(n: int, first: int = 0) -> list[tuple[str, ...]]:
    return [
        (f"u{k % 97}", f"i{k % 31}", str(1_600_000_000 + k), "view" if k % 3 else "buy", f"{k % 7}.5")
        for k in range(first, first + n)
    ]


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, Path]:
    lines = [",".join(header), *(",".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", newline="")
    return (f"s3://bucket/{path.name}", path)


def names(layout: Layout) -> list[str]:
    return list(layout.names)
