"""The examples on the demonstration's company, over weeks of a turned clock."""

from collections import defaultdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import text

from presage.deliveries import Means, deliver, read_file
from presage.deliveries.spec import Table
from presage.demo.company.app import ZONES, CompanyApp
from presage.resources.database import connect
from presage.worlds.company import CompanyWorld

from .app import DAY, HOUR, MONDAY

EXAMPLES = Path(__file__).parent.parent.parent / "examples/deliveries"
N_DAYS, STEP_HOURS = 21, 11
MIDNIGHT = MONDAY - 8 * HOUR - 50 * 60
LOADED = "SELECT user_id, item_id FROM recommended_programs WHERE user_id IN :users ORDER BY user_id, rank"


@pytest.fixture
def company(tmp_path):
    """A company with the table that its pipeline loads: four programmes for each user, one of them twice."""
    world = CompanyWorld(n_users=24, n_programs=12, n_posts=5, seed=3)
    app = CompanyApp(world=world, url=f"sqlite:///{tmp_path / 'app.sqlite'}", began_at=MONDAY)
    app.build()
    with app.engine.begin() as connection:
        connection.execute(text("CREATE TABLE recommended_programs (user_id TEXT, item_id TEXT, rank INT)"))
        rows = [
            {"user": f"u{n:05d}", "item": f"g{(n + rank) % 11:05d}", "rank": rank}
            for n in range(24)
            for rank in (1, 1, 2, 3, 4)
        ]
        connection.execute(text("INSERT INTO recommended_programs VALUES (:user, :item, :rank)"), rows)
    yield app
    app.engine.dispose()


def from_the_table(spec):
    """A delivery that asks no server."""
    table = Table(database="app", query=LOADED)
    content = msgspec.structs.replace(spec.content, recommendations=None, table=table)
    return msgspec.structs.replace(spec, content=content, a_second=None)


@pytest.fixture
def times(tmp_path, company, webhook, mailbox):
    """(channel, user) -> when he got something, by two deliveries that are run every few hours for weeks."""
    now, at = MIDNIGHT, defaultdict(list)
    engine = connect(f"sqlite:///{tmp_path / 'records.sqlite'}")
    means = Means(
        engine=engine,
        client=lambda service: None,
        clock=lambda: now,
        channels={
            "inapp": webhook.url("/inapp", "?:user={user_id}&:item={item_id}&:r={recommendation_id}"),
            "push": webhook.url("/push", "?:user={user_id}&:link=/programs/{item_id}"),
            "mail": mailbox.url(),
        },
        databases={"app": company.url},
        users_of=None,
    )
    best = read_file(EXAMPLES / "weekly-best.yaml")
    three = from_the_table(read_file(EXAMPLES / "three-programmes.yaml"))
    for _ in range(N_DAYS * 24 // STEP_HOURS):
        n_told, n_mails = len(webhook.told), len(mailbox.mails)
        for spec in (best, three):
            deliver(spec, means)
        for path, _, payload in webhook.told[n_told:]:
            at[path, payload["user"]].append(now)
        for to, _ in mailbox.mails[n_mails:]:
            at["mail", to[0].split("@")[0]].append(now)
        now += STEP_HOURS * HOUR
    engine.dispose()
    return at


def test_weeks_of_pushes_and_mails(company, mailbox, times):
    for user, zone, programme in people(company):
        for channel in ("/inapp", "/push"):
            assert [week_of(one) for one in times[channel, user]] == ["2026-49", "2026-50", "2026-51"]
        mails = times["mail", user]
        assert bool(mails) == (programme is None)
        assert len(set(map(week_of, mails))) == len(mails)
        every = sorted([*times["/inapp", user], *mails])
        assert all(8 <= datetime.fromtimestamp(one, ZoneInfo(zone)).hour < 21 for one in every)
        for one in every:
            assert sum(1 for other in every if one - 7 * DAY < other <= one) <= 3
        for one in mails:
            assert not [other for other in every if one - 5 * DAY < other < one]
    for _, mail in mailbox.mails:
        programmes = mail.get_body(("html",)).get_content().split("/programs/")[1:]
        assert len({one[:6] for one in programmes}) == len(programmes) == 3


def people(company):
    with company.engine.connect() as connection:
        return connection.execute(text("SELECT id, time_zone, active_program FROM users")).all()


def week_of(at):
    return datetime.fromtimestamp(at, ZoneInfo("Europe/Madrid")).strftime("%G-%V")


def test_the_company_has_users_of_several_zones_and_some_without_a_programme(company):
    assert len({zone for _, zone, _ in people(company)} & set(ZONES.values())) > 2
    assert 0 < sum(1 for *_, programme in people(company) if programme is None) < 24
