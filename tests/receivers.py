"""Real receivers of messages for tests: an SMTP server and a webhook."""

import asyncio
import email
import email.policy
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller

from .running import free_port


class Mailbox:
    """An SMTP server that keeps what it is sent; `answer` may refuse a receiver, `delays` make it slow."""

    def __init__(self, port=0):
        self.mails = []
        self.delays = []
        self.answer = lambda address: "250 ok"
        self._controller = Controller(self, hostname="127.0.0.1", port=port or free_port())
        self._controller.start()
        self.port = self._controller.port
        self.n_connections = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.n_connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.answer(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.rcpt_tos, mail))
        await asyncio.sleep(self.delays.pop() if self.delays else 0)
        return "250 taken"

    def url(self, to="{email}", more=""):
        return f"mailto://127.0.0.1:{self.port}?from=coach@example.com&name=Coach&to={to}{more}"

    def close(self):
        if self._controller.loop.is_running():  # it may be closed already
            self._controller.stop()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Clients may be killed."""


class Webhook:
    """An HTTP server that keeps what it is told; `answer` gives the status for a payload."""

    def __init__(self):
        self.told = []
        self.answer = lambda payload: 200
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status = webhook.answer(payload)
                webhook.told.append((self.path, dict(self.headers), payload))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.port = self._server.server_address[1]

    def url(self, path="/hook", more=""):
        return f"json://127.0.0.1:{self.port}{path}{more}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
