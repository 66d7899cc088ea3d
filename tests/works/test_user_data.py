"""A user's own data, in one piece."""

import json
import subprocess
import sys

from presage.deliveries.outbox import Entry, Outbox
from presage.live.sets import register

from ..live.documents import TRACKED
from ..operations.conftest import *  # noqa: F403
from ..operations.shop import INTERACTIONS, USERS, interactions_csv, users_csv


def tell_feature_set(shop, name, events, **declared):
    stores = shop.server.stores
    register(stores, name, {"streaming": TRACKED, **declared})
    (folder,) = (one["_folder"] for one in stores.feature_sets() if one.name == name)
    stores.log.append(folder, events).result()


def deliver_to(shop, *users):
    """A message that each user gets in a week."""
    outbox = Outbox(shop.server.stores.engine, "weekly", "2026-W49")
    told = {"channel": "mail", "message_id": "m", "category": "", "recommendation_id": "r", "items": ["i7"]}
    entries = [Entry(user=user, **told) for user in users]
    assert len(outbox.turn([], entries, shop.server.stores.clock())) == len(users)


def test_all_that_is_held_of_a_user_is_printed(shop):
    for kind, fields, text in (
        ("INTERACTIONS", INTERACTIONS, interactions_csv()),
        ("USERS", USERS, users_csv()),
    ):
        shop.dataset(kind, fields)
        shop.import_rows(kind, text)
    tracker = shop.personalize.create_event_tracker(name="t", datasetGroupArn=shop.group)["trackingId"]
    told = {"userId": "u1", "sentAt": "2024-01-01", "itemId": "i7"}
    tell_feature_set(shop, "fed", [told, told | {"userId": "u2"}], datasetGroupArn=shop.group)
    tell_feature_set(shop, "other", [told])
    deliver_to(shop, "u1", "u2")
    event = {"eventType": "click", "itemId": "i7é", "sentAt": 1_699_999_999}
    shop.events.put_events(trackingId=tracker, userId="u1", sessionId="s", eventList=[event])
    command = [sys.executable, "-m", "presage", "export-user"]
    data = ["--group", shop.id, "--data", str(shop.server.stores.config.data)]
    asked = {"capture_output": True, "text": True, "env": shop.server.environ}
    printed = subprocess.run([*command, "u1", *data], check=True, **asked)
    found = json.loads(printed.stdout)
    n_imported = sum(line.startswith("u1,") for line in interactions_csv().splitlines())
    assert len(found["INTERACTIONS"]) == n_imported + 1
    assert found["INTERACTIONS"][-1]["ITEM_ID"] == "i7é"
    assert found["FEATURES fed"] == [told]
    assert "FEATURES other" not in found
    assert [(one["delivery"], one["items"]) for one in found["DELIVERIES"]] == [("weekly", ["i7"])]
    assert found["USERS"] == [{"USER_ID": "u1", "GENDER": "a"}]
    nobody = subprocess.run([*command, "nobody", *data], check=True, **asked)
    assert json.loads(nobody.stdout) == {}
