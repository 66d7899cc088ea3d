"""The step that extracts: what a query or a file gives becomes CSV or JSON lines at a place."""

import csv
import re
from pathlib import Path
from typing import Any

import polars

from presage.errors import shown
from presage.pipelines.language.faults import RUNTIME, TASK_FAILED, StateError
from presage.pipelines.tasks import Call

from . import places
from .arguments import Arguments, told
from .clients import Tools

JSON = (".json", ".jsonl", ".ndjson")
"""How the names of files with JSON lines end."""
N_ROWS = 10_000
"""So many rows are held at once."""
PLAN = "\n\nResolved plan"
"""What follows in an error of polars is of no use to people."""
_FILES = re.compile(r"\b(read|scan)_\w+\s*\(", re.IGNORECASE)
_READS = re.compile(r"\s*(select|with|values)\b", re.IGNORECASE)


class Extract(Arguments, frozen=True, kw_only=True, rename={"source": "from", "target": "to"}):
    """What `extract` is told.

    Parameters
    ----------
    source : a database, by its name or URL; or a file or s3:// location in CSV, Parquet or JSON lines
    target : the file or s3:// location of the rows: CSV, or JSON lines if it ends in .json or .jsonl
    query : what is asked of the database, or of the file as the table `data`
    transform : SQL over the rows that the query gave, as the table `data`
    """

    source: str
    target: str
    query: str = ""
    transform: str = ""


def extract(tools: Tools, call: Call) -> dict[str, Any]:
    """Extract rows into a CSV file; who does it again replaces the file."""
    wanted = told(Extract, call.arguments)
    with places.scratch(tools) as folder:
        if _is_database(tools, wanted.source):
            path = folder / "rows.csv"
            n_rows = _from_database(tools, wanted, path, call)
            sql = wanted.transform
            rows = polars.scan_csv(path, infer_schema=False)
        else:
            (path, *_) = places.fetch(tools, wanted.source, folder)
            rows, n_rows = _frame(path, wanted.source), 0
            sql = wanted.query
            if wanted.transform:
                raise StateError(RUNTIME, "transform is for databases; of a file, query is all the SQL")
        if sql or n_rows == 0 or wanted.target.endswith(JSON):
            path = folder / f"out{Path(wanted.target).suffix}"
            n_rows = _write(_asked(rows, sql) if sql else rows, path)
        places.write(tools, path, wanted.target)
    return {"location": wanted.target, "rows": n_rows}


def _is_database(tools: Tools, source: str) -> bool:
    return source in tools.config.databases or (
        "://" in source and not source.startswith((places.S3, "file://"))
    )


def _from_database(tools: Tools, wanted: Extract, path: Path, call: Call) -> int:
    """Write what a query answers; how many rows that are."""
    from sqlalchemy import text  # noqa: PLC0415

    if not _READS.match(wanted.query):
        raise StateError(RUNTIME, f"the query is {shown(wanted.query)}; it must begin with SELECT or WITH")
    n_rows = 0
    with places.opened(tools, wanted.source) as engine, engine.connect() as connection:
        read_only = {"sqlite": "PRAGMA query_only = ON", "postgresql": "SET TRANSACTION READ ONLY"}
        if engine.dialect.name in read_only:
            connection.exec_driver_sql(read_only[engine.dialect.name])
        result = connection.execution_options(stream_results=True).execute(text(wanted.query))
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(result.keys())
            while rows := result.fetchmany(N_ROWS):
                writer.writerows(rows)
                n_rows += len(rows)
                call.tell(f"{n_rows} rows")
    return n_rows


def _frame(path: Path, place: str) -> polars.LazyFrame:
    """The rows of a file, as they are read."""
    if place.endswith(".parquet"):
        return polars.scan_parquet(path)
    if place.endswith(JSON):
        return polars.scan_ndjson(path)
    return polars.scan_csv(path, infer_schema_length=None)


def _asked(rows: polars.LazyFrame, sql: str) -> polars.LazyFrame:
    """What SQL makes of rows. Raises StateError if it reads anything else."""
    if _FILES.search(sql):
        raise StateError(RUNTIME, f"{shown(sql)} reads files; it may read the table data alone")
    try:
        return polars.SQLContext(data=rows).execute(sql)
    except polars.exceptions.PolarsError as error:
        raise StateError(TASK_FAILED, f"{shown(sql)}: {error}") from None


def _write(rows: polars.LazyFrame, path: Path) -> int:
    """Write rows; how many they are."""
    try:
        frame = rows.collect(engine="streaming")
    except polars.exceptions.PolarsError as error:
        raise StateError(TASK_FAILED, f"the rows cannot be made: {str(error).partition(PLAN)[0]}") from None
    if path.name.endswith(JSON):
        frame.write_ndjson(path)
    else:
        frame.write_csv(path)
    return frame.height
