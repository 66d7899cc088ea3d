"""How fast is one series of a large forecast found, while 50 questions a second arrive?

    make setup && .venv/bin/python benchmarks/query_forecast.py [--items 100000] [--seconds 20]

A forecast of 100,000 items, 30 steps, three quantiles and the mean lies in the data folder. The server opens it by itself,
which checks the whole file; one question is the first. Then questions about items drawn at random come at 50 a second over 10 connections, and in
the end as fast as they are answered.

Answer (2 cores at a load of 2, 10 s): the first 5 ms; at 50/s p50 0.8 ms, p99 4.0 ms; as fast as possible 4,012/s, 212 us of the
server's CPU each. Before (2 cores shared with eight other busy processes, two runs of 4 s): the first 9 and 12 ms, where the question itself
opened the forecast 217 and 108 ms; at 50/s p50 0.9 and 0.8 ms, p99 60 and 7.1 ms (at raised priority, two runs of 10 s, 8.0
and 10.4 ms); as fast as possible 1,564 and 1,816/s, 262 and 253 us of the server's CPU each.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")

from tests.running import RunningServer  # noqa: E402

from benchmarks.load import offer, saturate, signed  # noqa: E402
from presage.config import Config  # noqa: E402
from presage.recipes.forecasting.panel import Forecast  # noqa: E402
from presage.serving.forecast.stored import levels_of, save_forecast  # noqa: E402
from presage.stores import open_stores  # noqa: E402

ARN = "arn:aws:forecast:us-east-1:000000000000:forecast/sales"
TYPES = ("0.1", "0.5", "0.9", "mean")
HORIZON = 30
PER_SECOND = 50
MOST_PER_SECOND = 3_000


def prepare(data, n_items):
    """An ACTIVE forecast of so many items."""
    body = {"ForecastTypes": TYPES, "_folder": "sales"}
    with open_stores(Config(data=data)) as stores:
        with stores.records.writing() as records:
            record = records.add("forecast", "Forecast", arn=ARN, name="sales", body=body, settled=True)
        quantiles = np.sort(np.random.default_rng(0).gamma(2.0, 50.0, (n_items, HORIZON, 3)), axis=2)
        save_forecast(
            stores.model_folder(record),
            dimensions=["item_id"],
            keys=[(f"item-{n}",) for n in range(n_items)],
            starts=np.datetime64("2024-01-01", "s") + np.arange(HORIZON) * np.timedelta64(86400, "s"),
            levels=levels_of(TYPES),
            forecast=Forecast(quantiles=quantiles, mean=quantiles[:, :, 1]),
        )


def questions(server, n_items, n):
    rng = np.random.default_rng(1)
    bodies = ({"ForecastArn": ARN, "Filters": {"item_id": f"item-{rng.integers(n_items)}"}} for _ in range(n))
    target = "AmazonForecastRuntime.QueryForecast"
    return [
        signed(server.url, "/", "forecast", json.dumps(one).encode(), server.keys, target) for one in bodies
    ]


def main():
    parser = argparse.ArgumentParser(description="Latency of QueryForecast.")
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch, "data")
        prepare(data, options.items)
        server = RunningServer(data, workers=0).start()
        try:
            (first,) = offer(
                server.port, (questions(server, options.items, 1), 1), seconds=1, n_connections=1
            )
            asked = questions(server, options.items, int(PER_SECOND * options.seconds))
            (offered,) = offer(server.port, (asked, PER_SECOND), seconds=options.seconds, n_connections=10)
            asked = questions(server, options.items, int(MOST_PER_SECOND * options.seconds / 4))
            full = saturate(
                server.port, asked, n_connections=10, seconds=options.seconds / 4, pid=server.process.pid
            )
        finally:
            server.stop()
    print(f"{'the first':24} {first.seconds[0] * 1000:.0f} ms")
    print(f"{f'{PER_SECOND}/s offered':24} {offered}")
    print(f"{'10 connections':24} {full}")


if __name__ == "__main__":
    main()
