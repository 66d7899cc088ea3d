import pytest

from presage.deliveries import DeliveryError
from presage.deliveries.outbox import message_id

from .app import DAY, HOUR, MONDAY, WEEKLY


def users_of(webhook):
    return [payload["user"] for _, _, payload in webhook.told]


def test_each_user_gets_the_message_of_the_week_once(app, webhook):
    assert app.run() == {"sent": 10}
    assert sorted(users_of(webhook)) == [f"u{n}" for n in range(10)]
    assert app.run() == {"already": 10}
    app.now = MONDAY + 6 * DAY
    assert app.run() == {"already": 10}
    assert len(webhook.told) == 10
    app.now = MONDAY + 7 * DAY
    assert app.run() == {"sent": 10}


def test_the_message_is_written_from_what_the_app_knows(app, webhook):
    app.run()
    ((_, headers, payload),) = [one for one in webhook.told if one[2]["user"] == "u4"]
    assert payload["title"] == "Name 4, try Programme 4"
    identity = message_id("weekly", "2026-W49", "u4")
    assert payload["message"] == f"Programme 4 https://app.example/p/p4?r={identity}"
    assert headers["Idempotency-Key"] == payload["id"] == identity


def test_an_email_goes_to_the_address_of_the_user_and_nobody_else(app, mailbox):
    app.change("UPDATE users SET email = 'u1@example.com, u2@example.com' WHERE id = 'u1'")
    app.change("UPDATE users SET email = NULL WHERE id = 'u2'")
    counts = app.run(
        channels=["mail"], message={"title": "t", "body": "<b>{{ user.name }}</b>", "html": True}
    )
    assert counts == {"sent": 8, "no_address": 2}
    assert sorted(to for to, _ in mailbox.mails) == [[f"u{n}@example.com"] for n in (0, *range(3, 10))]
    identity = message_id("weekly", "2026-W49", "u0")
    (mail,) = [mail for to, mail in mailbox.mails if to == ["u0@example.com"]]
    assert mail["Message-ID"] == f"<{identity}@example.com>"


def test_by_two_channels_each_carries_it_once(app, webhook, mailbox):
    app.change("UPDATE users SET email = '' WHERE id = 'u3'")
    both = {"channels": ["hook", "mail"]}
    assert app.run(**both) == {"sent": 19, "no_address": 1}
    app.change("UPDATE users SET email = 'new@example.com' WHERE id = 'u3'")
    assert app.run(**both) == {"sent": 1, "already": 19}
    assert (len(webhook.told), len(mailbox.mails)) == (10, 10)


def test_nobody_gets_fewer_items_than_asked_for(app, webhook):
    app.change("DELETE FROM recommended WHERE user_id = 'u5'")
    app.change("UPDATE recommended SET item_id = 'p1' WHERE user_id = 'u6'")
    content = {**WEEKLY["content"], "at_least": 3}
    body = "{% for item in items %}{{ item.title }};{% endfor %}"
    assert app.run(content=content, message={"title": "t", "body": body}) == {"sent": 8, "no_content": 2}
    assert next(p["message"] for _, _, p in webhook.told if p["user"] == "u9") == (
        "Programme 9;Programme 0;Programme 1;"
    )


def test_who_lacks_what_the_template_needs_is_left_out(app):
    app.change("UPDATE users SET name = NULL WHERE id = 'u7'")
    outcome = app.run(dry_run=True)
    assert outcome.counts == {"due": 9, "unwritable": 1}
    (line,) = [one for one in outcome.lines if one.user == "u7"]
    assert line.said == "the title of the message: name is empty"
    assert app.run() == {"sent": 9, "unwritable": 1}


def test_a_template_that_suits_nobody_stops_the_run_before_anything_is_sent(app, webhook):
    with pytest.raises(DeliveryError, match="there is no nam; there are: user_id, email, name, zone"):
        app.run(message={"title": "t", "body": "{{ user.nam }}"})
    assert webhook.told == []


def test_a_dry_run_sends_nothing_and_tells_of_everybody(app, webhook):
    app.change("UPDATE users SET zone = 'Asia/Tokyo' WHERE id = 'u1'")
    quiet = {
        "audience": {**WEEKLY["audience"], "time_zone": "zone"},
        "quiet_hours": {"from": "17:30", "until": "08:00"},
        "cap": 8,
    }
    outcome = app.run(dry_run=True, **quiet)
    assert outcome.counts == {"due": 8, "quiet": 1, "capped": 1}
    assert {one.user for one in outcome.lines} == {f"u{n}" for n in range(10)}
    assert [one.said for one in outcome.lines if one.user == "u1"] == ["quiet hours in Asia/Tokyo"]
    assert webhook.told == []
    assert app.run(**quiet) == {"sent": 8, "quiet": 1, "capped": 1}


def test_who_is_quiet_gets_it_when_it_is_run_again_later(app, webhook):
    app.change("UPDATE users SET zone = 'America/New_York' WHERE id = 'u2'")
    quiet = {
        "audience": {**WEEKLY["audience"], "time_zone": "zone"},
        "quiet_hours": {"from": "21:00", "until": "08:00"},
    }
    assert app.run(**quiet) == {"sent": 9, "quiet": 1}  # 03:50 there
    app.now += 4 * HOUR
    assert app.run(**quiet) == {"already": 9, "quiet": 1}  # 07:50
    app.now += HOUR
    assert app.run(**quiet) == {"already": 9, "sent": 1}
    assert users_of(webhook)[-1] == "u2"


def test_a_user_who_changes_his_time_zone_gets_no_second_message(app, webhook):
    spec = {"audience": {**WEEKLY["audience"], "time_zone": "zone"}, "period": "day"}
    app.change("UPDATE users SET zone = 'Pacific/Auckland'")
    assert app.run(**spec) == {"sent": 10}
    app.change("UPDATE users SET zone = 'America/Los_Angeles'")
    app.now += HOUR
    assert app.run(**spec) == {"already": 10}
    app.change("UPDATE users SET zone = 'Mars/Olympus' WHERE id = 'u0'")
    app.now += DAY
    assert app.run(**spec) == {"sent": 9, "unusable": 1}


def test_rows_without_a_user_and_users_named_twice_are_told(app, webhook):
    app.change("INSERT INTO users SELECT * FROM users WHERE id = 'u1'")
    app.change("INSERT INTO users VALUES (NULL, 'x@example.com', 'X', 'UTC')")
    assert app.run() == {"sent": 10, "unusable": 2}
    assert len(webhook.told) == 10


def test_an_audience_of_nobody_is_no_error(app):
    assert app.run(audience={**WEEKLY["audience"], "query": "SELECT id AS user_id FROM users WHERE 0"}) == {}


WRONG = [
    ({"channels": ["post"]}, "no channel 'post'; .* has: hook, mail"),
    ({"audience": {"database": "ap", "query": "SELECT 1"}}, "no database 'ap'; .* has: app"),
    ({"audience": {"database": "app", "query": "SELECT nope"}}, "database 'app' failed: no such column"),
    ({"audience": {"database": "app", "query": "DELETE FROM users"}}, "must give rows"),
    ({"audience": {"database": "app", "query": "SELECT id FROM users"}}, "no column 'user_id'; it gives: id"),
    (
        {"audience": {"database": "app", "query": "SELECT id AS user_id FROM users"}, "channels": ["mail"]},
        "'mail' names {email}, which is no column",
    ),
    ({"audience": {"database": "nosuch://u:secret@h/d", "query": "SELECT 1"}}, "nosuch://… is not usable"),
]


@pytest.mark.parametrize(("changes", "what"), WRONG)
def test_what_is_wrong_is_named_and_nothing_is_sent(app, webhook, changes, what):
    with pytest.raises(DeliveryError, match=what) as caught:
        app.run(**changes)
    assert "secret" not in str(caught.value)
    assert webhook.told == []


def test_a_query_changes_nothing(app):
    app.run(
        audience={
            **WEEKLY["audience"],
            "query": "DELETE FROM users RETURNING id AS user_id, name, email, zone",
        }
    )
    app.now += 7 * DAY
    assert app.run() == {"sent": 10}
