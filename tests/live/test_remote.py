"""Live features in Postgres and in Redis: the same answers, an outage is told, and nothing told meanwhile is lost."""

import asyncio
import subprocess
import sys

import pytest

from presage.live.documents import Documents
from presage.live.folding import Counts, Folding
from presage.live.reading import LiveSets
from presage.live.sets import register
from presage.log import open_log
from presage.online import OnlineError, open_online
from presage.wire.faults import Refused

from ..features.bts.documents import BLOCK, LABEL, WINDOW
from ..jobs.running import eventually
from ..operations.inprocess import InProcess
from ..running import RunningServer
from .test_app import call, declared, told
from .test_folding import SET, START, answer, counts, fold_whatever_waits
from .test_folding import told as told_at


@pytest.fixture(params=["postgres", "redis"])
def database(request):
    """A server that a test may kill."""
    server = request.getfixturevalue(request.param)
    yield server
    if server.process.poll() is not None:
        server.start()


def plays(server, user):
    """How many events of a user's session count; None if the answer is none."""
    status, found = call(server, "GET", f"/s/{user}")
    return found["records"]["session"]["plays"] if status == 200 else None


def tell(server, user, numbers):
    for number in numbers:
        assert call(server, "POST", "/s/events", told(user, number)) == (200, {"events": 1})


def test_an_outage_is_told_and_what_is_told_meanwhile_counts_once(database, tmp_path):
    url = database.new_database()
    database.kill()
    server = RunningServer(tmp_path / "data", arguments=["--online-store", url], workers=0).start()
    try:
        assert call(server, "PUT", "/s", declared())[0] == 201
        tell(server, "u", range(3))
        assert call(server, "GET", "/s/u")[0] == 503
        database.start()
        eventually(lambda: plays(server, "u") == 3)
        assert not (tmp_path / "data/online.sqlite").exists()
        database.kill()
        tell(server, "u", range(3, 5))
        for path in ("/s/u", "/s/other", "/s"):
            status, found = call(server, "GET", path)
            assert (status, found["__type"]) == (503, "ServiceUnavailable")
            assert "secret" not in found["message"]
        eventually(lambda: "store is gone" in server.output())
        database.start()
        eventually(lambda: plays(server, "u") == 5)
        assert call(server, "GET", "/s")[1]["events"]["folded"] == 5
        assert call(server, "GET", "/s/other")[0] == 404
        assert "secret" not in server.output()
        database.kill()
        assert call(server, "DELETE", "/s")[0] == 503
        database.start()
        eventually(lambda: call(server, "DELETE", "/s")[0] == 204)
        assert call(server, "GET", "/s/u")[0] == 404
    finally:
        server.stop()


def test_killed_amid_events_each_of_two_processes_counts_them_once(database, tmp_path):
    environ = {"PRESAGE_ONLINE_STORE": database.new_database(), "PRESAGE_PROCESSES": "2"}
    server = RunningServer(tmp_path / "data", environ=environ, workers=0).start()
    try:
        call(server, "PUT", "/s", declared())
        for number in range(30):
            eventually(lambda number=number: call(server, "POST", "/s/events", told("u", number))[0] == 200)
        server.kill()
        server.start()
        for number in range(30, 40):
            eventually(lambda number=number: call(server, "POST", "/s/events", told("u", number))[0] == 200)
        eventually(lambda: call(server, "GET", "/s")[1]["events"]["folded"] == 40)
        trail = call(server, "GET", "/s/u")[1]["records"]["user"]["trail"]
        assert len(trail) == 40
    finally:
        server.stop()


def test_a_store_that_lost_its_last_moments_catches_up_though_nothing_more_is_told(database, tmp_path):
    url = database.new_database()
    log, online = open_log(tmp_path), open_online(tmp_path, url)
    log.open_stream(SET, "features")
    folding = Folding(SET, Documents(BLOCK, WINDOW), log, online)
    log.append(SET, [told_at("u", n) for n in range(7)]).result()
    fold_whatever_waits(folding)
    online.drop(SET)
    assert folding.step() == 7
    assert answer(online)["records"]["session"]["plays"] == 7
    assert counts(online) == Counts(folded=7)
    assert folding.step() == 0
    log.close()
    online.close()


def test_a_decision_that_needs_live_features_is_refused_and_no_label_is_told_without_its_events(
    database, tmp_path
):
    rooms = InProcess(tmp_path, online_store=database.new_database())
    register(rooms.stores, "s", declared(window=WINDOW + LABEL))
    sets = LiveSets(rooms.live)
    asyncio.run(
        rooms.live.tell(rooms.live.find("s"), [told_at("u", n * 60, session=n, paid=2) for n in range(3)])
    )
    assert sets.label("s", "next_week.spent", "u", START.timestamp() + 60) == 4
    database.kill()
    with pytest.raises(Refused, match="cannot be reached") as refused:
        asyncio.run(sets.look_up("s", "u"))
    assert refused.value.status == 503
    with pytest.raises(OnlineError):
        sets.label("s", "next_week.spent", "u", START.timestamp())
    rooms.close()


@pytest.mark.parametrize(
    ("url", "processes", "said"),
    [("mysql://u:secret@h/d", "1", "it must be empty"), ("redis://:secret@h:many", "2", "no URL for Redis")],
)
def test_a_server_with_a_store_that_cannot_be_says_so_and_does_not_start(tmp_path, url, processes, said):
    command = [sys.executable, "-m", "presage", "serve", "--data", str(tmp_path), "--processes", processes]
    command += ["--online-store", url]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 2
    assert said in found.stderr
    assert "secret" not in found.stderr
    assert "Traceback" not in found.stderr
