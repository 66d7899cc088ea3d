"""What came after an instant is what a run over all events says of an anchor that begins then."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from presage.features.bts import Fold, Windows, fold_all, load, parse_streaming, parse_window

EXAMPLES = Path(__file__).parents[3] / "examples/offer-ai"
START = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = st.integers(0, 24 * 30)
SESSIONS = st.lists(st.tuples(HOURS, st.floats(0, 100)), max_size=12)


def documents():
    """The game's sessions, and of its window document the week after an offer alone."""
    window = yaml.safe_load((EXAMPLES / "rows.yml").read_text())
    window["Aggregates"] = [one for one in window["Aggregates"] if one["Name"] == "next_week"]
    fold = Fold(parse_streaming(load((EXAMPLES / "sessions.yml").read_text())))
    return fold, Windows(parse_window(load(yaml.safe_dump(window))), fold)


def event(session, at, **members):
    raw = {"event_id": "purchase", "session_id": session, "txn_amount": "0"} | members
    return at, {"customer_identifier": "u", "event_time": at.isoformat(), **raw}


@given(SESSIONS, HOURS)
def test_a_label_of_an_instant_is_that_of_an_anchor_that_begins_then(sessions, hour):
    fold, windows = documents()
    at = START + timedelta(hours=hour, minutes=30)
    events = [
        event(f"s{number}", START + timedelta(hours=begins), txn_amount=str(amount))
        for number, (begins, amount) in enumerate(sessions)
    ]
    anchor = event("anchor", at, event_id="offer_shown", offer_type="x", offer_price=1)
    rows = windows.run(fold.start("u"), sorted([*events, anchor], key=lambda one: one[0]))
    found = windows.after(fold_all(fold, "u", sorted(events, key=lambda one: one[0])), at)
    assert found == (rows[0] if rows else None)
