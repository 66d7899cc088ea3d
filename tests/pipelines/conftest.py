"""Calls of the door to pipelines, and tools for single steps."""

import json
import time
from uuid import uuid4

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

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
