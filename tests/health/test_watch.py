import threading

import pytest

from presage.config import Config
from presage.health.alarms import Alarm
from presage.health.drill import drill
from presage.health.readings import Reading
from presage.health.requests import Requests
from presage.health.watch import ROUND_SECONDS, Watch, send_notices
from presage.health.windows import LEAST_REQUESTS
from presage.stores import Stores
from presage.wire.http import TRAIL

ASK = "personalize:GetRecommendations"


class Servers:
    """Several servers on one database, on a clock that tests turn; what they read is given to them."""

    def __init__(self, folder, url, database=""):
        self.now = 1_700_000_000.0
        self.config = Config(data=folder, channels={"oncall": url}, database=database)
        self.readings = []
        self.open = []

    def start(self, n):
        for _ in range(n):
            stores = Stores(self.config, lambda: self.now)
            self.open.append(Watch(stores=stores, requests=Requests(), read=lambda: self.readings))
        return self

    def stop(self):
        for watch in self.open:
            watch.stores.close()
        self.open = []

    def pass_by(self, seconds=ROUND_SECONDS):
        """Time passes, and all look at the same moment."""
        self.now += seconds
        threads = [threading.Thread(target=watch.step) for watch in self.open]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


@pytest.fixture
def servers(tmp_path, webhook):
    servers = Servers(tmp_path / "data", webhook.url())
    yield servers
    servers.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def shared(request, tmp_path, webhook):
    """Servers on a database of either kind."""
    database = request.getfixturevalue("postgres").new_database() if request.param == "postgres" else ""
    servers = Servers(tmp_path / "data", webhook.url(), database)
    yield servers
    servers.stop()


def said(webhook):
    return [payload["title"] for _, _, payload in webhook.told]


def test_several_servers_tell_once_and_a_restart_tells_nothing_again(shared, webhook):
    servers = shared
    servers.start(2)
    servers.readings = [
        Reading("disk_free_share", 0.05),
        Reading("model_age_seconds", 9e5, ("campaign/home",)),
    ]
    for seconds in (ROUND_SECONDS, ROUND_SECONDS, 300):
        servers.pass_by(seconds)
    fires = ["presage: model-stale fires: campaign/home", "presage: disk fires"]
    assert said(webhook) == fires
    servers.stop()
    servers.start(2)
    for _ in range(2):
        servers.pass_by()
    assert said(webhook) == fires
    servers.readings = [Reading("disk_free_share", 0.5), Reading("model_age_seconds", 60, ("campaign/home",))]
    for seconds in (ROUND_SECONDS, ROUND_SECONDS, 300):
        servers.pass_by(seconds)
    assert said(webhook) == [
        *fires,
        "presage: model-stale has ended: campaign/home",
        "presage: disk has ended",
    ]


def test_many_subjects_are_one_notice(servers, webhook):
    servers.start(1)
    servers.readings = [Reading("model_age_seconds", 9e5, (f"campaign/c{n:02}",)) for n in range(30)]
    servers.pass_by()
    ((_, headers, payload),) = webhook.told
    assert payload["title"] == "presage: model-stale fires: campaign/c00 and 29 more"
    lines = payload["message"].splitlines()
    assert lines[0] == "campaign/c00: 10.4 days, above 8 days"
    assert lines[20] == "and 10 more"
    assert headers["Idempotency-Key"] == "alarm-1"


def test_a_notice_that_is_not_taken_is_tried_again_by_that_channel_alone(servers, webhook):
    servers.start(1)
    stores = servers.open[0].stores
    broken = Alarm(name="b", metric="jobs_failed", above=0, channels=["oncall", "lost"])
    stores.alarms.put("b", {"name": "b", "metric": "jobs_failed", "above": 0, "channels": broken.channels})
    stores.alarms.put("jobs-failed", {"name": "jobs-failed", "metric": "jobs", "above": 1, "isOn": False})
    servers.readings = [Reading("jobs_failed", 2, ("train",))]
    servers.pass_by()
    assert said(webhook) == ["presage: b fires: train"]
    (notice,) = stores.alarms.notices()
    assert (notice.channels, notice.sent_at, notice.tries) == (["lost"], None, 1)
    assert "no channel 'lost'" in notice.error
    servers.pass_by(61)
    (notice,) = stores.alarms.notices()
    assert (notice.channels, notice.tries) == (["lost"], 2)
    send_notices(stores.alarms, {"lost": webhook.url()}, servers.now + 121)
    (notice,) = stores.alarms.notices()
    assert (notice.sent_at, notice.error) == (servers.now + 121, "")
    assert said(webhook) == ["presage: b fires: train"] * 2


def test_requests_of_all_servers_count_together(shared, webhook):
    servers = shared
    servers.start(2)
    for watch in servers.open:
        for n in range(LEAST_REQUESTS):
            watch.requests({TRAIL: {"operation": ASK}}, 500 if n == 0 else 200, 0.004 if n else 20.0)
    for _ in range(2):
        servers.pass_by()
    standing = servers.open[0].stores.alarms.standing()
    assert standing["errors", ASK].value == pytest.approx(1 / LEAST_REQUESTS)
    assert 10 < standing["latency", ASK].value <= 30
    assert said(webhook) == []
    servers.pass_by()
    fires = [f"presage: errors fires: {ASK}", f"presage: latency fires: {ASK}"]
    assert said(webhook) == fires
    for _ in range(3):
        servers.pass_by(300)
    assert said(webhook)[2:] == [title.replace("fires", "has ended") for title in fires]


def test_a_drill_fires_and_ends_each_alarm_by_its_channel(webhook):
    alarms = [
        Alarm(name="slow", metric="latency_seconds", above=1, for_seconds=300, channels=["oncall"]),
        Alarm(name="disk", metric="disk_free_share", below=0.1, channels=["oncall"]),
        Alarm(name="none", metric="jobs_failed", above=0, channels=[]),
        Alarm(name="lost", metric="jobs_failed", above=0, channels=["lost"]),
    ]
    slow, disk, nobody, lost = drill(alarms, {"oncall": webhook.url()}, 0.0)
    assert slow.is_well
    assert disk.is_well
    assert said(webhook) == [
        "[drill] presage: slow fires: drill",
        "[drill] presage: slow has ended: drill",
        "[drill] presage: disk fires: drill",
        "[drill] presage: disk has ended: drill",
    ]
    assert (nobody.fired, nobody.ended, nobody.is_well) == (True, True, False)
    assert (lost.told, lost.is_well) == ([], False)
    assert "no channel 'lost'" in lost.untold["lost"]
