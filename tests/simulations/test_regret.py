"""The experiment in a world of ratings."""

import math
from dataclasses import replace

import polars as pl
import pytest
from typer.testing import CliRunner

from presage.cli import main
from presage.simulations.agents import AGENTS
from presage.simulations.regret import METRICS, regrets
from presage.worlds.ratings import RatingWorld

SMALL = RatingWorld(n_users=120, n_items=60, n_features=4, seed=3)


def test_the_table_has_every_metric_of_every_agent():
    rows = list(regrets(SMALL, list(AGENTS), 3, 100))
    assert len(rows) == 3
    assert list(rows[0]) == [f"{metric}_{name}" for name in AGENTS for metric in METRICS]
    assert all(row[f"mean_regret_{name}"] >= 0 for row in rows for name in AGENTS)
    assert math.isnan(rows[0]["ratings_mse_ALS"])  # its first recommendations are random


def test_what_is_learned_personally_beats_the_notebook_and_what_is_best_for_all():
    world = replace(SMALL, seed=8)  # one in which no item is nearly the best for everybody
    rows = list(regrets(world, ["ALS", "Bayesian", "best_item", "factors", "hybrid"], 20, 120))
    last = {name.removeprefix("mean_regret_"): value for name, value in rows[-1].items() if "regret" in name}
    assert max(last["factors"], last["hybrid"]) < 0.6 * last["best_item"] < last["Bayesian"] < last["ALS"]


def test_the_same_seed_gives_the_same_table():
    first, second = ([*regrets(SMALL, ["factors", "popularity"], 2, 50)] for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert {k: v for k, v in one.items() if "time" not in k} == {
            k: v for k, v in other.items() if "time" not in k
        }


def test_an_agent_does_not_change_what_another_does():
    alone = next(regrets(SMALL, ["popularity"], 1, 50))
    beside = next(regrets(SMALL, ["popularity", "factors"], 1, 50))
    assert alone["mean_regret_popularity"] == beside["mean_regret_popularity"]


def test_the_command_prints_a_table_and_leaves_a_page(tmp_path):
    file = tmp_path / "regret.csv"
    asked = (
        f"simulate regret --users 40 --items 20 --features 3 --periods 4 --agents ALS,factors --out {file}"
    )
    answer = CliRunner().invoke(main, asked.split())
    assert answer.exit_code == 0, answer.output
    table = pl.read_csv(file)
    assert table.shape == (4, 8)
    page = file.with_suffix(".html").read_text()
    assert page.count("<polyline") == 8
    assert "40 users, 20 items, 3 features" in page


@pytest.mark.parametrize("asked", ["--agents oracle", "--users 0", "--noise nothing"])
def test_what_cannot_be_simulated_is_refused_plainly(asked):
    answer = CliRunner().invoke(main, ["simulate", "regret", *asked.split()])
    assert answer.exit_code == 2
    assert "Traceback" not in answer.output
