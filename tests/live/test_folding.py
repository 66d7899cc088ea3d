"""Live equals batch: whatever waits on the disk between two events, whoever dies, and by rule if events come late."""

import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.features.bts import DocumentError, Transform, event_of, load, parse_streaming, parse_window
from presage.live.answers import answer_of
from presage.live.documents import Documents
from presage.live.folding import Counts, Folding
from presage.log import open_log
from presage.online import open_online
from presage.stores import FORGET

from ..features.bts.documents import ACTIVITY, BLOCK, WINDOW

START = datetime(2024, 1, 1, tzinfo=UTC)
SET = "a-set"


@contextmanager
def opened(folder=None):
    """(log, online store) in a folder, by default one in memory."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as own:
        log, online = open_log(Path(folder or own)), open_online(Path(folder or own))
        log.open_stream(SET, "features")
        try:
            yield log, online
        finally:
            log.close()
            online.close()


def told(user, minutes, **more):
    at = START + timedelta(minutes=minutes)
    return {"user": user, "time": at.isoformat(), "kind": "play", "session": 0, "level": 1} | more


def fold_whatever_waits(folding):
    while folding.step():
        pass


def answer(online, user="u"):
    found = online.find(SET, user)
    return found and orjson.loads(found)


def counts(online):
    return Counts.of(online.mark(SET))


@pytest.mark.parametrize("text", [BLOCK, ACTIVITY], ids=["block", "activity"])
def test_live_features_are_those_of_a_run_over_files_on_5000_anchors(text):
    text = text.replace(
        "Value: user.trail}", "Value: session.trail}"
    )  # shared by all blocks, and kept anew with each
    rng = np.random.default_rng(3)
    users = [f"u{number}" for number in range(175)]
    rounds = []
    at = dict.fromkeys(users, 0.0)
    for session in range(30):
        events = []
        for user in users:
            at[user] += float(rng.uniform(60, 3_000))
            paid = float(rng.integers(1, 9)) if rng.random() < 0.3 else None
            more = {"session": session, "level": int(rng.integers(4)), "paid": paid}
            events += [told(user, at[user] + turn, **more) for turn in range(2)]
        rounds.append(events)
    transform = Transform(parse_streaming(load(text)), parse_window(load(WINDOW)))
    rows = {}
    for user in users:
        own = [one for events in rounds for one in events if one["user"] == user]
        timed = [(datetime.fromisoformat(one["time"]), event_of(one)) for one in own]
        for row in transform.output(user, timed)[0].content:
            rows[user, row["now.start"]] = row
    n_anchors = 0
    with opened() as (log, online):
        folding = Folding(SET, Documents(text, WINDOW), log, online, most_held=20)
        for events in rounds:
            log.append(SET, events).result()
            fold_whatever_waits(folding)
            for user in users:
                row = answer(online, user)["features"]
                if row is not None:
                    assert row == rows.pop((user, row["now.start"]))
                    n_anchors += 1
    assert rows == {}
    assert n_anchors >= 5_000


one_event = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["play", "buy", None]),
        "session": st.integers(0, 3),
        "level": st.integers(0, 2),
        "paid": st.sampled_from([None, 0.5, 2]),
        "minutes": st.integers(0, 90),
    }
)


def by_rule(documents, events):
    """(what is answered, how many were late) by folding in memory what the rule lets through."""
    state, newest, late = documents.fold.start("u"), None, 0
    for one in events:
        time = datetime.fromisoformat(one["time"])
        if newest is not None and newest - time > documents.lateness:
            late += 1
            continue
        documents.fold.fold(state, event_of(one), time)
        newest = time if newest is None else max(newest, time)
    return orjson.loads(answer_of(documents, state, newest.isoformat())), late


@pytest.mark.parametrize("text", [BLOCK, ACTIVITY], ids=["block", "activity"])
@settings(max_examples=25)
@given(
    raws=st.lists(one_event, min_size=1, max_size=12),
    cuts=st.sets(st.integers(0, 11)),
    lateness=st.sampled_from([0, 600, 1800]),
)
def test_whoever_dies_between_two_events_and_however_late_they_come_the_rule_says_what_is_answered(
    text, raws, cuts, lateness
):
    events = [told("u", **raw) for raw in raws]
    with opened() as (log, online):
        folding = Folding(SET, Documents(text, WINDOW, lateness), log, online)
        for number, event in enumerate(events):
            log.append(SET, [event]).result()
            if number in cuts:
                fold_whatever_waits(folding)
                folding = Folding(SET, Documents(text, WINDOW, lateness), log, online)
        fold_whatever_waits(folding)
        wanted, late = by_rule(Documents(text, WINDOW, lateness), events)
        assert answer(online) == wanted
        assert (counts(online).folded, counts(online).late) == (len(events) - late, late)


def test_in_order_nothing_is_late_and_out_of_order_the_bound_decides():
    with opened() as (log, online):
        folding = Folding(SET, Documents(BLOCK, "", 300), log, online)
        log.append(SET, [told("u", minutes) for minutes in (0, 10, 6, 4.9, 10, 5)]).result()
        fold_whatever_waits(folding)
        assert counts(online) == Counts(folded=5, late=1)
        assert answer(online)["newestEvent"] == "2024-01-01T00:10:00+00:00"
        assert answer(online)["records"]["session"]["plays"] == 5


def test_an_event_that_must_stop_a_run_is_left_out_alone():
    with opened() as (log, online):
        folding = Folding(SET, Documents(BLOCK), log, online)
        wrong = {3, 4, 11}
        log.append(SET, [told("u", n, wrong=n in wrong, session=n // 4) for n in range(16)]).result()
        log.append(SET, [{"user": "u"}, {"user": 7, "time": "2024-01-01"}, told("v", 1)]).result()
        fold_whatever_waits(folding)
        found = counts(online)
        assert (found.folded, found.dropped) == (14, 5)
        assert "there_is_none" in found.reason
        assert len(answer(online)["records"]["user"]["trail"]) == 13
        assert answer(online, "v")["records"]["session"]["plays"] == 1


def test_a_turn_that_cannot_be_kept_is_folded_again_and_counts_once(monkeypatch):
    with opened() as (log, online):
        folding = Folding(SET, Documents(BLOCK), log, online)
        log.append(SET, [told("u", n) for n in range(5)]).result()
        fold_whatever_waits(folding)
        log.append(SET, [told("u", n) for n in range(5, 9)]).result()
        with monkeypatch.context() as patch:
            patch.setattr(log, "raise_mark", lambda _through: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                folding.step()
        assert answer(online)["records"]["session"]["plays"] == 5
        fold_whatever_waits(folding)
        assert answer(online)["records"]["session"]["plays"] == 9
        assert counts(online).folded == 9


def test_two_who_fold_by_turns_count_every_event_once():
    with opened() as (log, online):
        both = [Folding(SET, Documents(BLOCK), log, online) for _ in range(2)]
        for number in range(10):
            log.append(SET, [told("u", number), told("v", number)]).result()
            both[number % 3 % 2].step()
        fold_whatever_waits(both[1])
        assert [answer(online, user)["records"]["session"]["plays"] for user in "uv"] == [10, 10]


def test_a_store_that_was_lost_is_folded_again_from_the_log(tmp_path):
    for is_lost in (False, True):
        if is_lost:
            for file in tmp_path.glob("online.sqlite*"):
                file.unlink()
        with opened(tmp_path) as (log, online):
            if not is_lost:
                log.append(SET, [told("u", n) for n in range(7)]).result()
            fold_whatever_waits(Folding(SET, Documents(BLOCK), log, online))
            assert answer(online)["records"]["session"]["plays"] == 7


def forgetting(user="u"):
    return {FORGET: user}


def test_who_is_forgotten_begins_anew_and_others_stay():
    with opened() as (log, online):
        folding = Folding(SET, Documents(BLOCK, WINDOW), log, online)
        for user in "uv":
            log.append(SET, [told(user, n * 10, session=n) for n in range(4)]).result()
        fold_whatever_waits(folding)
        log.append(SET, [told("u", 60), forgetting(), forgetting("nobody")]).result()
        fold_whatever_waits(folding)
        assert answer(online) is None
        assert answer(online, "v")["newestEvent"] == "2024-01-01T00:30:00+00:00"
        log.append(SET, [told("u", 1, session=0), forgetting(), told("u", 0, session=9)]).result()
        fold_whatever_waits(folding)
        assert answer(online)["records"]["user"]["trail"] == ["play"]
        assert answer(online)["newestEvent"] == "2024-01-01T00:00:00+00:00"
        assert counts(online) == Counts(folded=9, forgotten=3)


@settings(max_examples=25)
@given(
    raws=st.lists(st.one_of(one_event, st.none()), min_size=1, max_size=12),
    cuts=st.sets(st.integers(0, 11)),
)
def test_whenever_an_identity_is_forgotten_only_what_was_told_after_it_counts(raws, cuts):
    told_of_u = [forgetting() if raw is None else told("u", **raw) for raw in raws]
    last = max([-1, *(number for number, raw in enumerate(raws) if raw is None)])
    with opened() as (log, online):
        folding = Folding(SET, Documents(BLOCK, WINDOW, 600), log, online)
        for number, one in enumerate(told_of_u):
            log.append(SET, [one]).result()
            if number in cuts:
                fold_whatever_waits(folding)
        fold_whatever_waits(folding)
        after = told_of_u[last + 1 :]
        assert answer(online) == (by_rule(Documents(BLOCK, WINDOW, 600), after)[0] if after else None)


def test_an_answer_without_features_says_why():
    window = WINDOW.replace("sum(source.spent)", "sum(source.there_is_none)")
    with opened() as (log, online):
        folding = Folding(SET, Documents(BLOCK, window), log, online)
        log.append(SET, [told("u", n * 60, session=n) for n in range(2)]).result()
        fold_whatever_waits(folding)
        assert answer(online)["features"] is None
        assert "there_is_none" in answer(online)["reason"]
        assert answer(online)["records"]["session"]["plays"] == 1


def test_all_faults_of_both_documents_are_told_at_once():
    with pytest.raises(DocumentError) as error:
        Documents(BLOCK.replace("Identity: source.user", "Identity: source..user"), "Type: nothing")
    paths = {fault.path for fault in error.value.faults}
    assert {"streaming: game", "window"} <= paths


@pytest.mark.parametrize("wrong", [-1, 1801, float("nan")])
def test_a_bound_beyond_which_a_session_would_be_split_is_refused(wrong):
    with pytest.raises(DocumentError, match="not between 0 and 1800"):
        Documents(ACTIVITY, "", wrong)
