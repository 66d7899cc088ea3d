import signal

import pytest

from presage.jobs.outside import oom_counters, oom_kills, was_killed_from_outside

VMSTAT = "nr_free_pages 62931\noom_kill 3\ndrop_pagecache 0\n"
MEMORY_EVENTS = "low 0\nhigh 0\nmax 9\noom 5\noom_kill 2\noom_group_kill 1\n"


def test_kills_for_lack_of_memory_are_counted_wherever_they_are_told(tmp_path):
    vmstat, events, absent = (tmp_path / name for name in ("vmstat", "memory.events", "absent"))
    vmstat.write_text(VMSTAT)
    events.write_text(MEMORY_EVENTS)
    assert oom_kills([vmstat, events, absent]) == 5
    assert oom_kills([vmstat]) == 3


def test_a_system_that_does_not_count_them_is_told_from_one_without_any(tmp_path):
    other = tmp_path / "other"
    other.write_text("oom 5\noom_killer on\n")
    assert oom_kills([tmp_path / "absent", other]) is None


def test_the_counters_of_this_machine_are_named_by_absolute_paths():
    assert all(file.is_absolute() for file in oom_counters())


@pytest.mark.parametrize(
    ("code", "before", "after", "from_outside"),
    [
        (-signal.SIGKILL, 3, 3, True),
        (-signal.SIGKILL, 3, 4, False),
        (-signal.SIGKILL, None, None, False),
        (-signal.SIGTERM, None, None, True),
        (-signal.SIGINT, 3, 4, True),
        (-signal.SIGSEGV, 3, 3, False),
        (7, 3, 3, False),
        (0, 3, 3, False),
    ],
)
def test_who_killed_a_child(code, before, after, from_outside):
    assert was_killed_from_outside(code, before, after) is from_outside
