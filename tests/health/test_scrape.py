import base64
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from presage.health.metrics import METRICS
from presage.health.readings import Reading
from presage.health.requests import Requests
from presage.health.scrape import exposition, scrape_application
from presage.resources.keys import AccessKey

from ..wire.asgi import call
from ..wire.generate import Raw

READER = AccessKey(access_key_id="AKREAD", secret="s:1", allow=("health:Get*",))
STRANGER = AccessKey(access_key_id="AKASK", secret="s", allow=("personalize:*",))


def scraped(server):
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        families = text_string_to_metric_families(answer.read().decode())
        return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_a_running_server_tells_of_all_its_rooms(server):
    count = ("presage_request_seconds_count", "personalize:ListSchemas", "200")
    before = scraped(server).get(count, 0)
    personalize = server.client("personalize")
    for _ in range(3):
        personalize.list_schemas()
    found = scraped(server)
    assert found[count] == before + 3
    assert found["presage_request_seconds_bucket", "+Inf", *count[1:]] == before + 3
    assert 0 < found["presage_disk_free_share",] < 1
    assert ("presage_log_lag_seconds",) in found
    own = "presage_process_memory_bytes", str(server.process.pid), "serve"
    assert found[own] > 10e6


def test_labels_may_hold_anything():
    readings = [Reading("data_age_seconds", 1.5, ('a"b\n\\c',)), Reading("data_age_seconds", 2, ("d",))]
    text = exposition(Requests(), readings).decode()
    (family,) = [one for one in text_string_to_metric_families(text) if one.samples]
    assert family.documentation == METRICS["data_age_seconds"].text
    assert [(one.labels["dataset"], one.value) for one in family.samples] == [('a"b\n\\c', 1.5), ("d", 2)]


def basic(name, secret):
    return {"authorization": f"Basic {base64.b64encode(f'{name}:{secret}'.encode()).decode()}"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (basic("AKREAD", "s:1"), 200),
        (basic("AKREAD", "s"), 401),
        (basic("AKASK", "s"), 401),
        (basic("nobody", ""), 401),
        ({}, 401),
        ({"authorization": "Basic ÿ!"}, 401),
        ({"authorization": "Bearer AKREAD"}, 401),
    ],
)
def test_with_keys_one_that_may_is_the_password(headers, status):
    keys = {key.access_key_id: key for key in (READER, STRANGER)}
    app = scrape_application(Requests(), list, find_key=keys.get)
    assert call(app, Raw("GET", "/metrics", headers, b"")).status == status


def test_nothing_else_is_there(server):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{server.url}/metrics/more")
    with caught.value as refused:
        assert refused.code == 404
