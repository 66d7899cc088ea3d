"""What single pages say."""

from presage.deliveries.outbox import Ended, Entry, Outbox, State
from presage.resources.alarms import Standing


def test_the_overview_names_alarms_that_fire_and_their_page_says_units(open_console, visitor):
    alarms = open_console.server.stores.alarms
    stands = {
        ("data-stale", "shop/<b>"): Standing(state="FIRING", since=1.0, fired_at=1.0, value=3 * 86_400.0),
        ("disk", ""): Standing(state="PENDING", since=1.0, value=0.05),
    }
    alarms.decide(lambda _: (stands, []))
    overview = visitor.get("/console/overview/now").body.decode()
    assert '<a href="/console/alarms">data-stale</a> shop/&lt;b&gt;' in overview
    assert "disk" not in overview
    page = visitor.get("/console/alarms/now").body.decode()
    for said in ("3 days", "above 2 days", "5.00%", "below 10.00%"):
        assert said in page
    alarms.decide(lambda _: ({}, []))
    assert "Not as it should be" not in visitor.get("/console/overview/now").body.decode()


def test_deliveries_say_what_did_not_leave_and_what_a_user_got(open_console, visitor):
    engine = open_console.server.stores.engine
    outbox = Outbox(engine, "weekly <b>", "2026-W49")
    entries = [
        Entry(
            user=user,
            channel="mail",
            message_id=user,
            category="",
            recommendation_id="r",
            items=["sku-1"],
        )
        for user in ("ann", "ben")
    ]
    outbox.turn([], entries, 1.0)
    ended = [Ended(entries[0], State.SENT), Ended(entries[1], State.FAILED, "550 no such mailbox")]
    outbox.turn(ended, [], 1.0)
    page = visitor.get("/console/deliveries").body.decode()
    assert "weekly &lt;b&gt;" in page
    assert "550 no such mailbox" in page
    assert "sku-1" not in page
    page = visitor.get("/console/deliveries?user=ann").body.decode()
    assert "sku-1" in page
    assert "Nothing went to" not in page
    assert "Nothing went to zoe" in visitor.get("/console/deliveries?user=zoe").body.decode()
