"""The fast benchmarks still run; how fast they are is nobody's test."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_fast_benchmarks_run():
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks/run.py", "--quick"],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_benchmark_is_on_the_page():
    page = (ROOT / "benchmarks/README.md").read_text()
    files = {path.name for path in (ROOT / "benchmarks").glob("*.py")} - {"__init__.py", "load.py", "run.py"}
    assert [name for name in sorted(files) if f"({name})" not in page] == []
