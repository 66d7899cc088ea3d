"""Run the benchmarks one after the other: `make bench`, or `benchmarks/run.py --quick` for a smoke of the fast ones.

`next_item.py` joins in when PRESAGE_DATA names a folder that holds `recsys/ml-1m`.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FULL = tuple(
    [name]
    for name in (
        *(
            "wire.py",
            "bts.py",
            "recommend.py",
            "blend.py",
            "batch.py",
            "event_log.py",
            "folds.py",
            "import_csv.py",
            "upkeep.py",
            "start.py",
        ),
        *("serving.py", "filters.py", "training.py", "objective.py", "exploration.py"),
        *("regret.py", "offers.py", "off_policy.py", "promotion.py"),
        *("kill_loop.py", "soak.py"),
    )
)
QUICK = (
    ["bts.py", "--users", "20", "--rounds", "1"],
    ["event_log.py", "--seconds", "0.2", "--waiters", "1", "16"],
    ["folds.py", "--folds", "60"],
    ["import_csv.py", "--rows", "20000", "--rounds", "1"],
    ["upkeep.py", "--records", "2000"],
    ["training.py", "--quick"],
    ["objective.py", "--worlds", "1", "--quick"],
    ["exploration.py", "--worlds", "1", "--quick"],
    ["regret.py", "--quick"],
    ["offers.py", "--quick"],
    ["off_policy.py", "--quick"],
    ["promotion.py", "--quick"],
    ["batch.py", "--items", "300", "--size", "16", "--users", "200"],
    ["blend.py", "--items", "300", "--history", "20", "--rounds", "1"],
    ["recommend.py", "--items", "300", "--size", "16", "--users", "50"],
)


def main():
    runs = QUICK if "--quick" in sys.argv else FULL
    if runs is FULL and "PRESAGE_DATA" in os.environ:
        runs = (*runs, ["next_item.py"])
    for script, *arguments in runs:
        print(f"\n== {script} {' '.join(arguments)}", flush=True)
        subprocess.run([sys.executable, HERE / script, *arguments], check=True)


if __name__ == "__main__":
    main()
