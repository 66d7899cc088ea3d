"""Calls of the door to pipelines, a server of our own, and a webhook."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from presage.config import Config
from presage.stores import Stores

from ..running import RunningServer

SECONDS = 60


class Door:
    """Calls below /pipelines, signed as any AWS client signs."""

    def __init__(self, server):
        self.server = server
        self.keys = server.keys

    def ask(self, method, path, body=None):
        request = AWSRequest(
            method, self.server.url + path, data=json.dumps(body) if body is not None else b""
        )
        SigV4Auth(Credentials(*self.keys), "pipelines", "us-east-1").add_auth(request)
        answer = URLLib3Session().send(request.prepare())
        return answer.status_code, json.loads(answer.content or b"null")

    def get(self, path):
        status, found = self.ask("GET", path)
        assert status == 200, found
        return found

    def post(self, path, body=None):
        status, found = self.ask("POST", path, {} if body is None else body)
        assert status < 300, found
        return found

    def put(self, definition, name=None):
        name = name or f"p{uuid4().hex[:8]}"
        text = definition if isinstance(definition, str) else json.dumps(definition)
        self.post("/pipelines", {"name": name, "definition": text})
        return name

    def until(self, run, *wanted, seconds=SECONDS):
        deadline = time.monotonic() + seconds
        while True:
            found = self.get(f"/pipelines/runs/{run}")
            if found["status"] in wanted:
                return found
            assert found["status"] == "RUNNING", found
            assert time.monotonic() < deadline, found
            time.sleep(0.05)

    def run(self, definition, given=None, wanted="SUCCEEDED"):
        name = self.put(definition)
        run = self.post(f"/pipelines/{name}/runs", {"input": given or {}})["name"]
        return self.until(run, wanted, *({"SUCCEEDED", "FAILED", "CANCELLED"} - {wanted}))


@pytest.fixture(scope="session")
def door(server):
    return Door(server)


class Receiver:
    """A webhook that keeps what it is sent."""

    def __init__(self):
        self.notices = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                receiver.notices.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def titles(self):
        """The titles of what it was sent, without those of the server's own alarms."""
        return [notice["title"] for notice in self.notices if not notice["title"].startswith("presage: ")]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture(scope="session")
def receiver():
    running = Receiver()
    yield running
    running.close()


@pytest.fixture(scope="session")
def own_server(tmp_path_factory, receiver):
    """A server of our own, which is killed, with one slot for trainings and with access keys.

    One key may do anything; of `others`, one may do anything with pipelines, and one may start them alone.
    """
    data = tmp_path_factory.mktemp("own") / "data"
    stores = Stores(Config(data=data))
    keys = [stores.keys.create(allow) for allow in (["*"], ["pipelines:*"], ["pipelines:StartRun"])]
    stores.close()
    url = f"json://127.0.0.1:{receiver.server.server_port}/"
    environ = {f"PRESAGE_CHANNELS_{name}": url for name in ("ONCALL", "PUSH")}
    server = RunningServer(data, workers=1, environ=environ)
    (server.keys, *server.others) = [(key.access_key_id, key.secret) for key in keys]
    server.start()
    yield server
    server.stop()
