"""How long do very many short series take, from import to export, and how much memory?

    make setup && .venv/bin/python benchmarks/many_series.py [--series 5000] [--seconds 900] [--limit 3600]

Daily demand of two years, drawn with a level, a trend, a week and zeros that differ by series, is uploaded as CSV
files of 5,000 series, imported, learned from by an automatic predictor in `--seconds` (`auto_predictor_seconds`),
forecast two weeks ahead and exported, through boto3 and a real server with one worker. Twice a second all processes
are looked at: memory is that of the largest one while a step lasts, and what of it is not a file that is mapped. CPU
seconds are those of the server and all that it started. The answers stand in `many_series.md`.
"""

import argparse
import os
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.running import RunningServer  # noqa: E402

from benchmarks.kill_loop import family  # noqa: E402

N_DAYS, HORIZON = 730, 14
SERIES_A_FILE = 5_000
ROLE = "arn:aws:iam::000000000000:role/r"
SCHEMA = [("item_id", "string"), ("timestamp", "timestamp"), ("demand", "float")]
LOOK_SECONDS, SAY_SECONDS = 0.5, 10.0
MB = 1024


def demand(first, n):
    """(n * N_DAYS) rows of some series, whole numbers, from a seed by series."""
    rng = np.random.default_rng(first)
    level, trend = rng.gamma(1.5, 10.0, (n, 1)), rng.normal(0, 0.3, (n, 1))
    week = 1 + rng.uniform(0, 0.6, (n, 1)) * np.sin(
        2 * np.pi * (np.arange(N_DAYS) / 7 + rng.uniform(size=(n, 1)))
    )
    sold = rng.poisson(level * week * np.exp(trend * np.arange(N_DAYS) / N_DAYS))
    days = np.datetime64("2022-01-01") + np.arange(N_DAYS)
    return pl.DataFrame(
        {
            "item_id": np.repeat([f"item-{k:07d}" for k in range(first, first + n)], N_DAYS),
            "timestamp": np.tile(days, n),
            "demand": sold.ravel(),
        }
    )


class Watched:
    """What a server and all that it started take, and how far its jobs are."""

    def __init__(self, server):
        self.server, self.began = server, time.monotonic()
        self.resident, self.own, self.now, self.cpu = Counter(), Counter(), Counter(), {}
        self._ending = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self):
        said_at = 0.0
        while not self._ending.wait(LOOK_SECONDS):
            for pid, what in family(self.server.process.pid):
                with suppress(OSError, KeyError, IndexError):
                    self._note(pid, what)
            step = self._step()
            if step and time.monotonic() - said_at > SAY_SECONDS:
                said_at = time.monotonic()
                now = f"{time.monotonic() - self.began:7.0f} s  {self.now['child']:5} MB"
                print(f"{now}  {step}", file=sys.stderr, flush=True)
                self.now.clear()

    def _note(self, pid, what):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        sizes = {
            name: rest.split()[0] for name, _, rest in (line.partition(":") for line in lines) if rest.strip()
        }
        self.resident[what] = max(self.resident[what], int(sizes["VmRSS"]) // MB)
        self.own[what] = max(self.own[what], int(sizes["RssAnon"]) // MB)
        self.now[what] = max(self.now[what], int(sizes["VmRSS"]) // MB)
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        self.cpu[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _step(self):
        with suppress(sqlite3.Error):
            with sqlite3.connect(f"file:{self.server.data}/jobs.sqlite?mode=ro", uri=True) as jobs:
                found = jobs.execute("SELECT step, fraction FROM jobs WHERE state = 'RUNNING'").fetchall()
            return "; ".join(f"{step} ({fraction:.0%})" for step, fraction in found)
        return ""

    @contextmanager
    def step(self, name):
        """Print what a step took."""
        self.resident.clear()
        self.own.clear()
        begun, cpu = time.monotonic(), sum(self.cpu.values())
        yield
        wall = time.monotonic() - begun
        time.sleep(2 * LOOK_SECONDS)
        largest = max(self.resident, key=self.resident.__getitem__)
        print(
            f"| {name} | {wall:.0f} | {sum(self.cpu.values()) - cpu:.0f} | {self.resident[largest]} |"
            f" {self.own[largest]} | {largest} |",
            flush=True,
        )

    def close(self):
        self._ending.set()


class Steps:
    """The steps of a user, through boto3."""

    def __init__(self, server, limit):
        self.forecast, self.query, self.s3 = (server.client(n) for n in ("forecast", "forecastquery", "s3"))
        self.until = time.monotonic() + limit
        self.s3.create_bucket(Bucket="many")

    def at(self, key):
        return {"S3Config": {"Path": f"s3://many/{key}", "RoleArn": ROLE}}

    def wait(self, describe, **named):
        while (found := describe(**named))["Status"] not in ("ACTIVE", "CREATE_FAILED", "CREATE_STOPPED"):
            if time.monotonic() > self.until:
                sys.exit(f"not done within the time limit: {found['Status']} {named}")
            time.sleep(0.2)
        if found["Status"] != "ACTIVE":
            sys.exit(f"{found['Status']}: {found.get('Message')}")
        return found

    def upload(self, folder, n_series):
        for first in range(0, n_series, SERIES_A_FILE):
            file = folder / "demand.csv"
            demand(first, min(SERIES_A_FILE, n_series - first)).write_csv(file, include_header=False)
            self.s3.upload_file(str(file), "many", f"demand/{first:07d}.csv")
            file.unlink()

    def import_(self):
        attributes = [{"AttributeName": name, "AttributeType": kind} for name, kind in SCHEMA]
        dataset = self.forecast.create_dataset(
            DatasetName="demand",
            Domain="RETAIL",
            DatasetType="TARGET_TIME_SERIES",
            DataFrequency="D",
            Schema={"Attributes": attributes},
        )["DatasetArn"]
        self.group = self.forecast.create_dataset_group(
            DatasetGroupName="many", Domain="RETAIL", DatasetArns=[dataset]
        )["DatasetGroupArn"]
        job = self.forecast.create_dataset_import_job(
            DatasetImportJobName="demand",
            DatasetArn=dataset,
            DataSource=self.at("demand/"),
            TimestampFormat="yyyy-MM-dd",
        )["DatasetImportJobArn"]
        self.wait(self.forecast.describe_dataset_import_job, DatasetImportJobArn=job)

    def train(self):
        self.predictor = self.forecast.create_auto_predictor(
            PredictorName="many",
            ForecastHorizon=HORIZON,
            ForecastFrequency="D",
            DataConfig={"DatasetGroupArn": self.group},
        )["PredictorArn"]
        self.wait(self.forecast.describe_auto_predictor, PredictorArn=self.predictor)

    def look_ahead(self):
        self.made = self.forecast.create_forecast(ForecastName="many", PredictorArn=self.predictor)[
            "ForecastArn"
        ]
        self.wait(self.forecast.describe_forecast, ForecastArn=self.made)

    def export(self):
        job = self.forecast.create_forecast_export_job(
            ForecastExportJobName="many", ForecastArn=self.made, Destination=self.at("out/")
        )["ForecastExportJobArn"]
        self.wait(self.forecast.describe_forecast_export_job, ForecastExportJobArn=job)

    def export_backtest(self):
        job = self.forecast.create_predictor_backtest_export_job(
            PredictorBacktestExportJobName="many",
            PredictorArn=self.predictor,
            Destination=self.at("backtest/"),
        )["PredictorBacktestExportJobArn"]
        self.wait(self.forecast.describe_predictor_backtest_export_job, PredictorBacktestExportJobArn=job)

    def loss(self):
        """The mean wQL over the backtest windows."""
        found = self.forecast.get_accuracy_metrics(PredictorArn=self.predictor)
        (own,) = found["PredictorEvaluationResults"]
        (summary,) = [one for one in own["TestWindows"] if one["EvaluationType"] == "SUMMARY"]
        return summary["Metrics"]["AverageWeightedQuantileLoss"]


def main():
    parser = argparse.ArgumentParser(description="Very many short series, from import to export.")
    parser.add_argument("--series", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--limit", type=float, default=3600.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        environ = {"PRESAGE_AUTO_PREDICTOR_SECONDS": f"{options.seconds:g}"}
        server = RunningServer(Path(scratch, "data"), environ=environ).start()
        watched = Watched(server)
        try:
            steps = Steps(server, options.limit)
            steps.upload(Path(scratch), options.series)
            print("| step | s | CPU s | MB resident | MB of its own | of |\n|---|--:|--:|--:|--:|---|")
            for name, step in {
                "import": steps.import_,
                "train": steps.train,
                "forecast": steps.look_ahead,
                "export": steps.export,
                "export of the backtest": steps.export_backtest,
            }.items():
                with watched.step(f"{name}, {options.series:,} series"):
                    step()
            print(f"average wQL over the backtest windows {steps.loss():.4f}")
        finally:
            watched.close()
            server.stop()


if __name__ == "__main__":
    main()
