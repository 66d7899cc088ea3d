"""The page of metrics says what the metrics say."""

import re
from pathlib import Path

from presage.health.alarms import DEFAULTS
from presage.health.metrics import METRICS
from presage.health.windows import WINDOWED

PAGE = Path("docs/health.md").read_text()


def rows():
    for name, metric in METRICS.items():
        if name not in WINDOWED:
            labels = ", ".join(f"`{label}`" for label in metric.labels)
            shown = f"presage_{name}{'_total' if metric.counts else ''}"
            yield f"| `{shown}` | {labels} | {metric.text} |"


def test_the_table_holds_every_metric():
    assert [line for line in PAGE.splitlines() if line.startswith("| `presage_")] == list(rows())


def test_the_built_in_alarms_are_named():
    (told,) = re.findall(r"Built in are (.*?)\n\n", PAGE, re.DOTALL)
    assert set(re.findall(r"`([a-z-]+)`", told)) == {one.name for one in DEFAULTS}


if __name__ == "__main__":
    print("\n".join(rows()))
