import pytest
from structlog.testing import capture_logs

from presage.resources.keys import AccessKey
from presage.wire.access import access_log, observed
from presage.wire.app import application

from .asgi import call, exchange
from .generate import Raw, encode
from .test_calls import signed

KEY = AccessKey(access_key_id="AKID", secret="secret")


async def nothing(members):
    return {}


APP = observed(
    application({("personalize", "ListCampaigns"): nothing}, find_key={"AKID": KEY}.get), [access_log()]
)


def test_a_call_leaves_one_line():
    with capture_logs() as logs:
        response = call(APP, signed(encode("personalize", "ListCampaigns", {})))
    (line,) = logs
    assert line.pop("ms") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "POST",
        "path": "/",
        "status": 200,
        "request_id": response.headers["x-amzn-requestid"],
        "operation": "personalize:ListCampaigns",
        "access_key_id": "AKID",
        "bytes": 2,
    }


def test_a_refused_call_leaves_a_line_too_and_queries_are_left_out():
    with capture_logs() as logs:
        call(APP, Raw("GET", "/nowhere?X-Amz-Signature=secret", {"host": "localhost"}, b""))
    (line,) = logs
    assert (line["path"], line["status"]) == ("/nowhere", 404)
    assert "secret" not in str(line)


def test_a_fault_of_the_application_is_logged_and_goes_on():
    async def broken(scope, receive, send):
        raise ValueError("broken")

    with capture_logs() as logs, pytest.raises(ValueError, match="broken"):
        call(observed(broken, [access_log()]), Raw("GET", "/", {}, b""))
    assert logs[0]["status"] is None


def test_other_protocols_leave_none():
    async def app(scope, receive, send):
        await send({"headers": [], "status": 0})

    with capture_logs() as logs:
        exchange(observed(app, [access_log()]), {"type": "lifespan"}, [])
    assert logs == []
