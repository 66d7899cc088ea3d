"""What Blurr printed, presage prints; where it does so on purpose only with `compat`, both are told here."""

import pytest

from presage.features.bts import Fold, TransformError, fold_all, load, parse_streaming
from presage.features.bts.transform import printed

from .cases import CRASHES, DATA, PLAIN, QUIRKS, comparable, expected, lines_of, made, read, run


def check(case, *, compat):
    golden = expected(case)
    unordered = golden["meta"].get("unordered", ())
    for kind in ("streaming", "window"):
        if kind in golden:
            rows, n_dropped = run(case, window=kind == "window", compat=compat)
            assert comparable(rows, unordered) == comparable(golden[kind]["rows"], unordered)
            assert n_dropped == len(golden[kind]["logged_errors"])


@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize("case", PLAIN)
def test_a_plain_case_gives_what_blurr_gave(case, compat):
    check(case, compat=compat)


@pytest.mark.parametrize("case", QUIRKS)
def test_with_compat_the_quirks_are_blurrs(case):
    check(case, compat=True)


@pytest.mark.parametrize("case", [case for case in CRASHES if "comprehension" not in case])
def test_what_crashed_blurr_stops_with_an_error(case):
    golden = expected(case)
    window = "window" in golden
    assert golden["window" if window else "streaming"]["exit_code"] == 1
    with pytest.raises(TransformError, match=r"^[A-Za-z_0-9. ]+: .{10}"):
        run(case, window=window, compat=True)


def test_source_is_seen_in_the_body_of_a_comprehension():
    rows, _ = run("crash_window_comprehension_scope", window=True)
    assert rows[0][1][0]["prev.ok"] == rows[0][1][0]["prev.bad"] > 0


def test_an_activity_without_events_that_count_leaves_no_phantom():
    rows, _ = run("activity_split")
    golden = expected("activity_split")["streaming"]["rows"]
    assert rows == [row for row in golden if row[1]["_start_time"] is not None]
    assert len(rows) == len(golden) - 2
    assert run("crash_window_over_phantom_block", window=True)[0] == [
        ["a", [{"prev._identity": "a", "prev.n": 1}]]
    ]


def test_blocks_of_several_time_zones_are_compared_as_times():
    rows, _ = run("timezones_block", window=True)
    assert rows == [
        [
            "a",
            [
                {
                    "past._identity": "a",
                    "past.sids": ["p1", "p2", "p3"],
                    "future._identity": "a",
                    "future.sids": ["n1", "n2", "n3"],
                }
            ],
        ]
    ]


def test_an_anchor_that_when_excludes_gives_no_row():
    rows, _ = run("top_level_when", window=True)
    golden = expected("top_level_when")["window"]["rows"]
    assert rows == [[identity, [row for row in found if row["prev._identity"]]] for identity, found in golden]


def test_an_anchor_sees_an_identity_as_it_stood_then_and_maps_keep_their_name():
    (_, found), *_ = run("window_anchor_max", window=True)[0]
    golden = expected("window_anchor_max")["window"]["rows"][0][1]
    assert [row["prev.user_total"] for row in found] == [45, 68, 89, 143, 207, 281]
    assert {row["prev.user_total"] for row in golden} == {324}
    assert found[0]["prev.tags.t5"] == golden[0]["tags.t5"] == 1
    for row, before in zip(found, golden, strict=True):
        assert len(row) == len(before)
        same = [name for name in row if name in before and name != "prev.user_total"]
        assert {name: row[name] for name in same} == {name: before[name] for name in same}
        assert len(same) == len(row) - 3


@pytest.mark.parametrize("case", ["crash_falsy_value_literal", "unvalidated_documents"])
def test_documents_with_faults_are_run_with_compat_alone(case):
    with pytest.raises(TransformError, match="EmptyAttributeError"):
        run(case)


def folded(fold, identity, events, records):
    """The records of an identity after more events."""
    state = fold.resume(identity, records.get(identity, {}).items())
    for time, event in sorted(events, key=lambda one: one[0]):
        fold.fold(state, event, time)
    return fold.records(state)


def batches(*, compat):
    """The records after each of three runs, each of which was given those of the one before."""
    streaming = parse_streaming(load((DATA / "old_state_batches" / "streaming.yml").read_text()))
    fold = Fold(streaming, compat=compat)
    transform = made("old_state_batches", window=False, compat=compat)
    records = {}
    for number in (1, 2, 3):
        groups, _ = read(transform, lines_of(DATA / "old_state_batches" / f"batch{number}.jsonl"))
        earlier = {identity: found for identity, found in records.items() if identity not in groups}
        records = {identity: folded(fold, identity, events, records) for identity, events in groups.items()}
        records |= earlier
        yield [list(one[:2]) for identity, found in records.items() for one in printed(identity, found)]


def test_records_of_an_earlier_run_are_gone_on_with():
    golden = expected("old_state_batches")
    for number, found in enumerate(batches(compat=True), 1):
        assert found == golden[f"batch{number}"]


def test_a_late_event_moves_a_block_and_leaves_no_copy():
    *_, found = batches(compat=False)
    golden = [
        one for one in expected("old_state_batches")["batch3"] if one[0] != "a/act//2020-01-01T12:00:00+00:00"
    ]
    assert found == golden


def test_dimensions_may_hold_what_keys_are_made_of():
    streaming = parse_streaming(load((DATA / "identity_dimensions" / "streaming.yml").read_text()))
    lines = [
        b'{"u": "a", "t": "2020-01-01T00:00:00", "lvl": "x:1", "n": 2, "p": 1}\n',
        b'{"u": "a", "t": "2020-01-01T00:00:01", "lvl": "x", "n": 12, "p": 5}\n',
    ]
    fold = Fold(streaming)
    groups, _ = read(made("identity_dimensions", window=False, compat=False), lines)
    keys = list(fold.records(fold_all(fold, "a", groups["a"])))
    assert [key.dimensions for key in keys if key.group == "byl"] == [("x:1", "2"), ("x", "12")]
