"""What the company has beside its app: somebody on call, phones that get pushes, and mailboxes."""

import json
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from presage.demo.service import DemoError

ON_CALL, PUSH = "oncall", "push"


class Received:
    """What came in so far.

    Attributes
    ----------
    notices : what somebody on call read: title and text of each
    pushes : the user of each push, as it came
    mails : the address of each mail, as it came
    refused : while it is set, no push is taken
    """

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.pushes: list[str] = []
        self.mails: list[str] = []
        self.refused = threading.Event()

    def about(self, run: str) -> list[str]:
        """The notices that name a run; alarms may have fired beside."""
        return [notice for notice in self.notices if run in notice]

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802, aiosmtpd's
        """Take a mail."""
        self.mails.extend(envelope.rcpt_tos)
        return "250 OK"

    def take(self, path: str, told: Mapping[str, Any]) -> bool:
        """Take what a webhook was told; whether it was taken."""
        if path == f"/{ON_CALL}":
            self.notices.append(f"{told['title']}: {told['message']}")
        elif self.refused.is_set():
            return False
        else:
            self.pushes.append(told["user"])
        return True


@contextmanager
def receiving(received: Received, mail_port: int) -> Generator[dict[str, str]]:
    """While this lasts, messages are received; the channels that lead here, by name.

    Parameters
    ----------
    mail_port : a port of this machine that nobody listens on

    Raises DemoError without aiosmtpd.
    """
    try:
        from aiosmtpd.controller import Controller  # noqa: PLC0415
    except ImportError:
        raise DemoError("the mailboxes need aiosmtpd: pip install aiosmtpd") from None
    web = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Webhook, received))
    threading.Thread(target=web.serve_forever, daemon=True).start()
    mail = Controller(received, hostname="127.0.0.1", port=mail_port)
    mail.start()
    here = f"127.0.0.1:{web.server_port}"
    try:
        yield {
            ON_CALL: f"json://{here}/{ON_CALL}",
            PUSH: f"json://{here}/{PUSH}?:user={{user_id}}&:program={{item_id}}",
            "mail": f"mailto://127.0.0.1:{mail_port}?from=coach@fitness.example&name=Coach&to={{email}}",
        }
    finally:
        mail.stop()
        web.shutdown()
        web.server_close()


class _Webhook(BaseHTTPRequestHandler):
    """Takes JSON by POST."""

    protocol_version = "HTTP/1.1"  # connections stay open

    def __init__(self, received: Received, *request: Any) -> None:
        self._received = received
        super().__init__(*request)

    def do_POST(self) -> None:
        """Take a message."""
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        is_taken = self._received.take(urlsplit(self.path).path, told)
        self.send_response(200 if is_taken else 503)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""
