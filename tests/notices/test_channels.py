import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.notices import AddressError, Message, NoticeError, Refused, Unclear, Unreachable, open_channel
from presage.notices.mail import MESSAGES_A_CONNECTION

from ..receivers import Mailbox
from ..running import free_port

MAIL = "mailto://user:secret@smtp.example.com?from=coach@example.com&to={email}&+X-User={id}"


def receiver(url, **values):
    return open_channel("c", {"c": url}).receiver(values).plugin


def test_places_are_filled():
    channel = open_channel("c", {"c": MAIL})
    assert channel.places == {"email", "id"}
    plugin = channel.receiver({"email": "ann@example.com", "id": 7}).plugin
    assert plugin.targets == [(False, "ann@example.com")]
    assert plugin.headers == {"X-User": "7"}


HOSTILE = [
    "ann@example.com,eve@example.com",
    "ann@example.com eve@example.com",
    "ann@example.com;eve@example.com",
    "Eve <eve@example.com>",
    "ann@example.com\r\nBcc: eve@example.com",
    "no address",
    "@",
    "",
    None,
]


@pytest.mark.parametrize("address", HOSTILE)
def test_a_hostile_address_is_refused(address):
    with pytest.raises(AddressError):
        receiver(MAIL, email=address, id="1")


@pytest.mark.parametrize(
    "address", ["ann@example.com&cc=eve@example.com", "ann@example.com?smtp=evil.example.com"]
)
def test_a_value_is_no_other_setting(address):
    try:
        plugin = receiver(MAIL, email=address, id="1")
    except AddressError:
        return
    assert not plugin.cc
    assert plugin.smtp_host == "smtp.example.com"
    assert plugin.targets == [(False, address)]


@given(st.text(), st.text())
def test_whatever_a_value_is_it_changes_its_own_place_alone(address, other):
    plain = receiver(MAIL, email="ann@example.com", id="1")
    try:
        plugin = receiver(MAIL, email=address, id=other)
    except AddressError:
        return
    assert plugin.targets == [(False, address)]
    for name in (
        "smtp_host",
        "port",
        "user",
        "password",
        "from_addr",
        "cc",
        "bcc",
        "reply_to",
        "secure_mode",
    ):
        assert getattr(plugin, name) == getattr(plain, name)


def test_a_value_in_a_path_stays_one_step_of_it():
    plugin = receiver(
        "json://127.0.0.1/users/{id}/inbox?:name={name}", id="../../admin?x=1", name="Ann, the 1st"
    )
    assert plugin.fullpath == "/users/..%2F..%2Fadmin%3Fx%3D1/inbox"
    assert plugin.payload_extras == {"name": "Ann, the 1st"}


def test_who_gets_the_secrets_is_fixed():
    for url in ("json://user:{password}@127.0.0.1/", "json://{host}/"):
        with pytest.raises(NoticeError, match="must be fixed|cannot be read"):
            open_channel("c", {"c": url})


def test_one_connection_carries_many_mails_with_stable_ids(mailbox):
    channel = open_channel("c", {"c": mailbox.url()})
    session = channel.open()
    for n in range(5):
        session.send(
            channel.receiver({"email": f"u{n}@example.com"}), Message(title="t", body="b", id=f"m{n}")
        )
    session.close()
    assert [mail["Message-ID"] for _, mail in mailbox.mails] == [f"<m{n}@example.com>" for n in range(5)]
    assert mailbox.n_connections == 1


def sender(channel):
    session = channel.open()

    def send(user):
        receiver = channel.receiver({"email": f"{user}@example.com"})
        session.send(receiver, Message(title="t", body="b", id=user))

    return session, send


def users_of(mailbox):
    return [to[0].split("@")[0] for to, _ in mailbox.mails]


def test_a_connection_that_the_server_closed_is_made_again(mailbox):
    session, send = sender(open_channel("c", {"c": mailbox.url()}))
    send("u1")
    mailbox.close()
    with pytest.raises(Unreachable):
        send("u2")
    again = Mailbox(mailbox.port)
    send("u3")
    session.close()
    again.close()
    assert (users_of(mailbox), users_of(again)) == (["u1"], ["u3"])


def test_after_many_mails_the_connection_is_a_new_one(mailbox):
    session, send = sender(open_channel("c", {"c": mailbox.url()}))
    for n in range(MESSAGES_A_CONNECTION + 1):
        send(f"u{n}")
    session.close()
    assert (len(mailbox.mails), mailbox.n_connections) == (MESSAGES_A_CONNECTION + 1, 2)


def test_a_late_answer_is_not_taken_for_that_of_the_next_mail(mailbox):
    mailbox.delays = [1.0]
    session, send = sender(open_channel("c", {"c": mailbox.url()}, seconds=0.3))
    with pytest.raises(Unclear):
        send("u1")
    send("u2")
    mailbox.answer = lambda address: "550 unknown"
    with pytest.raises(Refused):
        send("u3")
    session.close()
    assert users_of(mailbox) == ["u1", "u2"]


def test_a_mail_after_a_refused_one_arrives(mailbox):
    mailbox.answer = lambda address: "550 unknown" if address == "b@example.com" else "250 ok"
    channel = open_channel("c", {"c": mailbox.url()})
    session = channel.open()
    message = Message(title="t", body="<b>b</b>", is_html=True)
    with pytest.raises(Refused):
        session.send(channel.receiver({"email": "b@example.com"}), message)
    session.send(channel.receiver({"email": "a@example.com"}), message)
    session.close()
    ((to, mail),) = mailbox.mails
    assert to == ["a@example.com"]
    assert mail.get_body(("html",)).get_content().strip() == "<b>b</b>"


def test_a_webhook_gets_a_key_by_which_it_knows_a_message_again(webhook):
    channel = open_channel("c", {"c": webhook.url(more="?+X-Name={name}")})
    session = channel.open()
    session.send(channel.receiver({"name": "Zoë"}), Message(title="t", body="b", id="m1"))
    session.close()
    ((_, headers, payload),) = webhook.told
    assert headers["Idempotency-Key"] == payload["id"] == "m1"
    assert headers["X-Name"].encode("latin-1").decode() == "Zoë"


@pytest.mark.parametrize(
    ("status", "error"), [(400, Refused), (302, Refused), (503, Refused), (500, Unclear), (504, Unclear)]
)
def test_an_answer_says_whether_the_message_may_have_been_taken(webhook, status, error):
    webhook.answer = lambda payload: status
    channel = open_channel("c", {"c": webhook.url()})
    session = channel.open()
    with pytest.raises(error):
        session.send(channel.receiver({}), Message(title="t", body="b"))
    session.close()


def test_who_cannot_be_reached_was_sent_nothing():
    for url in ("json://127.0.0.1:{}", "mailto://127.0.0.1:{}?from=a@example.com"):
        channel = open_channel("c", {"c": url.format(free_port())})
        with pytest.raises(Unreachable):
            channel.open().send(channel.receiver({}), Message(title="t", body="b"))
