"""Every operation of the five services, held against requests and answers made from the models."""

import datetime

import pytest
from botocore.parsers import create_parser
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from presage.wire.app import application

from .asgi import call
from .generate import (
    all_operations,
    broken_request,
    encode,
    invalid_request,
    json_request,
    operation_model,
    valid_answer,
    valid_members,
)

EVERY_OPERATION = pytest.mark.parametrize(("service", "operation"), all_operations(), ids=lambda name: name)
QUICKLY = {"deadline": None, "suppress_health_check": list(HealthCheck)}


class Recorder:
    """A handler that keeps what it was given and answers what it was told to."""

    def __init__(self, answer=None):
        self.seen = []
        self.answer = answer

    async def __call__(self, members):
        self.seen.append(members)
        return self.answer


def listener(service, operation, handler):
    return application({(service, operation): handler}, find_key=None)


def test_the_table_is_whole():
    assert len(all_operations()) == 144


@EVERY_OPERATION
@settings(max_examples=8, **QUICKLY)
@given(data=st.data())
def test_a_valid_request_reaches_its_handler_as_the_client_wrote_it(service, operation, data):
    handler = Recorder()
    members = data.draw(valid_members(service, operation))
    response = call(listener(service, operation, handler), encode(service, operation, members))
    assert response.status == 200, response.body
    assert handler.seen == [members]
    assert response.headers["x-amzn-requestid"]


@EVERY_OPERATION
@settings(max_examples=2, **QUICKLY)
@given(data=st.data())
def test_an_answer_reads_back_through_the_client_s_parser(service, operation, data):
    answer = data.draw(valid_answer(service, operation))
    handler = Recorder(answer)
    request = encode(service, operation, data.draw(valid_members(service, operation)))
    response = call(listener(service, operation, handler), request)
    model = operation_model(service, operation)
    parser = create_parser(model.metadata["protocol"])
    told = {"status_code": response.status, "headers": response.headers, "body": response.body}
    parsed = parser.parse(told, model.output_shape)
    del parsed["ResponseMetadata"]
    assert _with_seconds(parsed) == answer


def _with_seconds(value):
    if isinstance(value, dict):
        return {name: _with_seconds(given) for name, given in value.items()}
    if isinstance(value, list):
        return [_with_seconds(given) for given in value]
    return value.timestamp() if isinstance(value, datetime.datetime) else value


@EVERY_OPERATION
@settings(max_examples=4, **QUICKLY)
@given(data=st.data())
def test_an_invalid_member_is_refused_and_named(service, operation, data):
    handler = Recorder()
    response = call(listener(service, operation, handler), data.draw(invalid_request(service, operation)))
    assert response.status == 400
    refused = "ValidationException" if service.startswith("forecast") else "InvalidInputException"
    assert response.code in (refused, "SerializationException")
    assert response.message
    assert handler.seen == []


@EVERY_OPERATION
@settings(max_examples=6, **QUICKLY)
@given(data=st.data())
def test_a_broken_request_is_answered_and_never_with_a_5xx(service, operation, data):
    raw = data.draw(broken_request(service, operation))
    response = call(listener(service, operation, Recorder({})), raw)
    assert 200 <= response.status < 500
    if response.status >= 400:
        assert response.code
        assert response.message
        assert response.headers["x-amzn-requestid"]


@EVERY_OPERATION
@settings(max_examples=1, **QUICKLY)
@given(data=st.data())
def test_members_that_the_model_does_not_know_and_nulls_are_dropped(service, operation, data):
    members = data.draw(valid_members(service, operation))
    unknown = data.draw(st.dictionaries(st.text(max_size=5), st.integers(), min_size=1, max_size=2))
    known = operation_model(service, operation).input_shape.members
    assume(not unknown.keys() & known.keys())
    nulls = {name: None for name in known if name not in members}
    handler = Recorder()
    response = call(
        listener(service, operation, handler), json_request(service, operation, members | unknown | nulls)
    )
    assert response.status == 200
    assert handler.seen == [members]
