"""Users who are forgotten: nothing tells of them, and they get no message a second time."""

import pytest
from sqlalchemy import select, text

from presage.deliveries import forget, history, messages_of
from presage.deliveries.outbox import outbox
from presage.resources.database import connect

from .app import DAY
from .test_failing import refuse

ANN = "ann-van-dyk-1983"


@pytest.fixture
def of_ann(app):
    """The app, one of whose users has a name to look for."""
    app.change("UPDATE users SET id = :ann, email = :mail WHERE id = 'u1'", ann=ANN, mail="ann@example.com")
    app.change("UPDATE recommended SET user_id = :ann WHERE user_id = 'u1'", ann=ANN)
    return app


def test_nothing_tells_of_them_on_disk(of_ann):
    of_ann.run(channels=["hook", "mail"])
    (sent, _) = messages_of(of_ann.engine, ANN)
    of_ann.run(name="refused", channels=["mail"], audience=audience_with("ann@example.com, b@example.com"))
    assert forget(of_ann.engine, [ANN, "nobody"], of_ann.now) == 2
    assert messages_of(of_ann.engine, ANN) == []
    with of_ann.engine.connect() as connection:
        rows = connection.execute(select(outbox).where(outbox.c.user_id.startswith("forgotten:"))).all()
    assert {(one.message_id, one.recommendation_id, one.items, one.reason) for one in rows} == {
        ("", "", "[]", "")
    }
    of_ann.engine.dispose()
    held = b"".join(path.read_bytes() for path in of_ann.folder.glob("records.sqlite*"))
    assert b"weekly" in held
    for word in (ANN, sent.recommendation_id, "ann@example.com"):
        assert word.encode() not in held


def audience_with(email):
    return {"database": "app", "query": f"SELECT id AS user_id, '{email}' AS email, name FROM users"}


def test_they_get_no_second_message_and_limits_hold_on(of_ann, webhook):
    limits = [{"messages": 1, "days": 10}]
    assert of_ann.run() == {"sent": 10}
    forget(of_ann.engine, [ANN], of_ann.now)
    assert of_ann.run() == {"already": 10}
    of_ann.now += 7 * DAY
    assert of_ann.run(limits=limits) == {"limited": 10}
    of_ann.now += 7 * DAY
    assert of_ann.run(limits=limits) == {"sent": 10}
    assert [len(webhook.told), len(messages_of(of_ann.engine, ANN))] == [20, 1]
    assert forget(of_ann.engine, [ANN], of_ann.now) == 1


def test_what_failed_is_tried_anew_and_what_is_in_doubt_left(of_ann, webhook):
    webhook.answer = refuse(400, ANN)
    assert of_ann.run() == {"sent": 9, "failed": 1}
    assert forget(of_ann.engine, [ANN], of_ann.now) == 1
    assert history(of_ann.engine)[0].states == {"SENT": 9}
    webhook.answer = refuse(500, ANN)
    assert of_ann.run() == {"already": 9, "in_doubt": 1}
    forget(of_ann.engine, [ANN], of_ann.now)
    assert history(of_ann.engine)[0].states == {"SENT": 9, "DOUBT": 1}
    webhook.answer = refuse(200)
    assert of_ann.run(in_doubt="resend") == {"already": 10}


def test_what_nothing_asks_for_any_more_is_gone(of_ann):
    of_ann.run()
    of_ann.run(name="welcome", period="once")
    forget(of_ann.engine, [ANN], of_ann.now)
    of_ann.now += 401 * DAY
    forget(of_ann.engine, ["u2"], of_ann.now)
    with of_ann.engine.connect() as connection:
        kept = connection.execute(
            text("SELECT delivery FROM outbox WHERE user_id LIKE 'forgotten:%' OR user_id = 'u2'")
        )
        assert kept.scalars().all() == ["welcome", "welcome"]


def test_it_is_the_same_in_postgres(of_ann, postgres):
    of_ann.engine.dispose()
    of_ann.engine = connect(postgres.new_database())
    of_ann.run()
    assert forget(of_ann.engine, [ANN], of_ann.now) == 1
    assert of_ann.run() == {"already": 10}
    assert messages_of(of_ann.engine, ANN) == []
