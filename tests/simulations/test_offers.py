"""Offers in a game whose truth is known."""

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from presage.cli import main
from presage.simulations.comparing import compare, interval
from presage.simulations.offers import BUDGET, SHOWS, play
from presage.worlds.game import GameWorld


def test_what_is_chosen_for_each_player_earns_more_than_one_offer_for_all():
    worlds = [GameWorld(n_players=1_000, seed=seed) for seed in (3,)]
    names = ("no_offer", "fixed_split", "best_offer", "linear", "by_truth")
    revenue = {
        one.name: np.mean([earned.revenue.mean() for earned in one.earned])
        for one in compare(worlds, names, 16)
    }
    assert list(revenue) == sorted(names, key=lambda name: revenue[name])


@pytest.mark.parametrize("name", SHOWS)
def test_nobody_earns_more_than_by_truth(name):
    world = GameWorld(n_players=60, seed=1)
    earned = play(world, name, 3)
    assert earned.revenue.shape == (3,)
    assert np.all(earned.revenue <= world.value.max(axis=1).mean() + 1e-12)
    assert 0 <= earned.wasted <= 1
    np.testing.assert_array_equal(play(world, name, 3).revenue, earned.revenue)


def test_a_budget_is_kept_and_sure_buyers_get_little_of_it():
    earned = play(GameWorld(n_players=1_000, seed=3), "greedy_budget", 12)
    assert 0.95 * BUDGET < earned.given_away <= BUDGET
    assert earned.misspent < 0.08
    assert earned.misspent_late < earned.misspent  # most of it is spent while nobody is known
    assert earned.misspent < play(GameWorld(n_players=1_000, seed=3), "best_offer", 1).misspent


def test_an_interval_is_students():
    mean, half = interval([1.0, 2.0, 4.0])
    assert mean == pytest.approx(7 / 3)
    assert half == pytest.approx(4.302653 * np.std([1, 2, 4], ddof=1) / 3**0.5)
    assert np.isnan(interval([1.0])[1])


def test_the_command_prints_a_table_saves_all_weeks_and_leaves_a_page(tmp_path):
    file = tmp_path / "offers.csv"
    asked = "simulate offers --players 50 --weeks 3 --seeds 2 --policies no_offer,linear,by_truth --out"
    answer = CliRunner().invoke(main, [*asked.split(), str(file)])
    assert answer.exit_code == 0, answer.output
    assert pl.read_csv(file).group_by("policy", "seed").len().height == 6
    assert "no_offer" in answer.output
    page = file.with_suffix(".html").read_text()
    assert page.count("<polyline") == 3 + 2  # revenue, and what is lost to the best
    assert "50 players, 3 weeks, 2 worlds" in page


def test_a_policy_that_is_not_there_is_refused_plainly():
    answer = CliRunner().invoke(main, ["simulate", "offers", "--policies", "oracle"])
    assert answer.exit_code == 2
    assert "Traceback" not in answer.output
