"""Somebody who visits the console without a browser: keeps the cookie, and takes the token from pages."""

import re
from urllib.parse import urlencode

from ..wire.asgi import call
from ..wire.generate import Raw

TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')


class Visitor:
    def __init__(self, app):
        self.app = app
        self.cookie = ""
        self.token = ""

    def get(self, path, **headers):
        return self._send("GET", path, b"", headers)

    def post(self, path, *, token=None, **form):
        body = urlencode({"token": self.token if token is None else token, **form}).encode()
        return self._send("POST", path, body, {"content-type": "application/x-www-form-urlencoded"})

    def log_in(self, key):
        self.get("/console/login")
        answer = self.post("/console/login", id=key.access_key_id, secret=key.secret)
        assert answer.status == 303, answer.body
        self.get("/console")
        return self

    def _send(self, method, path, body, headers):
        cookie = {"cookie": self.cookie} if self.cookie else {}
        answer = call(self.app, Raw(method, path, {"host": "localhost", **cookie, **headers}, body))
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
        if found := TOKEN.search(answer.body.decode(errors="replace")):
            self.token = found[1]
        return answer
