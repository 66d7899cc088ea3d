"""Commands that leave what happened in a world."""

import json

import polars as pl
from typer.testing import CliRunner

from presage.cli import main


def run(*asked):
    answer = CliRunner().invoke(main, ["simulate", *map(str, asked)])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_events_of_a_game_are_json_lines_in_the_order_of_time(tmp_path):
    file = tmp_path / "game.jsonl"
    told = run("events", "--players", 30, "--weeks", 2, "--out", file)
    events = [json.loads(line) for line in file.read_text().splitlines()]
    assert f"{len(events):,} events of 30 players" in told
    times = [event["event_time"] for event in events]
    assert times == sorted(times)
    assert times[0] >= "2026-01-05"
    assert "2026-01-12" < times[-1] < "2026-01-19"
    shown = [event["customer_identifier"] for event in events if event["event_id"] == "offer_shown"]
    assert len(shown) == 60
    again = tmp_path / "again.jsonl"
    run("events", "--players", 30, "--weeks", 2, "--out", again)
    assert again.read_bytes() == file.read_bytes()


def test_sales_are_saved_with_how_well_they_can_be_forecast(tmp_path):
    file = tmp_path / "sales.csv"
    told = run("demand", "--items", 4, "--days", 30, "--out", file)
    assert pl.read_csv(file).height == 120
    best, naive = (float(line.split()[-1]) for line in told.splitlines() if "WAPE" in line)
    assert 0 < best < naive
