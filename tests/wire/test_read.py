import pytest

from presage.wire.faults import Rejected
from presage.wire.models import OPERATIONS

ARN = "arn:aws:personalize:us-east-1:000000000000:"


def read(service, operation, members):
    return OPERATIONS[service, operation].read(members)


def refused(service, operation, members):
    with pytest.raises(Rejected) as caught:
        read(service, operation, members)
    refusal = caught.value.refusal()
    return refusal.code, refusal.message


def event(**members):
    one = {"eventType": "click", "sentAt": 1_700_000_000} | members
    return {"trackingId": "t", "sessionId": "s", "eventList": [one]}


def read_event(**members):
    return read("personalize-events", "PutEvents", event(**members))["eventList"][0]


def test_all_violations_are_collected_and_worded_as_aws_words_them():
    code, text = refused("personalize", "CreateSolution", {"name": "no spaces", "recipeArn": "x" * 300})
    assert code == "InvalidInputException"
    assert text == (
        "3 validation errors detected: "
        "Value 'no spaces' at 'name' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: ^[a-zA-Z0-9][a-zA-Z0-9\\-_]*; "
        f"Value '{'x' * 256}…' at 'recipeArn' failed to satisfy constraint: "
        "Member must have length less than or equal to 256; "
        "Value null at 'datasetGroupArn' failed to satisfy constraint: Member must not be null"
    )


def test_one_violation_is_singular():
    _, text = refused("personalize", "DescribeSolution", {})
    assert text.startswith("1 validation error detected: Value null at 'solutionArn'")


def test_nested_members_are_named_by_their_path():
    _, text = refused("personalize-events", "PutEvents", event(eventType="", impression=["a", ""]))
    assert "at 'eventList.1.member.eventType'" in text
    assert "at 'eventList.1.member.impression.2.member'" in text


def test_forecast_s_members_are_named_in_lower_camel_case():
    _, text = refused("forecast", "DescribeDataset", {"DatasetArn": "nonsense"})
    assert "Value 'nonsense' at 'datasetArn'" in text


def test_map_keys_and_values_are_checked():
    context = {"ok": "x", "not ok": "x", "long": "x" * 1001}
    _, text = refused("personalize-runtime", "GetRecommendations", {"context": context})
    assert "Value 'not ok' at 'context.key'" in text
    assert "at 'context.long.member'" in text


def test_what_the_model_calls_sensitive_is_not_shown():
    _, text = refused("personalize-events", "PutEvents", event() | {"userId": "u" * 300})
    assert "Value at 'userId' failed to satisfy constraint" in text
    assert "uuu" not in text


@pytest.mark.parametrize(
    ("members", "wanted"),
    [
        ([], "an object"),
        ({"name": 5}, "a string"),
        ({"performHPO": 1}, "true or false"),
        ({"performHPO": "true"}, "true or false"),
        ({"tags": {}}, "an array"),
        ({"solutionConfig": "x"}, "an object"),
        ({"solutionConfig": {"hpoConfig": {"algorithmHyperParameterRanges": []}}}, "an object"),
        ({"solutionConfig": {"eventsConfig": {"eventParametersList": [{"weight": True}]}}}, "a number"),
    ],
)
def test_a_wrong_json_type_is_a_serialization_exception_that_says_what_it_must_be(members, wanted):
    code, text = refused("personalize", "CreateSolution", members)
    assert code == "SerializationException"
    assert text.endswith(f"cannot be read: it must be {wanted}")


@pytest.mark.parametrize("value", [True, 1.0, "1", 2**31, -(2**31) - 1, 1e30])
def test_an_integer_is_a_whole_number_of_32_bits(value):
    code, text = refused("personalize", "ListSolutions", {"maxResults": value})
    assert code == "SerializationException"
    assert "a whole number from -2147483648 to 2147483647" in text


def test_a_double_may_be_written_as_an_integer():
    assert read_event(eventValue=3)["eventValue"] == 3


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        (1_700_000_000, 1_700_000_000),
        (1_700_000_000.25, 1_700_000_000.25),
        ("2023-11-14T22:13:20Z", 1_700_000_000),
        ("2023-11-14T23:13:20+01:00", 1_700_000_000),
        ("2023-11-14T22:13:20", 1_700_000_000),
    ],
)
def test_an_instant_is_seconds_or_an_iso_date(sent, read_as):
    assert read_event(sentAt=sent)["sentAt"] == read_as


@pytest.mark.parametrize("value", ["soon", True, 1e300, -1e300, 1_700_000_000_000_000, [], {}])
def test_what_is_no_instant_is_refused(value):
    code, text = refused("personalize-events", "PutEvents", event(sentAt=value))
    assert code == "SerializationException"
    assert "eventList.1.member.sentAt" in text


def test_null_counts_as_absent():
    assert "userId" not in read("personalize-events", "PutEvents", event() | {"userId": None})
    _, text = refused("personalize-events", "PutEvents", event(eventType=None))
    assert "Value null at 'eventList.1.member.eventType'" in text


def test_null_in_a_list_is_refused_and_in_a_map_left_out():
    _, text = refused("personalize-events", "PutEvents", event(impression=["a", None]))
    assert "Value null at 'eventList.1.member.impression.2.member'" in text
    assert read("personalize-runtime", "GetRecommendations", {"context": {"a": None, "b": "c"}}) == {
        "context": {"b": "c"}
    }


def test_json_text_may_come_as_json_itself():
    assert read_event(properties='{"a": 1}')["properties"] == '{"a": 1}'
    assert read_event(properties={"a": 1})["properties"] == '{"a":1}'
    code, _ = refused("personalize-events", "PutEvents", event(properties=7))
    assert code == "SerializationException"


def test_json_nested_too_deeply_to_be_written_again_is_refused():
    deep: list = []
    for _ in range(900):
        deep = [deep]
    code, _ = refused("personalize-events", "PutEvents", event(properties=deep))
    assert code == "SerializationException"
    code, _ = refused("personalize", "ListSolutions", {"maxResults": deep})
    assert code == "SerializationException"


def test_a_list_that_is_too_long_is_refused_without_looking_at_its_members():
    _, text = refused("personalize-events", "PutEvents", event() | {"eventList": [{}] * 11})
    assert "Member must have length less than or equal to 10" in text
    assert "member.eventType" not in text


def test_a_long_list_of_slow_mistakes_is_given_up_soon():
    arn = "arn:a:forecast:" + ":" * 240 + "\n"
    members = {"DatasetGroupArn": arn, "DatasetArns": [arn] * 20_000}
    _, text = refused("forecast", "UpdateDatasetGroup", members)
    assert text.startswith("101 validation errors detected")


def test_an_instant_may_be_milliseconds():
    assert read_event(sentAt=1_700_000_000_123)["sentAt"] == 1_700_000_000_123
