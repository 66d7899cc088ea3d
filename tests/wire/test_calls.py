import hashlib

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from structlog.testing import capture_logs

from presage.errors import InvalidInputException, ResourceInUseException, ResourceNotFoundException
from presage.resources.keys import AccessKey
from presage.wire.app import application
from presage.wire.models import OPERATIONS

from .asgi import call
from .generate import Raw, encode

KEY = AccessKey(access_key_id="AKID", secret="secret", allow=("personalize:List*", "forecast:QueryForecast"))
CAMPAIGN = "arn:aws:personalize:us-east-1:000000000000:campaign/shop"
RUNTIME = ("personalize-runtime", "GetRecommendations", {"campaignArn": CAMPAIGN})
LIST = ("personalize", "ListCampaigns", {})
FORECASTS = ("forecast", "ListForecasts", {})


def handler(answer=None, error=None):
    async def handle(members):
        if error is not None:
            raise error
        return answer

    return handle


def ask(service, operation, members, *, find_key=None, raw=None, **handling):
    app = application({(service, operation): handler(**handling)}, find_key=find_key)
    return call(app, raw or encode(service, operation, members))


def signed(raw, service="personalize", secret=KEY.secret, **headers):
    made = AWSRequest(raw.method, f"http://localhost{raw.path}", headers=raw.headers | headers, data=raw.body)
    SigV4Auth(Credentials(KEY.access_key_id, secret), service, "us-east-1").add_auth(made)
    return Raw(raw.method, raw.path, {n.lower(): v for n, v in made.headers.items()}, raw.body)


def test_an_answer_has_the_protocol_s_content_type_and_a_request_id():
    response = ask(*LIST, answer={"campaigns": []})
    assert response.json == {"campaigns": []}
    assert response.headers["content-type"] == "application/x-amz-json-1.1"
    assert len(response.headers["x-amzn-requestid"]) == 36
    assert ask(*RUNTIME, answer={}).headers["content-type"] == "application/json"


def test_an_operation_without_an_output_answers_nothing_and_one_with_an_empty_output_an_object():
    assert ask("personalize", "DeleteCampaign", {"campaignArn": CAMPAIGN}).body == b""
    assert ask("personalize", "TagResource", {"resourceArn": CAMPAIGN, "tags": []}).body == b"{}"


@pytest.mark.parametrize(
    ("asked", "error", "status"),
    [
        (RUNTIME, ResourceNotFoundException("no"), 404),
        (RUNTIME, InvalidInputException("no"), 400),
        (LIST, ResourceNotFoundException("no"), 400),
        (FORECASTS, ResourceInUseException("no"), 400),
        (RUNTIME, ResourceInUseException("a code that the runtime does not model"), 400),
    ],
)
def test_a_service_error_has_the_model_s_status_and_its_code_in_body_and_header(asked, error, status):
    response = ask(*asked, error=error)
    assert (response.status, response.code, response.message) == (status, error.code, error.message)


def test_put_events_in_use_is_a_conflict():
    dataset = {"datasetArn": CAMPAIGN, "items": [{"itemId": "1"}]}
    assert ask("personalize-events", "PutItems", dataset, error=ResourceInUseException("no")).status == 409


def test_the_text_of_an_error_stands_in_the_member_that_the_model_names():
    assert "message" in ask(*LIST, error=InvalidInputException("no")).json
    assert "Message" in ask(*FORECASTS, error=InvalidInputException("no")).json


def test_an_unexpected_error_is_logged_with_its_trace_and_told_without_it():
    with capture_logs() as logs:
        response = ask(*LIST, error=ZeroDivisionError("the secret inside"))
    assert (response.status, response.code) == (500, "InternalFailure")
    assert "secret" not in response.message
    assert response.headers["x-amzn-requestid"] in response.message
    (line,) = logs
    assert line["request_id"] == response.headers["x-amzn-requestid"]
    assert "ZeroDivisionError: the secret inside" in line["exception"]


def test_an_operation_that_is_not_built_is_unknown():
    app = application({}, find_key=None)
    for asked, status in ((LIST, 400), (RUNTIME, 404)):
        response = call(app, encode(*asked))
        assert (response.status, response.code) == (status, "UnknownOperationException")


@pytest.mark.parametrize("target", ["", "AmazonPersonalize.CreateEverything", "ListCampaigns", "ÿ"])
def test_an_unknown_target_is_refused(target):
    raw = Raw("POST", "/", {"host": "localhost", "x-amz-target": target}, b"{}")
    response = ask(*LIST, raw=raw)
    assert (response.status, response.code) == (400, "UnknownOperationException")


def test_a_target_is_posted():
    raw = encode(*LIST)
    assert ask(*LIST, raw=Raw("GET", "/", raw.headers, b"")).code == "UnknownOperationException"


@pytest.mark.parametrize("body", [b"{", b"nonsense", b"\xff", b"[" * 100_000, b"NaN", b'{"a": 1e999}'])
def test_what_is_no_json_is_a_serialization_exception(body):
    raw = encode(*LIST)
    response = ask(*LIST, raw=Raw(raw.method, raw.path, raw.headers, body))
    assert (response.status, response.code) == (400, "SerializationException")


def test_an_empty_body_counts_as_no_members():
    raw = encode(*LIST)
    assert ask(*LIST, raw=Raw(raw.method, raw.path, raw.headers, b"")).status == 200


def test_a_handler_for_no_operation_is_a_mistake():
    with pytest.raises(ValueError, match="CreateEverything"):
        application({("personalize", "CreateEverything"): handler()}, find_key=None)


class TestWithKeys:
    find_key = staticmethod({"AKID": KEY}.get)

    def ask(self, raw, asked=LIST):
        return ask(*asked, raw=raw, find_key=self.find_key)

    def test_a_signed_request_is_answered(self):
        assert self.ask(signed(encode(*LIST))).status == 200

    def test_an_unsigned_request_is_refused(self):
        response = self.ask(encode(*LIST))
        assert (response.status, response.code) == (403, "MissingAuthenticationToken")

    def test_a_wrong_secret_is_refused(self):
        response = self.ask(signed(encode(*LIST), secret="wrong"))
        assert (response.status, response.code) == (403, "InvalidSignatureException")

    def test_a_changed_body_is_refused(self):
        raw = signed(encode(*LIST))
        response = self.ask(Raw(raw.method, raw.path, raw.headers, b'{"maxResults":1}'))
        assert response.code == "InvalidSignatureException"

    def test_a_body_may_be_left_unsigned(self):
        raw = signed(encode(*LIST), **{"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
        assert self.ask(Raw(raw.method, raw.path, raw.headers, b'{"maxResults":1}')).status == 200

    def test_a_stated_payload_hash_must_be_that_of_the_body(self):
        stated = hashlib.sha256(b"another").hexdigest()
        raw = signed(encode(*LIST), **{"X-Amz-Content-SHA256": stated})
        assert self.ask(raw).code == "InvalidSignatureException"

    def test_what_the_key_does_not_allow_is_denied(self):
        response = self.ask(signed(encode(*RUNTIME)), RUNTIME)
        assert (response.status, response.code) == (400, "AccessDeniedException")
        assert "personalize:GetRecommendations" in response.message

    def test_the_forecast_services_sign_as_forecast(self):
        members = {"ForecastArn": "arn:aws:forecast:r:0:forecast/x", "Filters": {"item_id": "1"}}
        query = ("forecastquery", "QueryForecast", members)
        assert self.ask(signed(encode(*query), service="forecast"), query).status == 200
        assert self.ask(signed(encode(*query)), query).code == "InvalidSignatureException"


@pytest.mark.parametrize("error", [ValueError("4300 digits"), OverflowError("too large"), RecursionError])
def test_a_value_that_cannot_be_read_is_the_clients_fault(error, monkeypatch):
    def read(_members):
        raise error

    async def nothing(members):
        pytest.fail("it was called")

    operation = OPERATIONS["personalize", "ListCampaigns"]
    monkeypatch.setitem(operation.__dict__, "read", read)
    app = application({("personalize", "ListCampaigns"): nothing}, find_key=None)
    response = call(app, encode("personalize", "ListCampaigns", {}))
    assert (response.status, response.code) == (400, "SerializationException")
    assert "cannot be read" in response.message
