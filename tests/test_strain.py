"""Short forms of the long benchmarks: processes are killed, and a load goes on and on."""

from benchmarks import hostile, kill_loop, soak

N_KILLS = 5


def test_nothing_is_lost_doubled_or_stuck_whatever_is_killed(tmp_path):
    faults, summary = kill_loop.run(tmp_path, N_KILLS, seed=4)
    assert faults == []
    assert sum(summary["kills"].values()) == N_KILLS
    assert len(summary["kills"]) > 1, "several kinds of processes were killed"
    assert min(summary["events acknowledged"], summary["imports"], summary["trainings"]) > 0


def test_files_stay_bounded_while_events_arrive(tmp_path, capsys):
    every = {"train_every": 2.0, "import_every": 3.0}
    rows = soak.run(tmp_path, n_rows=3, row_seconds=4.0, **every)
    assert any(row["train s"] is not None for row in rows), "trainings go on"
    assert any(row["import s"] is not None for row in rows), "and so do imports"
    assert rows[-1]["table files"] < 60
    assert rows[-1]["server fds"] <= rows[1]["server fds"] + 4, "by then each pool has its connections"
    assert rows[-1]["told"] > 500
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_whatever_strangers_send_is_answered_and_nothing_of_it_is_ours_to_blame(tmp_path):
    for result in hostile.run(tmp_path, 300, seed=1).values():
        assert not result["errors"]
        assert result["traces"] == 0
        assert min(result["statuses"][status] for status in (200, 400, 403, 404, 431)) > 0
