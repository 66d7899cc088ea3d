"""Content that a real server answers, and the command as its user runs it."""

import pytest
import yaml
from typer.testing import CliRunner

from presage.cli import main
from presage.deliveries import DeliveryError, conversions, messages_of
from presage.deliveries.outbox import message_id

from ..operations.decisions.calling import done
from ..operations.shop import NEWEST_EVENT, Shop
from .app import WEEKLY

PLAIN = {"title": "{{ item.item_id }}", "body": "{{ items | length }} {{ recommendation_id }}"}


@pytest.fixture(scope="module")
def shop(server):
    return Shop(server).stocked()


@pytest.fixture(scope="module")
def campaign(shop):
    return shop.trained("aws-popularity-count")


def test_recommendations_are_asked_for_each_user(app, webhook, shop, campaign):
    app.client = shop.runtime
    content = {"recommendations": {"campaign_arn": campaign, "num_results": 3}, "at_least": 3}
    assert app.run(content=content, message=PLAIN) == {"sent": 10}
    best = shop.recommend(campaign, "u1")[0]["itemId"]
    ((_, _, payload),) = [told for told in webhook.told if told[2]["user"] == "u1"]
    n, recommendation_id = payload["message"].split()
    assert (payload["title"], n) == (best, "3")
    (sent,) = messages_of(app.engine, "u1")
    assert sent.recommendation_id == recommendation_id != message_id("weekly", "2026-W49", "u1")
    assert sent.items[0] == best


def test_what_the_server_refuses_stops_the_run(app, shop, campaign):
    app.client = shop.runtime
    content = {"recommendations": {"campaign_arn": f"{campaign}-not"}}
    with pytest.raises(DeliveryError, match="asking for a user failed: .*ResourceNotFound"):
        app.run(content=content, message=PLAIN)


def test_an_offer_is_decided_for_each_user_when_it_is_sent(app, webhook, server):
    offers = [{"id": "half", "price": 4.99}, {"id": "free"}]
    made = done(server.url, "campaigns", {"name": "by-mail", "offers": offers, "noOffer": False, "seed": 1})
    app.client = server.client("personalize-runtime")
    content = {"decisions": {"campaign_arn": made["actionsArn"]}}
    assert app.run(dry_run=True, content=content, message=PLAIN).counts == {"due": 10}
    assert app.run(content=content, message=PLAIN, cap=6, at_once=3) == {"sent": 6, "capped": 4}
    assert done(server.url, "campaigns/by-mail/report")["decisions"] == 6
    for _, _, payload in webhook.told:
        decided = done(server.url, f"log/{payload['message'].split()[1]}")
        assert (decided["user"], decided["offer"]["id"]) == (payload["user"], payload["title"])


def command(app, server, *asked):
    environ = {f"PRESAGE_CHANNELS_{name.upper()}": url for name, url in app.channels.items()}
    environ |= {"PRESAGE_DATABASES_APP": app.url, "PRESAGE_ENDPOINT": server.url, "COLUMNS": "200"}
    return CliRunner().invoke(main, [*asked, "--data", str(server.data)], env=environ)


def test_the_command_sends_once_and_shows_what_it_led_to(app, webhook, server, shop, campaign):
    name = shop.id
    spec = {**WEEKLY, "name": name, "message": PLAIN}
    spec["content"] = {"recommendations": {"campaign_arn": campaign, "num_results": 3}}
    file = app.folder / "weekly.yaml"
    file.write_text(yaml.safe_dump(spec))
    dry = command(app, server, "deliver", str(file), "--dry-run")
    assert (dry.exit_code, dry.stderr) == (0, "")
    assert "due 10" in dry.stdout
    assert "u3" in dry.stdout
    assert webhook.told == []
    assert "sent 10" in command(app, server, "deliver", str(file)).stdout
    again = command(app, server, "deliver", str(file))
    assert "already 10" in again.stdout

    made = shop.personalize.create_event_tracker(name=name, datasetGroupArn=shop.group)
    shop.wait("event_tracker", made["eventTrackerArn"])
    for _, _, payload in webhook.told[:3]:
        event = {"eventType": "click", "itemId": payload["title"], "sentAt": NEWEST_EVENT}
        event["recommendationId"] = payload["message"].split()[1]
        for _ in range(2):
            shop.events.put_events(
                trackingId=made["trackingId"], sessionId="s", userId=payload["user"], eventList=[event]
            )
    shown = command(app, server, "deliveries", name, "--group", shop.group)
    assert shown.exit_code == 0, shown.output
    (row,) = [line.split() for line in shown.stdout.splitlines() if "click" in line]
    assert row[3:6] == ["10", "3", "30.00%"]


def test_what_is_wrong_is_said_without_a_trace(app, server):
    file = app.folder / "wrong.yaml"
    for text, what in (
        ("name: [", "is no YAML"),
        ("- a", "must be a mapping"),
        (yaml.safe_dump({**WEEKLY, "periode": "week"}), "unknown field `periode`"),
        (yaml.safe_dump({**WEEKLY, "channels": ["hok"]}), "no channel 'hok'"),
    ):
        file.write_text(text)
        failed = command(app, server, "deliver", str(file))
        assert failed.exit_code == 2
        assert what in failed.stderr
        assert "Traceback" not in failed.stderr
    assert command(app, server, "deliver", str(app.folder / "none.yaml")).exit_code == 2


def test_conversions_count_each_message_once(app):
    app.run(message=PLAIN, channels=["hook", "mail"])
    first, second = (message_id("weekly", "2026-W49", user) for user in ("u1", "u2"))
    told = [(first, "click"), (first, "click"), (first, "buy"), (second, "click"), ("foreign", "click")]
    found = {one.event_type: (one.n_converted, one.n_messages) for one in conversions(app.engine, told)}
    assert found == {"click": (2, 10), "buy": (1, 10)}


def test_a_user_and_old_messages_are_forgotten(app, server):
    stores = str(app.folder)
    for name, period in (("weekly", "week"), ("welcome", "once")):
        app.run(message=PLAIN, name=name, period=period)
    asked = ["deliveries", "--data", stores, "--forget-user", "u1", "--forget-before", "2026-12-01"]
    shown = CliRunner().invoke(main, asked)
    assert "forgot 2 messages of u1" in shown.output
    assert "deleted 10 rows from before 2026-12-01" in shown.output
    assert messages_of(app.engine, "u1") == []
    assert [one.delivery for one in messages_of(app.engine, "u2")] == ["welcome"]
