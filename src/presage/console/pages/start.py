"""The newcomer's path: bring a file, look at what its columns are taken for, wait, try a user."""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
from starlette.datastructures import UploadFile
from starlette.responses import Response

from presage.errors import InvalidInputException, ServiceError
from presage.wire.faults import Refused, Rejected

from ..newcomer import uploads
from ..newcomer.columns import ROLES, faults_of, guess
from ..newcomer.encoding import make_utf8
from ..newcomer.files import Converted, Reading, mend_quotes, open_table, sample_of, write_datasets
from ..newcomer.times import FORMS, form_of
from ..newcomer.unread import unread
from ..newcomer.walk import RECIPES, File, begin, go_on, stages
from ..page import Page
from ..visit import Visit

MOST_BYTES = 1024**3
N_EXAMPLES, N_SHOWN = 3, 6
LEAST_ROWS = 1_000
RIGHTS = ("personalize:CreateDatasetGroup", "s3:PutObject")


@dataclass(frozen=True)
class Column:
    """A column of the file, with some of its values, and what it is taken for."""

    name: str
    examples: list[str]
    role: str


async def show(visit: Visit) -> Response:
    """Ask for a file."""
    return visit.page("start.html", error="")


async def upload(visit: Visit) -> Response:
    """Keep the file that was sent."""
    sent = visit.form.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return visit.page("start.html", status=400, error="Choose a file first.")
    try:
        id_ = await visit.beside(lambda: _keep(visit, sent.file, sent.filename or ""))
    except InvalidInputException as error:
        return visit.page("start.html", status=400, error=f"{sent.filename}: {error.message}.")
    return visit.go(f"/start/{id_}")


async def take_sample(visit: Visit) -> Response:
    """Keep the file that comes with presage, as if somebody had brought it."""

    def keep() -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "online-retail.csv")
            visit.console.write_sample(path)
            return uploads.keep(visit.server.stores, path, path.name)

    return visit.go(f"/start/{await visit.beside(keep)}")


def _keep(visit: Visit, file: BinaryIO, name: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "brought")
        with path.open("wb") as out:
            shutil.copyfileobj(file, out)
        make_utf8(path)
        mend_quotes(path)
        if not sample_of(open_table(path)).height:
            raise InvalidInputException("the file names columns, but has no rows; it must hold rows")
        return uploads.keep(visit.server.stores, path, name)


async def show_columns(visit: Visit) -> Response:
    """What the columns are taken for, and how the first rows read then."""
    return visit.page("start_columns.html", **await visit.beside(lambda: _columns(visit)), error="")


async def check_columns(visit: Visit) -> Response:
    """The part that shows how the first rows read, after something was chosen otherwise."""
    return visit.page("start_preview.html", **await visit.beside(lambda: _columns(visit)))


def _columns(visit: Visit) -> dict[str, Any]:
    id_ = visit.request.path_params["id"]
    with uploads.brought(visit.server.stores, id_) as (file, path):
        sample = sample_of(open_table(path))
    roles = _chosen(visit, sample.columns) if visit.form else guess(sample)
    times = next((column for column, role in roles.items() if role == "TIMESTAMP"), None)
    form = form_of(sample[times].drop_nulls())[0] if times else next(iter(FORMS.values()))
    asked = FORMS.get(visit.given("form"))
    is_same = visit.given("times") == (times or "")
    reading = Reading(roles=roles, form=(asked if asked and is_same else form).key)
    faults = faults_of(roles)
    rows = reading.rows(sample.lazy()).collect() if not faults else pl.DataFrame()
    return {
        "id": id_,
        "file": file,
        "columns": [Column(name, _examples(sample[name]), roles.get(name, "")) for name in sample.columns],
        "roles": ROLES,
        "forms": FORMS.values(),
        "recipes": RECIPES,
        "reading": reading,
        "times": times or "",
        "faults": faults,
        "name": visit.given("name") or _name_for(file),
        "recipe": visit.given("recipe"),
        "rows": rows.head(N_SHOWN).to_dicts(),
        "unread": unread(sample, reading) if not faults else [],
        "n_sample": sample.height,
        "n_whole": 0 if faults else rows.drop_nulls(["USER_ID", "ITEM_ID", "TIMESTAMP"]).height,
    }


def _examples(values: pl.Series) -> list[str]:
    """Some of a column's values, each cut."""
    different = values.drop_nulls().unique(maintain_order=True).head(N_EXAMPLES)
    return [one[:60] for one in different]


def _name_for(file: str) -> str:
    """A name for what is made of a file: its own, as far as AWS's names may be so."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", file.partition(".")[0])[:40].strip("-") or "shop"


def _chosen(visit: Visit, columns: list[str]) -> dict[str, str]:
    """The roles that the form gives to columns, which it names by their number."""
    known = {role.key for role in ROLES}
    given = {column: visit.given(f"role-{n}") for n, column in enumerate(columns)}
    return {column: role for column, role in given.items() if role in known}


async def make(visit: Visit) -> Response:
    """Write the file anew as datasets want it, and set out."""
    name = visit.given("name")
    recipe = visit.given("recipe") if visit.given("recipe") in RECIPES else next(iter(RECIPES))
    read: dict[str, Any] = await visit.beside(lambda: _columns(visit))
    try:
        if read["faults"]:
            raise InvalidInputException("; ".join(read["faults"]))
        files = await visit.beside(lambda: _write(visit, read["id"], read["reading"]))
        await begin(visit, name, recipe, files)
    except (ServiceError, Rejected, Refused) as error:
        text = error.refusal().message if isinstance(error, Rejected) else error.message
        return visit.page("start_columns.html", status=400, **read, error=text)
    return visit.go(f"/start/making/{name}")


def _write(visit: Visit, id_: str, reading: Reading) -> list[File]:
    """The files for the datasets. Raises InvalidInputException if there is too little to learn from."""
    stores = visit.server.stores
    with uploads.brought(stores, id_) as (_, path), tempfile.TemporaryDirectory() as folder:
        _check(write_datasets(open_table(path), reading, Path(folder)))
        made = sorted(Path(folder).glob("*.parquet"), reverse=True)  # the interactions first
        return [
            File(one.stem.upper(), uploads.keep_dataset(stores, id_, one), list(pl.read_parquet_schema(one)))
            for one in made
        ]


def _check(made: Converted) -> None:
    if made.n_kept < LEAST_ROWS:
        raise InvalidInputException(
            f"of {made.n_rows:,} rows {made.n_kept:,} say who, what and when; at least {LEAST_ROWS:,} must"
        )
    if min(made.n_users, made.n_items) < 2:
        raise InvalidInputException(
            f"the rows are of {made.n_users:,} users and {made.n_items:,} things; more of both are needed"
        )


async def show_making(visit: Visit) -> Response:
    """How far it is."""
    return visit.page("start_making.html", **await visit.beside(lambda: _making(visit)))


async def go_on_making(visit: Visit) -> Response:
    """Make what comes next; the part that shows how far it is, and in the end the page to try a user."""
    await go_on(visit, visit.request.path_params["name"])
    now = await visit.beside(lambda: _making(visit))
    return (
        visit.go(f"/try?campaign={now['campaign']}")
        if now["is_done"]
        else visit.page("start_stages.html", **now)
    )


def _making(visit: Visit) -> dict[str, Any]:
    name = visit.request.path_params["name"]
    found = stages(visit, name)
    return {
        "name": name,
        "stages": found,
        "is_done": all(one.state == "done" for one in found),
        "has_failed": any(one.state == "failed" for one in found),
        "campaign": visit.server.arn("personalize", f"campaign/{name}"),
        "group": visit.server.arn("personalize", f"dataset-group/{name}"),
        "now": visit.server.clock(),
    }


PAGES = (
    Page(path="/start", answer=show, demands=RIGHTS, title="Bring data", section="Data"),
    Page(path="/start/upload", answer=upload, demands=RIGHTS, method="POST", most_bytes=MOST_BYTES),
    Page(path="/start/sample", answer=take_sample, demands=RIGHTS, method="POST"),
    Page(path="/start/making/{name}", answer=show_making, demands=("personalize:DescribeDatasetGroup",)),
    Page(path="/start/making/{name}/next", answer=go_on_making, demands=RIGHTS, method="POST"),
    Page(path="/start/{id}", answer=show_columns, demands=RIGHTS),
    Page(path="/start/{id}/check", answer=check_columns, demands=RIGHTS, method="POST"),
    Page(path="/start/{id}", answer=make, demands=RIGHTS, method="POST"),
)
