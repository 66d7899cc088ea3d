"""Limits, quiet hours and periods, over weeks of a turned clock."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.deliveries import forget, messages_of
from presage.deliveries.limits import DAY_SECONDS, Got, exceeded
from presage.deliveries.outbox import Ended, Entry, Outbox, State
from presage.deliveries.periods import is_quiet, period_of
from presage.deliveries.spec import Limit, QuietHours
from presage.resources.database import connect

GROUPS = st.sampled_from(["tips", "offers", ""])
LIMITS = st.lists(
    st.builds(Limit, messages=st.integers(0, 4), days=st.floats(0.1, 20), group=GROUPS), max_size=3
)


def at(text, zone="UTC"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@given(LIMITS, st.lists(st.tuples(st.floats(0, 40 * DAY_SECONDS), GROUPS), max_size=40))
def test_no_window_holds_more_than_a_limit_says(limits, wishes):
    got = []
    for now, group in sorted(wishes):
        if exceeded(limits, got, now) is None:
            got.append(Got(group, now))
    for limit in limits:
        sent = [one.at for one in got if limit.group in ("", one.group)]
        for last in sent:
            n = sum(1 for one in sent if last - limit.days * DAY_SECONDS < one <= last)
            # the message itself may be of another group, and was held against this limit all the same
            assert n <= limit.messages


@given(st.lists(st.floats(0, 9), max_size=12), st.floats(0, 10))
def test_a_message_is_held_back_only_for_a_reason(sent, now):
    limit = Limit(messages=2, days=1)
    got = [Got("", when * DAY_SECONDS) for when in sent]
    n = sum(1 for one in got if one.at > (now - 1) * DAY_SECONDS)
    assert (exceeded([limit], got, now * DAY_SECONDS) is None) == (n < 2)


HOURS = st.builds(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}", st.integers(0, 1439))
ZONES = st.sampled_from(["Europe/Madrid", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "UTC"])


@given(HOURS, HOURS, ZONES, st.integers(1_700_000_000, 1_800_000_000))
def test_quiet_and_loud_hours_divide_the_day(begin, end, zone, now):
    if begin == end:
        return
    quiet = is_quiet(now, QuietHours(begin=begin, end=end), ZoneInfo(zone))
    assert quiet != is_quiet(now, QuietHours(begin=end, end=begin), ZoneInfo(zone))


QUIET = QuietHours(begin="21:00", end="08:00")


@pytest.mark.parametrize(
    ("when", "zone", "quiet"),
    [
        ("2026-11-30T20:59:59", "Europe/Madrid", False),
        ("2026-11-30T21:00:00", "Europe/Madrid", True),
        ("2026-12-01T00:00:00", "Europe/Madrid", True),
        ("2026-12-01T07:59:59", "Europe/Madrid", True),
        ("2026-12-01T08:00:00", "Europe/Madrid", False),
        ("2026-03-29T07:30:00", "Europe/Madrid", True),  # the night in which clocks are put forward
        ("2026-10-25T07:30:00", "Europe/Madrid", True),
        ("2026-10-25T08:00:00", "Europe/Madrid", False),
    ],
)
def test_quiet_hours_are_those_of_the_wall_clock(when, zone, quiet):
    assert is_quiet(at(when, zone), QUIET, ZoneInfo(zone)) is quiet


@pytest.mark.parametrize(
    ("when", "period", "zone", "name"),
    [
        ("2026-11-30T00:00:00", "week", "UTC", "2026-W49"),
        ("2026-11-29T23:59:59", "week", "UTC", "2026-W48"),
        ("2027-01-01T12:00:00", "week", "UTC", "2026-W53"),
        ("2026-11-29T23:30:00", "week", "Europe/Madrid", "2026-W49"),
        ("2026-11-30T23:30:00", "day", "Europe/Madrid", "2026-12-01"),
        ("2026-11-30T23:30:00", "month", "Europe/Madrid", "2026-12"),
        ("2026-11-30T23:30:00", "once", "Europe/Madrid", "once"),
    ],
)
def test_a_period_is_named_by_the_calendar_of_the_delivery(when, period, zone, name):
    assert period_of(at(when), period, ZoneInfo(zone)) == name


@given(st.sampled_from(["day", "week", "month"]), ZONES, st.integers(1_700_000_000, 1_800_000_000))
def test_a_period_begins_at_midnight_and_lasts_its_days(period, zone, now):
    zone = ZoneInfo(zone)
    day = datetime.fromtimestamp(now, zone).date()
    first = {"day": day, "week": day - timedelta(day.weekday()), "month": day.replace(day=1)}[period]
    begin = datetime(first.year, first.month, first.day, tzinfo=zone).timestamp()
    name = period_of(now, period, zone)
    assert period_of(begin, period, zone) == name
    assert period_of(begin - 1, period, zone) != name


@settings(max_examples=12)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b"]),
            st.integers(0, 2),
            st.integers(0, 30),
            st.sampled_from([State.SENT, State.FAILED, State.DOUBT, None]),
            st.booleans(),
        ),
        max_size=25,
    )
)
def test_the_outbox_holds_limits_and_periods_whatever_runs_and_dies(tmp_path_factory, steps):
    """Deliveries a and b are run for a user on some days; None is a run that dies while it sends.

    And sometimes he is forgotten after it.
    """
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('outbox')}/records.sqlite")
    limit, arrived, day = Limit(messages=2, days=7), [], 0
    for delivery, later, week, end, is_forgotten in steps:
        day += later
        outbox = Outbox(engine, delivery, f"w{week}")
        outbox.give_up_sending()
        entry = Entry(user="u", channel="c", message_id="m", category="", recommendation_id="r", items=["i"])
        now = 1e9 + day * DAY_SECONDS
        claimed = outbox.turn(
            [],
            [entry],
            now,
            since=now - 7 * DAY_SECONDS,
            may_get=lambda got, now=now: exceeded([limit], got, now) is None,
        )
        standing = outbox.standing(["u"]).get(("u", "c"))
        assert bool(claimed) == bool(standing and standing.state == State.SENDING)
        if claimed:
            arrived = [one for one in arrived if one[:2] != (delivery, week) or one[3] == State.SENT]
            arrived.append((delivery, week, day, end))
            if end:
                outbox.turn([Ended(entry, end)], [], now)
        if is_forgotten:
            forget(engine, ["u"], now)
            assert messages_of(engine, "u") == []
    sent = [(delivery, week) for delivery, week, _, end in arrived if end == State.SENT]
    assert len(sent) == len(set(sent))
    days = [day for *_, day, end in arrived if end != State.FAILED]
    assert all(sum(1 for other in days if day - 7 < other <= day) <= 2 for day in days)
    engine.dispose()
