import socket
import subprocess
import sys

import pytest

from presage.notices import NoticeError, send

from ..running import free_port


def test_a_notice_reaches_every_channel(mailbox, webhook):
    known = {"oncall": mailbox.url(to="ann@example.com"), "team": webhook.url()}
    send(["oncall", "team"], "Step train\nfailed", "why: é & <b>", known=known)
    ((to, mail),) = mailbox.mails
    assert to == ["ann@example.com"]
    assert (mail["Subject"], mail["From"]) == ("Step train failed", "Coach <coach@example.com>")
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().strip() == "why: é & <b>"
    ((_, _, payload),) = webhook.told
    assert payload["message"] == "why: é & <b>"


def test_a_channel_may_be_a_url(webhook):
    send([webhook.url(more="?:room=ops&:message=text")], "t", "b", known={})
    ((path, _, payload),) = webhook.told
    assert (path, payload["room"], payload["text"]) == ("/hook", "ops", "b")
    assert "message" not in payload


def test_an_unknown_channel_is_named_and_the_others_get_the_notice(webhook):
    known = {"team": webhook.url()}
    with pytest.raises(NoticeError, match="no channel 'oncal'; .* has: team"):
        send(["oncal", "team"], "t", "b", known=known)
    assert len(webhook.told) == 1


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("nonsense", "cannot be read"),
        ("nosuch://user:SECRET1@host", "cannot be read"),
        ("mailto://SECRET1:SECRET1@h?to=b@example.com", "cannot be used"),
        ("json://user:SECRET1@127.0.0.1:{port}/SECRET1?:token=SECRET1", "cannot be reached"),
        ("xml://user:SECRET1@127.0.0.1:{port}/SECRET1", "did not take"),
        ("mailto://user:SECRET1@127.0.0.1:{port}?from=a@example.com&to=b@example.com", "cannot be used"),
    ],
)
def test_what_is_wrong_names_the_channel_and_no_secret(url, what):
    with pytest.raises(NoticeError) as caught:
        send(["oncall"], "t", "b", known={"oncall": url.replace("{port}", str(free_port()))}, seconds=2)
    assert "'oncall'" in str(caught.value)
    assert what in str(caught.value)
    assert "SECRET1" not in str(caught.value)


def test_a_refusal_says_what_the_server_said(mailbox):
    mailbox.answer = lambda address: "550 no such user"
    with pytest.raises(NoticeError, match="oncall.*550 no such user"):
        send(["oncall"], "t", "b", known={"oncall": mailbox.url(to="ann@example.com")})


def test_a_silent_server_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for url in (f"json://127.0.0.1:{port}", f"mailto://127.0.0.1:{port}?from=a@example.com"):
            with pytest.raises(NoticeError, match="did not take the notice"):
                send([url], "t", "b", known={}, seconds=0.2)


def test_nothing_heavy_is_imported_before_a_channel_is_opened():
    code = "import sys, presage.notices; assert not {'apprise', 'requests'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
