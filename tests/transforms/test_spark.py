"""Spark with real worker processes prints what one process here does."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data" / "bts"

pytestmark = pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")


def run(*arguments):
    command = [sys.executable, "-m", "presage", "features", "run", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)


def test_a_cluster_prints_what_one_process_does():
    case = DATA / "offer_ai"
    arguments = [case / "streaming.yml", case / "window.yml", case / "events.jsonl"]
    arguments.append(DATA / "bad_records" / "events.jsonl")
    here, there = run(*arguments), run(*arguments, "--spark", "local-cluster[2,1,1024]")
    assert there.returncode == 0, there.stderr
    assert there.stdout == here.stdout
    assert len(here.stdout) > 1000
    assert there.stderr.count("ERROR - ") == here.stderr.count("ERROR - ") == 13
