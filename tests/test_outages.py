"""One of two servers is killed, or their database goes away, amid events: nothing acknowledged is lost."""

import time
import urllib.error
import urllib.request

import pytest
from benchmarks.outages import Trial

N_CLIENTS = 8


@pytest.fixture
def trial(tmp_path):
    trial = Trial(tmp_path, N_CLIENTS, trains=False)
    yield trial
    assert trial.close() == 0, trial.servers.output()


def until_told(trial, n_more=50):
    """Wait until so many further events are acknowledged."""
    n = n_more + sum(len(client.met.acknowledged) for client in trial.clients)
    deadline = time.monotonic() + 60
    while sum(len(client.met.acknowledged) for client in trial.clients) < n:
        assert time.monotonic() < deadline, trial.servers.output()
        time.sleep(0.05)


def status_of(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_nothing_is_lost_and_no_answer_is_an_error_of_ours(trial):
    until_told(trial)
    trial.kill_server(1)
    until_told(trial)
    trial.postgres.kill()
    away = {status_of(f"{server.url}/features/any") for server in trial.servers.servers}
    time.sleep(2)
    trial.postgres.start()
    until_told(trial)
    acknowledged = trial.stop_clients()
    stored = trial.stored()
    statuses, _ = trial.met_since(0)
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))
    assert away == {503}
    assert statuses.keys() <= {0, 200, 503}, statuses
    assert statuses[503]
