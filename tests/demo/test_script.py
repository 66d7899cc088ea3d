"""The shop's demonstration against a real server, twice: the second time finds what the first one made."""

import io
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from presage.demo import DemoError, run_demo
from presage.demo.retail import bundled_lines

from ..jobs.running import eventually
from ..running import running_server

N_CUSTOMERS = 80
QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart.py"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    quick = {"PRESAGE_AUTO_PREDICTOR_SECONDS": "2"}
    running = running_server(tmp_path_factory.mktemp("demo") / "data", environ=quick).start()
    yield running
    assert running.stop() == 0, running.output()


@pytest.fixture(scope="module")
def few_lines():
    """The invoices of some of the customers."""
    lines = bundled_lines()
    customers = lines["CustomerID"].drop_nulls().unique().sort().gather_every(17).head(N_CUSTOMERS).to_list()
    return lines.filter(pl.col("CustomerID").is_in(customers))


def run(server, few_lines, folder):
    console = Console(file=io.StringIO(), width=140)
    run_demo(server.url, out=folder / "page.html", console=console, lines=few_lines)
    return console.file.getvalue(), (folder / "page.html").read_text()


def made(server):
    """How many of everything there are."""
    personalize = server.client("personalize")
    kinds = ("schemas", "dataset_groups", "datasets", "dataset_import_jobs", "solutions", "campaigns")
    counts = {kind: len(next(iter(getattr(personalize, f"list_{kind}")().values()))) for kind in kinds}
    versions = [
        len(personalize.list_solution_versions(solutionArn=solution["solutionArn"])["solutionVersions"])
        for solution in personalize.list_solutions()["solutions"]
    ]
    return counts | {"versions": sum(versions)}


@pytest.fixture(scope="module")
def first(server, few_lines, tmp_path_factory):
    """What the first run said and showed, and what it left on the server."""
    return *run(server, few_lines, tmp_path_factory.mktemp("first")), made(server)


def test_it_ends_with_answers_that_changed_and_a_page(first):
    said, page, left = first
    assert "MRR@25" in said
    assert "the answer changed" in said
    assert "page.html" in said
    assert "What live events change" in page
    assert "AutoPredictor" in said
    assert page.count("<polygon") >= 3
    assert left["dataset_import_jobs"] == left["datasets"] == left["schemas"] == 3
    assert left["versions"] == left["solutions"] == left["campaigns"] == 2


def test_run_again_it_finds_what_the_first_run_made(server, few_lines, first, tmp_path):
    said, page = run(server, few_lines, tmp_path)
    assert made(server) == first[2]
    assert "the answer changed" in said
    assert "What live events change" in page


def test_the_quickstart_runs_on_what_it_left(server, first):
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": server.url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "presage",
        "AWS_SECRET_ACCESS_KEY": "presage",
    }

    def changed():
        """Whether what it told changed the answer: of two servers the other knows a moment later."""
        ran = subprocess.run(
            [sys.executable, QUICKSTART],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        before, after = (line.split(":")[1].split() for line in ran.stdout.splitlines())
        assert len(before) == len(after) == 5
        return before != after

    eventually(changed)


def test_what_the_server_refuses_is_said_in_one_line(server, few_lines, tmp_path):
    with pytest.raises(DemoError, match=r"CREATE FAILED: .*1000 ") as caught:
        run(server, few_lines.head(300), tmp_path)
    assert "\n" not in str(caught.value)


def test_a_server_that_is_not_there_is_named(few_lines, tmp_path):
    console = Console(file=io.StringIO())
    with pytest.raises(DemoError, match=r"127\.0\.0\.1:9/?"):
        run_demo("http://127.0.0.1:9", out=tmp_path / "page.html", console=console, lines=few_lines)
