"""Calls of the decisions door by a plain HTTP client."""

import json
import urllib.error
import urllib.request


def call(url, path, body=None, method=None):
    """(status, answer) of a call below /decisions."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/decisions/{path}", data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text, status = answer.read(), answer.status
    except urllib.error.HTTPError as error:
        text, status = error.read(), error.code
    return status, json.loads(text) if text else None


def done(url, path, body=None, method=None):
    """The answer of a call that succeeds."""
    status, answer = call(url, path, body, method)
    assert status in (200, 201, 202), answer
    return answer
