"""An audience by filter: the users of a dataset group whose own data match."""

from functools import partial

import pytest

from presage.deliveries import DeliveryError, read_spec
from presage.works.audience import users_of

from ..operations.inprocess import InProcess
from ..operations.shop import INTERACTIONS, Shop
from .app import WEEKLY

USERS = [
    {"name": "USER_ID", "type": "string"},
    {"name": "AGE", "type": ["null", "int"]},
    {"name": "CITY", "type": ["null", "string"], "categorical": True},
    {"name": "email", "type": ["null", "string"], "categorical": True},
]
ROWS = "USER_ID,AGE,CITY,email\nu0,20,Delft,a@example.com\nu1,40,Delft,\nu2,60,Breda,c@example.com\nu3,,Breda,d@example.com\n"
PLAIN = {"title": "for {{ user.user_id }}", "body": "from {{ user.CITY or 'nowhere' }}"}


@pytest.fixture(scope="module")
def group(tmp_path_factory):
    """A dataset group with users and interactions, on a server in this process."""
    inside = InProcess(tmp_path_factory.mktemp("group") / "data")
    shop = Shop(inside)
    shop.dataset("USERS", USERS)
    shop.import_rows("USERS", ROWS)
    shop.dataset("INTERACTIONS", INTERACTIONS)
    tracker = shop.personalize.create_event_tracker(name="t", datasetGroupArn=shop.group)["trackingId"]
    for user, kind in (("u1", "buy"), ("u9", "click")):
        event = {"eventType": kind, "itemId": "p1", "sentAt": 1_699_999_999}
        shop.events.put_events(trackingId=tracker, userId=user, sessionId="s", eventList=[event])
    yield shop
    inside.close()


@pytest.fixture
def filtered(app, group):
    """The app, whose deliveries may ask for users of the dataset group."""
    app.users_of = partial(users_of, group.server.stores)
    return app


def by(group, expression, **more):
    return {
        "audience": {"dataset_group": group.group, "filter": expression, **more},
        "message": PLAIN,
        "content": None,
    }


@pytest.mark.parametrize(
    ("expression", "users"),
    [
        ("INCLUDE UserID WHERE Users.AGE > 30", "u1 u2"),
        ('INCLUDE UserID WHERE Users.AGE > 30 AND Users.CITY IN ("Delft")', "u1"),
        ('INCLUDE UserID WHERE Users.AGE > 50 OR Users.CITY IN ("Delft")', "u0 u1 u2"),
        ('EXCLUDE UserID WHERE Interactions.EVENT_TYPE IN ("buy")', "u0 u2 u3 u9"),
        ('INCLUDE UserID WHERE Interactions.EVENT_TYPE IN ("*")', "u1 u9"),
        (
            'INCLUDE UserID WHERE Users.AGE > 30 | EXCLUDE UserID WHERE Interactions.EVENT_TYPE IN ("buy")',
            "u2",
        ),
        ("INCLUDE UserID WHERE Users.AGE > 99", ""),
    ],
)
def test_those_get_it_whose_data_match(filtered, webhook, group, expression, users):
    n_users = len(users.split())
    assert filtered.run(**by(group, expression)) == ({"sent": n_users} if n_users else {})
    assert sorted(payload["user"] for _, _, payload in webhook.told) == users.split()


def test_who_was_told_a_moment_ago_is_among_them(filtered, webhook, group):
    properties = '{"AGE": 50, "CITY": "Gouda"}'
    group.events.put_users(
        datasetArn=group.datasets["USERS"], users=[{"userId": "new", "properties": properties}]
    )
    assert filtered.run(**by(group, 'INCLUDE UserID WHERE Users.CITY IN ("Gouda")')) == {"sent": 1}
    assert webhook.told[0][2]["title"] == "for new"
    assert webhook.told[0][2]["message"] == "from Gouda"


def test_addresses_come_from_the_users_dataset(filtered, mailbox, group):
    everybody = by(group, "INCLUDE UserID WHERE Users.AGE >= 0")
    assert filtered.run(channels=["mail"], **everybody) == {"sent": 2, "no_address": 2}
    assert sorted(to for to, _ in mailbox.mails) == [["a@example.com"], ["c@example.com"]]


@pytest.mark.parametrize("where", ["", " WHERE id IN :users"])
def test_or_from_a_query_for_those_whom_the_filter_lets_through(filtered, mailbox, group, where):
    looked_up = {
        "database": "app",
        "query": f"SELECT id AS key, email, name FROM users{where}",
        "user": "key",
    }
    wanted = by(group, 'INCLUDE UserID WHERE Users.CITY IN ("Delft")', **looked_up)
    wanted["message"] = {"title": "{{ user.name }}", "body": "in {{ user.CITY }}"}
    assert filtered.run(channels=["mail"], **wanted) == {"sent": 2}
    told = sorted((to, mail["subject"], mail.get_content().strip()) for to, mail in mailbox.mails)
    assert told == [([f"u{n}@example.com"], f"Name {n}", "in Delft") for n in (0, 1)]


@pytest.mark.parametrize(
    ("audience", "said"),
    [
        ({"filter": "INCLUDE UserID WHERE Users.WEIGHT > 3"}, "Users has no field 'WEIGHT'; it has: .*AGE"),
        ({"filter": "INCLUDE UserID WHERE Users.CITY > 3"}, "holds strings; compare it with IN"),
        ({"dataset_group": "nowhere"}, "there is no dataset group 'nowhere'; there are: shop-"),
        ({"time_zone": "ZONE"}, "the Users dataset has no column 'ZONE'; it has: user_id, AGE, CITY, email"),
    ],
)
def test_what_the_dataset_group_has_not_is_named(filtered, group, audience, said):
    wanted = by(group, "INCLUDE UserID WHERE Users.AGE > 30")
    wanted["audience"] |= audience
    with pytest.raises(DeliveryError, match=said):
        filtered.run(**wanted)


@pytest.mark.parametrize(
    ("audience", "said"),
    [
        ({}, "needs database and query, or dataset_group and filter"),
        ({"database": "app"}, "needs database and query"),
        (
            {"database": "app", "filter": "INCLUDE UserID WHERE Users.AGE > 3"},
            "both database and query, or neither",
        ),
        ({"filter": "INCLUDE UserID WHERE Users.AGE > 3"}, "both dataset_group and filter"),
        (
            {"dataset_group": "g", "filter": "Users.AGE > 3"},
            "At character 1.* INCLUDE .*such as INCLUDE UserID WHERE",
        ),
        (
            {"dataset_group": "g", "filter": "INCLUDE ItemID WHERE Items.PRICE > 3"},
            "it must choose users, such as",
        ),
        (
            {"dataset_group": "g", "filter": "INCLUDE UserID WHERE Users.AGE > $AGE"},
            r"has \$AGE, which nobody gives a value",
        ),
        (
            {"dataset_group": "g", "filter": "INCLUDE UserID WHERE Users.AGE > 3 IF CurrentUser.AGE > 3"},
            "asks for CurrentUser, and there is none",
        ),
        (
            {"dataset_group": "g", "filter": "INCLUDE UserID WHERE Users.AGE > 3", "user": "key"},
            "audience.user is 'key', a column of a query",
        ),
    ],
)
def test_what_is_written_wrongly_is_named_before_anything_is_asked(audience, said):
    with pytest.raises(ValueError, match=said):
        read_spec({**WEEKLY, "audience": audience})
