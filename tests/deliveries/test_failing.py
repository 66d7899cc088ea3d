import threading
from collections import Counter

import pytest

from presage.deliveries import DeliveryError
from presage.deliveries.history import unsent
from presage.deliveries.outbox import Outbox, State
from presage.resources.database import connect

from .app import DAY, MONDAY
from .running import counts_of, start


def standing(app, user="u3", channel="hook"):
    return Outbox(app.engine, "weekly", "2026-W49").standing([user])[user, channel]


def refuse(status, *users):
    return lambda payload: status if payload["user"] in users else 200


def test_what_is_refused_is_tried_again_by_the_next_runs_a_few_times(app, webhook):
    webhook.answer = refuse(400, "u3", "u4")
    for _ in range(2):
        counts = app.run()
    assert counts == {"already": 8, "failed": 2}
    (why,) = unsent(app.engine)
    assert (why.delivery, why.channel, why.state, why.n) == ("weekly", "hook", State.FAILED, 2)
    assert "400" in why.reason
    assert unsent(app.engine, "another") == []
    webhook.answer = refuse(400, "u4")
    assert app.run() == {"already": 8, "sent": 1, "failed": 1}
    n_told = len(webhook.told)
    assert app.run() == {"already": 9, "failed": 1}
    assert len(webhook.told) == n_told
    assert standing(app, "u4").tries == 3


def test_what_may_have_arrived_is_left(app, webhook):
    webhook.answer = refuse(500, "u3")
    assert app.run() == {"sent": 9, "in_doubt": 1}
    webhook.answer = refuse(200)
    assert app.run() == {"already": 9, "in_doubt": 1}
    assert len(webhook.told) == 10
    app.now = MONDAY + 7 * DAY
    assert app.run() == {"sent": 10}


def test_or_sent_again_with_the_same_key_if_that_is_wanted(app, webhook):
    webhook.answer = refuse(500, "u3")
    resend = {"in_doubt": "resend", "limits": [{"messages": 1, "days": 7}]}
    app.run(**resend)
    webhook.answer = refuse(200)
    assert app.run(**resend) == {"already": 9, "sent": 1}
    keys = [headers["Idempotency-Key"] for _, headers, payload in webhook.told if payload["user"] == "u3"]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_a_channel_that_nothing_reaches_stops_the_run_and_uses_up_no_tries(app):
    app.channels["hook"] = "json://127.0.0.1:9/"
    for _ in range(4):
        with pytest.raises(DeliveryError, match="'hook' failed 10 times in a row, .* cannot be reached"):
            app.run()
    assert standing(app).tries == 0
    assert standing(app).state == State.FAILED


def test_a_webhook_that_fails_always_is_not_asked_for_all_users(app, webhook):
    app.change("INSERT INTO users SELECT 'x' || id, email, name, zone FROM users")
    app.change("INSERT INTO recommended SELECT 'x' || user_id, item_id, rank FROM recommended")
    webhook.answer = lambda payload: 400
    with pytest.raises(DeliveryError, match="10 times in a row"):
        app.run()
    assert len(webhook.told) == 12  # three groups of four


def test_a_cap_holds_over_runs_and_counts_users_once(app, webhook, mailbox):
    both = {"channels": ["hook", "mail"], "cap": 4}
    assert app.run(**both) == {"sent": 8, "capped": 12}
    assert app.run(**both) == {"already": 8, "capped": 12}
    assert app.run(**{**both, "cap": 5}) == {"already": 8, "sent": 2, "capped": 10}
    assert {payload["user"] for _, _, payload in webhook.told} == {
        to[0].split("@")[0] for to, _ in mailbox.mails
    }


def test_limits_count_what_other_deliveries_sent(app):
    weekly = {"group": "tips"}
    assert app.run(**weekly) == {"sent": 10}
    other = {"name": "other", "group": "tips", "period": "day"}
    limit = {"limits": [{"messages": 2, "days": 3, "group": "tips"}, {"messages": 3, "days": 30}]}
    app.now += DAY
    assert app.run(**other, **limit) == {"sent": 10}
    app.now += DAY
    assert app.run(**other, **limit) == {"limited": 10}
    news = {"name": "news", "limits": limit["limits"][1:]}
    assert app.run(**news) == {"sent": 10}
    assert app.run(**{**news, "name": "more"}) == {"limited": 10}


def test_an_outbox_that_cannot_be_used_is_an_error_in_a_line(app, webhook):
    (app.folder / "broken.sqlite").write_bytes(b"no database" * 1000)
    app.engine = connect(f"sqlite:///{app.folder / 'broken.sqlite'}")
    with pytest.raises(DeliveryError, match="the outbox cannot be used: file is not a database"):
        app.run()
    assert webhook.told == []


def test_what_another_delivery_sends_meanwhile_counts_for_limits(app, webhook, mailbox):
    def answer(payload):
        if len(webhook.told) == 0:
            webhook.answer = lambda payload: 200
            assert app.run(name="other", channels=["mail"]) == {"sent": 10}
        return 200

    webhook.answer = answer
    assert app.run(at_once=1, limits=[{"messages": 1, "days": 7}]) == {"sent": 1, "limited": 9}


def n_told(webhook):
    return Counter(payload["user"] for _, _, payload in webhook.told)


def kill_in_the_middle(app, webhook):
    """Kill a run while it sends the fifth message and those beside it."""
    reached, killed = threading.Event(), threading.Event()

    def answer(payload):
        if len(webhook.told) >= 4:
            reached.set()
            killed.wait(60)
        return 200

    webhook.answer = answer
    process = start(app)
    assert reached.wait(60)
    process.kill()
    process.communicate()
    killed.set()
    webhook.answer = lambda payload: 200


def test_after_a_kill_the_next_run_goes_on_and_nobody_gets_two(app, webhook):
    kill_in_the_middle(app, webhook)
    counts = app.run()
    assert counts["already"] == 4
    assert counts["sent"] + counts["in_doubt"] == 6
    assert 1 <= counts["in_doubt"] <= 4  # those that were under way
    assert app.run() == {"already": 4 + counts["sent"], "in_doubt": counts["in_doubt"]}
    assert max(n_told(webhook).values()) == 1
    app.now += 7 * DAY
    assert app.run() == {"sent": 10}


def test_after_a_kill_with_resending_all_get_it_and_keys_tell_which_are_the_same(app, webhook):
    kill_in_the_middle(app, webhook)
    assert app.run(in_doubt="resend")["sent"] == 6
    keys = {(payload["user"], headers["Idempotency-Key"]) for _, headers, payload in webhook.told}
    assert len(keys) == 10


def test_two_runs_at_the_same_time_send_each_message_once(app, webhook, postgres):
    for records in (app.engine, connect(postgres.new_database())):
        webhook.told.clear()
        app.engine = records
        processes = [start(app, channels=["hook"]) for _ in range(2)]
        tallies = [counts_of(process) for process in processes]
        assert sorted(tallies, key=str) == [{"already": 10}, {"sent": 10}]
        assert set(n_told(webhook).values()) == {1}


def test_two_deliveries_at_the_same_time_keep_a_limit_together(app, webhook):
    limit = {"limits": [{"messages": 1, "days": 7}]}
    processes = [start(app, name=name, **limit) for name in ("one", "two")]
    tallies = [Counter(counts_of(process)) for process in processes]
    assert tallies[0] + tallies[1] == {"sent": 10, "limited": 10}
    assert set(n_told(webhook).values()) == {1}


def test_the_outbox_may_lie_in_postgres(app, webhook, postgres):
    app.engine = connect(postgres.new_database())
    webhook.answer = refuse(400, "u3")
    assert app.run(limits=[{"messages": 1, "days": 5}]) == {"sent": 9, "failed": 1}
    webhook.answer = refuse(200)
    assert app.run() == {"already": 9, "sent": 1}
    assert standing(app).tries == 2
    assert app.run(name="other", limits=[{"messages": 1, "days": 5}]) == {"limited": 10}
    app.engine.dispose()
