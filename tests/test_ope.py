"""Policies judged from a table, at the command line."""

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from presage.cli import main


@pytest.fixture
def table(tmp_path):
    """Two actions for two kinds of users, each of whom likes another one."""
    rng = np.random.default_rng(1)
    n = 3_000
    kind, chance = rng.integers(0, 2, n), rng.uniform(0.3, 0.7, n)
    action = (rng.random(n) < chance).astype(int)
    reward = (rng.random(n) < np.where(action == kind, 0.6, 0.2)).astype(int)
    rows = pl.DataFrame(
        {
            "action": np.array(["tea", "wine"])[action],
            "reward": reward,
            "propensity": np.where(action == 1, chance, 1 - chance),
            "kind": np.array(["old", "young"])[kind],
            "wise:tea": 1.0 - kind,
            "wise:wine": kind.astype(float),
            "half": 0.5,
        }
    )
    rows.write_csv(tmp_path / "log.csv")
    rows.write_parquet(tmp_path / "log.parquet")
    return tmp_path / "log.csv"


def run(*asked):
    return CliRunner().invoke(main, ["ope", *map(str, asked)])


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_policies_are_judged_from_a_table(table, suffix):
    figures = table.parent / "out.csv"
    answer = run(table.with_suffix(suffix), "--context", "kind", "--policy", "wise", "--out", figures)
    assert answer.exit_code == 0, answer.output
    assert "always wine" in answer.output
    found = {row["policy"]: row for row in pl.read_csv(figures).iter_rows(named=True)}
    assert found.keys() == {"logging", "wise", "always tea", "always wine"}
    for name, truth in (("wise", 0.6), ("always tea", 0.4), ("always wine", 0.4)):
        for one in ("snips", "doubly_robust"):
            assert found[name][f"{one}_low"] < truth < found[name][f"{one}_high"]
    assert 1_000 < found["wise"]["effective_decisions"] < 1_600


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("--reward", "gain"), "no column 'gain'; it has: action, reward"),
        (("--reward", "kind"), "kind holds"),
        (("--propensity", "reward"), "propensity is 0.0 in round"),
        (("--policy", "new"), "no column 'new:tea'"),
        (("--action", "half", "--policy", "wise"), "no column 'wise:0.5'"),
    ],
)
def test_what_is_wrong_is_said(table, asked, message):
    answer = run(table, *asked)
    assert answer.exit_code == 2
    assert message in " ".join(answer.output.split())


def test_a_policy_that_sums_to_more_is_refused(table):
    rows = pl.read_csv(table).with_columns(pl.lit(0.7).alias("wise:tea"), pl.lit(0.7).alias("wise:wine"))
    rows.write_csv(table)
    answer = run(table, "--policy", "wise")
    assert "the probabilities of wise sum to 1.4 in row 1, not 1" in " ".join(answer.output.split())


@pytest.mark.parametrize(
    "text", ["", "action,reward,propensity\na,1,0.5\n", "action,reward\n\x00,,\n,,,,,\n"]
)
def test_a_file_that_tells_nothing_is_refused(tmp_path, text):
    (tmp_path / "log.csv").write_text(text)
    answer = run(tmp_path / "log.csv")
    assert answer.exit_code == 2
    assert "Traceback" not in answer.output
