"""The shop's demonstration against a real server, twice: the second time finds what the first one made."""

import io

import polars as pl
import pytest
from rich.console import Console

from presage.demo import DemoError, run_demo
from presage.demo.retail import bundled_lines

from ..running import RunningServer

N_CUSTOMERS = 80


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = RunningServer(tmp_path_factory.mktemp("demo") / "data").start()
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
    [tracker] = personalize.list_event_trackers()["eventTrackers"]
    counts = {kind: len(next(iter(getattr(personalize, f"list_{kind}")().values()))) for kind in kinds}
    versions = sum(
        len(personalize.list_solution_versions(solutionArn=solution["solutionArn"])["solutionVersions"])
        for solution in personalize.list_solutions()["solutions"]
    )
    return counts | {"versions": versions, "tracker": tracker["eventTrackerArn"]}


def test_run_twice_it_is_correct_twice_and_makes_everything_once(server, few_lines, tmp_path):
    said, page = run(server, few_lines, tmp_path)
    first = made(server)
    assert first["dataset_import_jobs"] == first["datasets"] == first["schemas"] == 3
    assert first["versions"] == first["solutions"] == first["campaigns"] == 2
    again, page_again = run(server, few_lines, tmp_path)
    assert made(server) == first
    for text in (said, again):
        assert "MRR@25" in text
        assert "the answer changed" in text
        assert "page.html" in text
    for text in (page, page_again):
        assert "What live events change" in text


def test_what_the_server_refuses_is_said_in_one_line(server, few_lines, tmp_path):
    with pytest.raises(DemoError, match=r"CREATE FAILED: .*1000 ") as caught:
        run(server, few_lines.head(300), tmp_path)
    assert "\n" not in str(caught.value)


def test_a_server_that_is_not_there_is_named(few_lines, tmp_path):
    console = Console(file=io.StringIO())
    with pytest.raises(DemoError, match=r"127\.0\.0\.1:9/?"):
        run_demo("http://127.0.0.1:9", out=tmp_path / "page.html", console=console, lines=few_lines)
