"""What else a company has on its server: offers, an experiment, a pipeline, events that were told."""

import json
import time
import urllib.request
from datetime import UTC, datetime

DEFINITION = {
    "StartAt": "Prepare",
    "States": {
        "Prepare": {"Type": "Pass", "Next": "Check"},
        "Check": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.go", "BooleanEquals": True, "Next": "Done"}],
            "Default": "Stop",
        },
        "Done": {"Type": "Succeed"},
        "Stop": {"Type": "Fail", "Error": "NotToday", "Cause": "nobody said go"},
    },
}


def call(url, method, path, **body):
    request = urllib.request.Request(url + path, json.dumps(body).encode(), method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def _iso(at):
    return datetime.fromtimestamp(at, UTC).isoformat()


def stock(url, events, tracking_id):
    """Let a server have something to show on each page; `events` is a client of personalize-events."""
    now = time.time()
    offers = [{"id": "small", "price": 4.99}, {"id": "large", "price": 9.99, "cost": 1.0}]
    budget = {"amount": 50.0, "startsAt": _iso(now - 3600), "until": _iso(now + 86_400)}
    for name in ("spring", "summer"):
        call(
            url,
            "POST",
            "/decisions/campaigns",
            name=name,
            offers=offers,
            features=[{"name": "level"}],
            budget=budget,
        )
    arms = [{"name": "old", "target": "spring"}, {"name": "new", "target": "summer"}]
    call(url, "POST", "/decisions/experiments", name="season", arms=arms, metric={"windowSeconds": 0.001})
    for n in range(60):
        made = call(
            url,
            "POST",
            "/decisions/campaigns/spring/decide",
            user=f"u{n}",
            session="s",
            context={"level": n % 5},
        )
        call(url, "POST", "/decisions/rewards", decisionId=made["decisionId"], value=float(n % 3 == 0))
        call(
            url,
            "POST",
            "/decisions/experiments/season/decide",
            user=f"u{n}",
            session="s",
            context={"level": 1.0},
        )
    call(url, "POST", "/pipelines", name="daily", definition=json.dumps(DEFINITION))
    weekly = {"audience": {"database": "app", "query": "SELECT 1"}, "message": {"title": "a", "body": "b"}}
    call(url, "POST", "/deliveries", name="weekly", definition=json.dumps(weekly | {"channels": ["mail"]}))
    call(url, "POST", "/pipelines/daily/runs", input={"go": False}, name="monday")
    events.put_events(
        trackingId=tracking_id,
        userId="u3",
        sessionId="s",
        eventList=[{"eventType": "view", "itemId": "sku-3", "sentAt": time.time()}],
    )
