"""Two machines under torchrun, each with a launcher and a folder of its own, on one Postgres."""

import os
import signal
import subprocess
import sys

import numpy as np
import psutil
import pytest
import torch.distributed as dist

from presage.config import Config
from presage.errors import Unavailable
from presage.jobs import leading
from presage.jobs.heartbeats import is_alive
from presage.jobs.ranks import Task, take_part
from presage.jobs.ranks_here import ranks_here
from presage.jobs.seal import seal, unseal
from presage.jobs.torchrun import Torchrun, enter, entry_of, put, secret_of, torchrun_of

from ..ports import free_port
from .running import RunningWorkers, eventually
from .works import weights

UNDER_TORCHRUN = {
    "TORCHELASTIC_RUN_ID": "none",
    "TORCHELASTIC_USE_AGENT_STORE": "True",
    "RANK": "1",
    "WORLD_SIZE": "2",
    "LOCAL_WORLD_SIZE": "1",
    "MASTER_ADDR": "127.0.0.1",
    "MASTER_PORT": "29500",
}


class TwoMachines(RunningWorkers):
    """The first has a worker with jobs of tests; on the other torchrun starts `presage worker`."""

    def __init__(self, folder, database):
        first, second = folder / "first", folder / "second"
        first.mkdir()
        super().__init__(first, database=database)
        self.port = free_port()
        worker = self.command_of()[1:]
        follower = ["-m", "presage", "worker", "--data", str(second)]
        self.log = folder / "log"
        for number, command in enumerate((worker, follower)):
            self._launch(number, command)

    def _launch(self, number, command):
        options = {"nnodes": 2, "nproc-per-node": 1, "node-rank": number, "max-restarts": 9}
        options |= {"master-addr": "127.0.0.1", "master-port": self.port, "monitor-interval": 0.1}
        launcher = [sys.executable, "-m", "torch.distributed.run"]
        launcher += [f"--{name}={value}" for name, value in options.items()]
        environment = self.environment() | {"PRESAGE_DATABASE": self.config.database}
        with self.log.open("ab") as log:
            process = subprocess.Popen([*launcher, *command], env=environment, stdout=log, stderr=log)
        self._workers.append(process)

    @property
    def torchrun(self):
        """The place of an onlooker."""
        return Torchrun(
            run="none", rank=9, size=2, size_here=1, host="127.0.0.1", port=self.port, keeps_store=True
        )

    def pids(self, arn, times):
        """The process ids of ranks 0 and 1 of a try, which have begun to take steps."""
        return [
            int(eventually(lambda r=r: len(m := self.marks(f"rank-{r}", arn)) >= times and m[times - 1]))
            for r in (0, 1)
        ]


@pytest.fixture(scope="module")
def two(postgres, tmp_path_factory):
    machines = TwoMachines(tmp_path_factory.mktemp("machines"), postgres.new_database())
    yield machines
    machines.close()


def test_two_machines_learn_what_two_processes_of_one_learn(two):
    two.jobs.submit("learned", "a")
    two.until("a", "DONE")
    np.testing.assert_array_equal(np.load(two.config.data / "learned-a.npy"), weights(ranks_here(2)))


def test_who_does_not_know_the_secret_is_not_heard(two):
    store = two.torchrun.store()
    queue = entry_of(store, secret_of(two.config), 1).queue
    store.queue_push(queue, seal(b"guessed", queue, b"{}"))
    store.queue_push(queue, b"")
    eventually(lambda: two.log.read_text().count("was not written by a process with this cluster") == 2)


def test_a_rank_that_is_killed_ends_the_try_and_no_rank_outlives_another(two):
    two.jobs.submit("ranked", "b")
    pids = [two.pids("b", 1)]
    os.kill(pids[0][1], signal.SIGKILL)
    pids.append(two.pids("b", 2))
    assert two.jobs.find("b").tries == 1
    assert "rank 1 of 2 " in two.log.read_text()
    os.kill(_follower_of(pids[1][1]), signal.SIGKILL)  # torchrun starts another
    pids.append(two.pids("b", 3))
    two.jobs.cancel("b")
    two.until("b", "CANCELLED")
    eventually(lambda: not any(is_alive(pid) for pair in pids for pid in pair))


def _follower_of(child):
    """The process that torchrun started, of a child of its guard."""
    return psutil.Process(child).parent().ppid()


def test_a_job_waits_while_a_rank_does_not_come(tmp_path, monkeypatch):
    store = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    for name, value in (UNDER_TORCHRUN | {"RANK": "0", "MASTER_PORT": str(store.port)}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(leading, "COME_SECONDS", 0.2)
    ranks = leading.ranks_of(Config(data=tmp_path))
    with pytest.raises(Unavailable, match="did not come within 0 s: rank 1 of 2"), ranks(print, ()):
        pass
    place = dist.PrefixStore("presage/none", store)
    enter(place, secret_of(Config(data=tmp_path)), 1, "queue")
    with pytest.raises(Unavailable, match="did not come within 0 s: rank 1 of 2 \\("), ranks(print, ()):
        pass
    assert place.queue_len("queue") == 1


def test_what_is_handed_on_is_unpickled_only_if_it_is_what_was_announced(tmp_path):
    task = Task(id="a", size=1, n_bytes=3, sha256="0" * 64)
    with pytest.raises(ValueError, match="not what it said"):
        take_part(task, 0, dist.FileStore(str(tmp_path / "met"), 1), share=1)
    assert not dist.is_initialized()


def test_a_rank_of_another_cluster_is_named():
    store = dist.HashStore()
    enter(store, b"theirs", 1, "queue")
    with pytest.raises(ValueError, match="rank 1 was not written by a process with this cluster's secret"):
        entry_of(store, b"ours", 1)
    assert entry_of(store, b"ours", 2) is None


def test_what_was_sealed_for_one_purpose_is_not_taken_for_another():
    sealed = seal(b"secret", "here", b"data")
    assert unseal(b"secret", "here", sealed) == b"data"
    for altered in (sealed[:-1], sealed + b"x", b"", sealed[1:]):
        with pytest.raises(ValueError, match="what came as here"):
            unseal(b"secret", "here", altered)
    with pytest.raises(ValueError, match="what came as there"):
        unseal(b"secret", "there", sealed)


def test_a_process_knows_its_place_by_what_torchrun_says():
    assert torchrun_of({}) is None
    assert torchrun_of(UNDER_TORCHRUN | {"WORLD_SIZE": "1"}) is None
    found = torchrun_of(UNDER_TORCHRUN)
    assert (found.rank, found.size, found.host, found.port) == (1, 2, "127.0.0.1", 29500)


def test_rank_0_keeps_the_store_where_torchrun_does_not():
    place = {"RANK": "0", "MASTER_PORT": str(free_port()), "TORCHELASTIC_USE_AGENT_STORE": "False"}
    first = torchrun_of(UNDER_TORCHRUN | place)
    with first.store_kept():
        put(first.store(), "a", b"1")
        assert first.store().get("a") == b"1"
