"""Forecasts are open before anybody asks: the newest, whatever process made or deleted them."""

import shutil

import numpy as np

from presage.operations.forecast.warming import MOST_WARM, Warmer
from presage.recipes.forecasting.panel import unknown
from presage.serving.forecast.stored import save_forecast

STARTS = np.datetime64("2024-03-01", "s") + np.arange(3) * np.timedelta64(86400, "s")
FORECAST = unknown(1, len(STARTS), (0.5,))


def made(server, name):
    """An ACTIVE forecast of one series, and the folder where it lies."""
    with server.records.writing() as records:
        record = records.add(
            "forecast", "Forecast", arn=f"arn:{name}", name=name, body={"_folder": name}, settled=True
        )
    folder = server.stores.model_folder(record)
    save_forecast(
        folder, dimensions=["item_id"], keys=[("hat",)], starts=STARTS, levels=(0.5,), forecast=FORECAST
    )
    return record.arn, folder


def test_the_newest_are_opened_and_those_that_are_gone_let_go_of(inside):
    server = inside.server
    folders = [made(server, f"f{n}")[1] for n in range(MOST_WARM + 1)]
    warmer = Warmer(server)
    warmer.step()
    assert [server.forecasts.get(folder) is not None for folder in folders] == [False] + [True] * MOST_WARM
    shutil.rmtree(folders[-1])
    warmer.step()
    assert server.forecasts.get(folders[-1])  # nothing says that it has changed
    _, folder = made(server, "another")
    warmer.step()
    assert server.forecasts.get(folder)
    assert server.forecasts.get(folders[-1]) is None


def test_one_that_cannot_be_read_does_not_keep_others_from_being_opened(inside):
    server = inside.server
    _, sound = made(server, "sound")
    _, damaged = made(server, "damaged")
    (file,) = damaged.glob("*.safetensors")
    file.write_bytes(file.read_bytes()[:-9])
    Warmer(server).step()
    assert server.forecasts.get(sound)
    assert server.forecasts.get(damaged) is None
