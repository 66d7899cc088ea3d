"""What stands in examples/health/ can be used as it is."""

import json
import re
from pathlib import Path

import yaml

from presage.health.alarms import read_alarms
from presage.health.metrics import METRICS

EXAMPLES = Path(__file__).parent.parent.parent / "examples/health"
OF_REQUESTS = {"presage_request_seconds_count", "presage_request_seconds_bucket"}


def test_the_alarms_can_be_read():
    assert len(read_alarms(EXAMPLES / "alarms.yaml").alarms) == 5


def test_the_dashboard_asks_for_metrics_and_labels_that_there_are():
    known = {f"presage_{name}{'_total' * one.counts}": set(one.labels) for name, one in METRICS.items()}
    known |= {name: {"operation", "status", "le"} for name in OF_REQUESTS}
    board = json.loads((EXAMPLES / "grafana.json").read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert len(queries) > 12
    for query in queries:
        names = re.findall(r"presage_\w+", query)
        assert names, query
        labels = {label.strip() for some in re.findall(r"by \((.*?)\)", query) for label in some.split(",")}
        for name in names:
            assert labels <= known[name] | {"instance", "le"}, query


def test_the_scrape_file_is_one():
    found = yaml.safe_load((EXAMPLES / "prometheus.yml").read_text())
    assert found["scrape_configs"][0]["job_name"] == "presage"
