"""What single pages say."""

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
