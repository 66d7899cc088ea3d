"""Processes that help a job: parts come in order, wherever they are done."""

import os

import pytest

from presage.jobs import helpers as module
from presage.jobs.heartbeats import is_alive
from presage.jobs.helpers import helpers

from .running import eventually


def squared(n):
    return n * n, os.getpid()


def broken(n):
    raise ValueError(f"part {n}")


def test_parts_come_in_order_from_other_processes_once_they_take_long(monkeypatch):
    monkeypatch.setattr(module, "ALONE_SECONDS", 1e-9)
    with helpers(2) as run:
        found = list(run(squared, range(20)))
        assert [square for square, _ in found] == [n * n for n in range(20)]
        (first, *others) = [pid for _, pid in found]
        assert first == os.getpid()
        assert os.getpid() not in others
        with pytest.raises(ValueError, match="part 7"):
            list(run(broken, [7]))
    eventually(lambda: not any(map(is_alive, others)))


def test_little_work_and_a_single_core_start_no_process():
    for n in (1, 2):
        with helpers(n) as run:
            assert {pid for _, pid in run(squared, range(5))} == {os.getpid()}
