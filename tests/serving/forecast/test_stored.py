"""Forecasts at rest: what was saved is found again by the values of its dimensions."""

import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.recipes.forecasting.panel import Forecast
from presage.serving.forecast.keys import in_order, key_of, text_of
from presage.serving.forecast.opened import MOST_OPEN, OpenedForecasts
from presage.serving.forecast.stored import column_name, levels_of, load_forecast, save_forecast

KEYS = [("shoe", "Genève"), ("hat", ""), ("a,b", 'c"d'), ("a", "b,c")]
STARTS = np.datetime64("2024-03-01", "s") + np.arange(3) * np.timedelta64(86400, "s")


def saved(folder, keys=KEYS):
    quantiles = np.arange(len(keys) * 3 * 2, dtype=float).reshape(len(keys), 3, 2)
    save_forecast(
        folder,
        dimensions=["item_id", "location"],
        keys=keys,
        starts=STARTS,
        levels=(0.1, 0.9),
        forecast=Forecast(quantiles=quantiles, mean=-quantiles[:, :, 0]),
    )
    return quantiles


class TestStoredForecast:
    def test_each_series_has_its_own_values(self, tmp_path):
        quantiles = saved(tmp_path / "f")
        stored = load_forecast(tmp_path / "f")
        for place, key in enumerate(KEYS):
            found = stored.series(stored.row(key), ["0.10", "mean", ".9"])
            assert found == {
                "0.10": quantiles[place, :, 0].tolist(),
                "mean": (-quantiles[place, :, 0]).tolist(),
                ".9": quantiles[place, :, 1].tolist(),
            }

    def test_what_is_not_there_has_no_row(self, tmp_path):
        saved(tmp_path / "f")
        stored = load_forecast(tmp_path / "f")
        for key in (("hat",), ("hat", "Bern"), ("", "hat"), ("a", "b", "c"), ("a,b,c",)):
            assert stored.row(key) is None

    def test_its_steps_are_told_without_a_zone(self, tmp_path):
        saved(tmp_path / "f")
        stored = load_forecast(tmp_path / "f")
        assert stored.timestamps == ["2024-03-01T00:00:00", "2024-03-02T00:00:00", "2024-03-03T00:00:00"]


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2).map(tuple), unique=True, max_size=20))
def test_every_key_is_found_at_the_row_that_its_order_gives(keys):
    names, order = in_order(keys)
    for row, place in enumerate(order):
        assert tuple(key_of(names[row])) == keys[place]
        assert names.row(text_of(keys[place])) == row


@pytest.mark.parametrize(
    ("type_", "name"),
    [("0.1", "p10"), ("0.10", "p10"), (".1", "p10"), ("0.05", "p5"), ("0.29", "p29"), ("mean", "mean")],
)
def test_types_are_called_as_aws_calls_them(type_, name):
    assert column_name(type_) == name


def test_levels_rise_and_are_each_there_once():
    assert levels_of(["0.9", "mean", ".1", "0.10"]) == (0.1, 0.9)


class TestOpenedForecasts:
    def test_one_is_loaded_once_and_answers_after_its_files_are_gone(self, tmp_path):
        saved(tmp_path / "f")
        opened = OpenedForecasts()
        assert opened.get(tmp_path / "f") is None
        stored = opened.open(tmp_path / "f")
        shutil.rmtree(tmp_path / "f")
        assert opened.get(tmp_path / "f") is stored
        assert stored.series(stored.row(KEYS[0]), ["mean"])["mean"] == [-0.0, -2.0, -4.0]
        opened.close(tmp_path / "f")
        assert opened.get(tmp_path / "f") is None
        with pytest.raises(FileNotFoundError):
            opened.open(tmp_path / "f")

    def test_those_that_nobody_asks_for_are_let_go(self, tmp_path):
        opened = OpenedForecasts()
        saved(tmp_path / "f")
        folders = [tmp_path / str(n) for n in range(MOST_OPEN + 1)]
        for folder in folders:
            folder.symlink_to(tmp_path / "f")
            opened.open(folder)
        assert opened.get(folders[0]) is None
        assert opened.get(folders[-1]) is not None


def test_forecasts_that_are_gone_are_let_go_of(tmp_path):
    opened = OpenedForecasts()
    for name in ("kept", "gone"):
        saved(tmp_path / name)
        opened.open(tmp_path / name)
    shutil.rmtree(tmp_path / "gone")
    opened.close_gone()
    assert opened.get(tmp_path / "kept")
    assert opened.get(tmp_path / "gone") is None
