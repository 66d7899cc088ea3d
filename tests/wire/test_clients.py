"""Unmodified AWS clients against the listener on a real server, and bytes that no client would send."""

import socket
import threading
import time
from datetime import UTC, datetime

import boto3
import pytest
import uvicorn
from botocore.config import Config
from botocore.exceptions import ClientError

from presage.errors import ResourceNotFoundException
from presage.resources.keys import AccessKey
from presage.wire.app import application

ARN = "arn:aws:personalize:us-east-1:000000000000:"
KEYS = [
    AccessKey(access_key_id="ALL", secret="secret-of-all"),
    AccessKey(access_key_id="EVENTS", secret="secret-of-events", allow=("personalize:PutEvents",)),
]


async def describe_campaign(members):
    if members["campaignArn"].endswith("/none"):
        raise ResourceNotFoundException("no campaign has this ARN")
    return {"campaign": {"campaignArn": members["campaignArn"], "creationDateTime": 1_700_000_000.5}}


async def list_campaigns(members):
    start = int(members.get("nextToken", 0))
    page = [{"name": str(n)} for n in range(start, start + 2)]
    return {"campaigns": page, "nextToken": str(start + 2) if start < 4 else None}


async def get_recommendations(members):
    if "campaignArn" not in members:
        raise ResourceNotFoundException("no campaign")
    return {"itemList": [{"itemId": members["userId"], "score": 0.25}], "recommendationId": "RID"}


async def put_events(members):
    assert members["eventList"][0]["properties"] == '{"a": 1}'


async def create_dataset(members):
    return {"DatasetArn": f"arn:aws:forecast:us-east-1:000000000000:dataset/{members['DatasetName']}"}


async def query_forecast(members):
    return {"Forecast": {"Predictions": {"p50": [{"Timestamp": members["StartDate"], "Value": 1.5}]}}}


HANDLERS = {
    ("personalize", "DescribeCampaign"): describe_campaign,
    ("personalize", "ListCampaigns"): list_campaigns,
    ("personalize-runtime", "GetRecommendations"): get_recommendations,
    ("personalize-events", "PutEvents"): put_events,
    ("forecast", "CreateDataset"): create_dataset,
    ("forecastquery", "QueryForecast"): query_forecast,
}


@pytest.fixture(scope="module")
def port():
    """A real server with two keys, on a free port of this machine."""
    find_key = {key.access_key_id: key for key in KEYS}.get
    app = application(HANDLERS, find_key=find_key, max_request_bytes=100_000)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture
def client(port):
    made = []

    def client(service, key=KEYS[0], **options):
        told = {
            "aws_access_key_id": key.access_key_id,
            "aws_secret_access_key": key.secret,
            "region_name": "us-east-1",
            "endpoint_url": f"http://127.0.0.1:{port}",
            "config": Config(retries={"max_attempts": 0}),
        }
        made.append(boto3.client(service, **(told | options)))
        return made[-1]

    yield client
    for one in made:
        one.close()


def code(call, **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    assert caught.value.response["ResponseMetadata"]["RequestId"]
    status = caught.value.response["ResponseMetadata"]["HTTPStatusCode"]
    return caught.value.response["Error"]["Code"], status


def test_the_control_plane_answers(client):
    answer = client("personalize").describe_campaign(campaignArn=f"{ARN}campaign/x")
    assert answer["campaign"]["creationDateTime"] == datetime(2023, 11, 14, 22, 13, 20, 500_000, UTC)
    assert answer["ResponseMetadata"]["RequestId"]


def test_the_runtime_answers(client):
    answer = client("personalize-runtime").get_recommendations(campaignArn=f"{ARN}campaign/x", userId="ü")
    assert answer["itemList"] == [{"itemId": "ü", "score": 0.25}]


def test_events_are_taken(client):
    event = {"eventType": "click", "sentAt": datetime.now(UTC), "properties": '{"a": 1}'}
    told = client("personalize-events").put_events(trackingId="t", sessionId="s", eventList=[event])
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_both_forecast_services_answer(client):
    schema = {"Attributes": [{"AttributeName": "item_id", "AttributeType": "string"}]}
    made = client("forecast").create_dataset(
        DatasetName="d", Domain="CUSTOM", DatasetType="TARGET_TIME_SERIES", DataFrequency="2D", Schema=schema
    )
    assert made["DatasetArn"].endswith("dataset/d")
    answer = client("forecastquery").query_forecast(
        ForecastArn="arn:aws:forecast:us-east-1:0:forecast/f",
        StartDate="2026-01-01T00:00:00",
        Filters={"item_id": "1"},
    )
    assert answer["Forecast"]["Predictions"]["p50"] == [{"Timestamp": "2026-01-01T00:00:00", "Value": 1.5}]


def test_paginators_walk_all_pages(client):
    pages = client("personalize").get_paginator("list_campaigns").paginate()
    assert [one["name"] for one in pages.search("campaigns")] == [str(n) for n in range(6)]


def test_modelled_errors_can_be_caught_by_name(client):
    personalize, runtime = client("personalize"), client("personalize-runtime")
    with pytest.raises(personalize.exceptions.ResourceNotFoundException):
        personalize.describe_campaign(campaignArn=f"{ARN}campaign/none")
    with pytest.raises(runtime.exceptions.ResourceNotFoundException):
        runtime.get_recommendations(userId="u")
    with pytest.raises(personalize.exceptions.InvalidInputException, match="1 validation error detected"):
        personalize.describe_campaign(campaignArn="nonsense")


def test_a_forecast_error_carries_its_text(client):
    forecast = client("forecast")
    with pytest.raises(ClientError, match="at 'datasetName'") as caught:
        forecast.create_dataset(
            DatasetName="9 bad", Domain="CUSTOM", DatasetType="TARGET_TIME_SERIES", Schema={}
        )
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_what_may_not_pass_does_not(client):
    arn = {"campaignArn": f"{ARN}campaign/x"}
    wrong = AccessKey(access_key_id="ALL", secret="wrong")
    nobody = AccessKey(access_key_id="NOBODY", secret="x")
    assert code(client("personalize", wrong).describe_campaign, **arn) == ("InvalidSignatureException", 403)
    assert code(client("personalize", nobody).describe_campaign, **arn) == (
        "UnrecognizedClientException",
        403,
    )
    assert code(client("personalize", KEYS[1]).describe_campaign, **arn) == ("AccessDeniedException", 400)
    assert code(client("personalize").delete_campaign, **arn) == ("UnknownOperationException", 400)
    session = client("personalize", aws_session_token="temporary")
    assert code(session.describe_campaign, **arn) == ("UnrecognizedClientException", 403)


def test_a_request_over_the_limit_is_refused_and_the_next_is_answered(client):
    events = client("personalize-events")
    event = {"eventType": "click", "sentAt": 0, "properties": "x" * 500_000}
    many = {"trackingId": "t", "sessionId": "s", "eventList": [event]}
    assert code(events.put_events, **many) == ("RequestEntityTooLarge", 413)
    fine = event | {"properties": '{"a": 1}'}
    assert events.put_events(trackingId="t", sessionId="s", eventList=[fine])


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: \xff\xfe\r\nContent-Length: 0\r\n\r\n",
        b"POST /%ff%00/../ HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
        b"GET /recommendations HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"POST /events HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{",
        b"HEAD / HTTP/1.0\r\n\r\n",
    ],
)
def test_bytes_that_are_no_request_are_answered_with_a_4xx_or_hung_up_on(port, sent, client):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert not answer or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), answer
    assert client("personalize").list_campaigns()["campaigns"]
