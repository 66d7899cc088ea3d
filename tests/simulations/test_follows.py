"""Whom to suggest to follow, in a world whose truth is known."""

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from presage.cli import main
from presage.simulations.follows import SUGGESTS, regrets
from presage.worlds.follows import FollowWorld

WORLD = FollowWorld(n_people=60, seed=3)


def test_nobody_knows_better_than_the_truth():
    rows = list(regrets(WORLD, list(SUGGESTS), 5))
    for row in rows:
        assert row["mean_regret_by_truth"] == 0
        assert all(row[f"mean_regret_{name}"] >= 0 for name in SUGGESTS)
        assert all(0 <= row[f"followed_{name}"] <= 1 for name in SUGGESTS)


@pytest.mark.parametrize("name", SUGGESTS)
def test_nobody_is_suggested_whom_he_follows_or_himself(name):
    way, rng = SUGGESTS[name](WORLD), np.random.default_rng(0)
    follows = WORLD.follows.copy()
    for _ in range(3):
        suggested = way.suggest(follows, rng)
        assert not follows[np.arange(60), suggested].any()
        assert (suggested != np.arange(60)).all()
        is_followed = rng.random(60) < 0.5
        follows[np.flatnonzero(is_followed), suggested[is_followed]] = True
        way.learn(suggested, is_followed)


def test_what_the_network_says_of_a_pair_is_learned():
    world = FollowWorld(n_people=150, seed=4)
    rows = list(regrets(world, ["random", "friends_of_friends", "logistic"], 15))
    followed = {name: sum(row[f"followed_{name}"] for row in rows) for name in ("random", "logistic")}
    assert followed["logistic"] > 3 * followed["random"]
    assert rows[-1]["mean_regret_logistic"] < rows[-1]["mean_regret_friends_of_friends"]


def test_the_command_prints_a_table_and_leaves_a_page(tmp_path):
    file = tmp_path / "follows.csv"
    asked = "simulate follows --people 30 --periods 3 --ways random,logistic --out"
    answer = CliRunner().invoke(main, [*asked.split(), str(file)])
    assert answer.exit_code == 0, answer.output
    assert "logistic" in answer.output
    assert pl.read_csv(file).shape == (3, 4)
    page = file.with_suffix(".html").read_text()
    assert page.count("<polyline") == 4
    assert "30 people, seed 0" in page


def test_a_way_that_is_not_there_is_refused_plainly():
    answer = CliRunner().invoke(main, ["simulate", "follows", "--ways", "oracle"])
    assert answer.exit_code == 2
    assert "there is no way to suggest 'oracle'" in " ".join(answer.output.split())
