"""A server with access keys, met by unmodified clients: who may do what."""

import subprocess
import sys

import pytest
from botocore.exceptions import ClientError

from .running import RunningServer


def presage(*arguments):
    command = [sys.executable, "-m", "presage", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def make_key(data, *allow):
    globs = [part for glob in allow for part in ("--allow", glob)]
    made = presage("keys", "create", "--data", str(data), *globs)
    assert made.returncode == 0, made.stderr
    return tuple(line.split("=", 1)[1] for line in made.stdout.splitlines())


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """A running server, a key for everything and a key for little."""
    data = tmp_path_factory.mktemp("secured") / "data"
    master, reader = make_key(data), make_key(data, "personalize:List*")
    running = RunningServer(data).start()
    yield running, master, reader
    assert running.stop() == 0


def code_and_status(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def client(running, keys, service="personalize", **options):
    return running.client(service, aws_access_key_id=keys[0], aws_secret_access_key=keys[1], **options)


def test_a_key_may_do_what_it_allows(secured):
    running, master, reader = secured
    client(running, master).create_dataset_group(name="shop")
    assert len(client(running, reader).list_dataset_groups()["datasetGroups"]) == 1
    assert code_and_status(client(running, reader).create_dataset_group, name="x") == (
        "AccessDeniedException",
        400,
    )
    assert code_and_status(client(running, reader, "s3").create_bucket, Bucket="depot")[1] == 403
    client(running, master, "s3").create_bucket(Bucket="depot")


def test_the_account_s_services_ask_for_rights_too(secured):
    running, master, reader = secured
    assert client(running, reader, "sts").get_caller_identity()["Account"] == "000000000000"
    assert client(running, master, "iam").list_roles()["Roles"] == []
    assert code_and_status(client(running, reader, "iam").list_roles) == ("AccessDeniedException", 400)
    wrong = client(running, (master[0], "wrong"), "ssm")
    assert code_and_status(wrong.get_parameter, Name="x") == ("InvalidSignatureException", 403)


def test_a_key_without_a_bucket_s_rights_does_not_read_it_through_an_import(secured):
    """Neither the rows nor the names of the files beside."""
    running, _, _ = secured
    job = {
        "jobName": "peek",
        "datasetArn": "arn:aws:personalize:us-east-1:000000000000:dataset/shop/ITEMS",
        "dataSource": {"dataLocation": "s3://depot/secret.csv"},
    }
    for allow, answer in (
        (["personalize:*"], "AccessDeniedException"),
        (["personalize:*", "s3:GetObject"], "AccessDeniedException"),
        (["personalize:*", "s3:ListBucket"], "AccessDeniedException"),
        (["personalize:*", "s3:GetObject", "s3:ListBucket"], "ResourceNotFoundException"),
        (["personalize:*", "s3:*"], "ResourceNotFoundException"),
    ):
        keys = make_key(running.data, *allow)
        assert code_and_status(client(running, keys).create_dataset_import_job, **job) == (answer, 400)


def test_a_key_without_a_bucket_s_rights_does_not_read_it_through_a_selector(secured):
    running, _, _ = secured
    forecast = "arn:aws:forecast:us-east-1:000000000000:forecast/f"
    file = {"S3Config": {"Path": "s3://depot/secret.csv", "RoleArn": "arn:aws:iam::000000000000:role/r"}}
    schema = {"Attributes": [{"AttributeName": "item_id", "AttributeType": "string"}]}
    selector = {"TimeSeriesIdentifiers": {"DataSource": file, "Schema": schema, "Format": "CSV"}}
    points = {"TimeSeriesGranularity": "SPECIFIC", "TimePointGranularity": "ALL"}
    calls = {
        "create_forecast": {
            "ForecastName": "f",
            "PredictorArn": forecast.replace("forecast/", "predictor/"),
            "TimeSeriesSelector": selector,
        },
        "create_what_if_analysis": {
            "WhatIfAnalysisName": "w",
            "ForecastArn": forecast,
            "TimeSeriesSelector": selector,
        },
        "create_explainability": {
            "ExplainabilityName": "e",
            "ResourceArn": forecast,
            "ExplainabilityConfig": points,
            "DataSource": file,
            "Schema": schema,
        },
    }
    blind = client(running, make_key(running.data, "forecast:*"), "forecast")
    sighted = client(running, make_key(running.data, "forecast:*", "s3:*"), "forecast")
    for name, request in calls.items():
        assert code_and_status(getattr(blind, name), **request) == ("AccessDeniedException", 400)
        assert code_and_status(getattr(sighted, name), **request) == ("ResourceNotFoundException", 400)
    del calls["create_forecast"]["TimeSeriesSelector"]  # without a file it takes no more than its own right
    plain = calls["create_forecast"]
    assert code_and_status(blind.create_forecast, **plain) == ("ResourceNotFoundException", 400)


def test_a_wrong_secret_and_a_stranger_are_turned_away(secured):
    running, master, _ = secured
    wrong = client(running, (master[0], "wrong"))
    assert code_and_status(wrong.list_schemas)[1] == 403
    stranger = client(running, ("AKIANOBODY", "x"))
    assert code_and_status(stranger.list_schemas)[1] == 403
    temporary = client(running, master, aws_session_token="token")
    code, _ = code_and_status(temporary.list_schemas)
    assert code


def test_a_revoked_key_ends_within_seconds(secured):
    running, _master, _ = secured
    short = make_key(running.data)
    client(running, short).list_schemas()
    assert presage("keys", "revoke", short[0], "--data", str(running.data)).returncode == 0
    deadline = 100
    while deadline:
        try:
            client(running, short).list_schemas()
        except ClientError:
            break
        deadline -= 1
    assert deadline


def test_without_keys_only_this_machine_is_served(tmp_path):
    refused = presage("serve", "--data", str(tmp_path / "data"), "--host", "0.0.0.0", "--port", "1")
    assert refused.returncode == 2
    assert "presage keys create" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_help_and_mistakes_are_plain(tmp_path):
    for command in ((), ("serve",), ("worker",), ("demo",), ("env",), ("save-model",), ("keys", "create")):
        shown = presage(*command, "--help")
        assert shown.returncode == 0
        assert "Example" in shown.stdout
    assert "AWS_ENDPOINT_URL_PERSONALIZE_RUNTIME=http://127.0.0.1:4600" in presage("env").stdout
    unknown = presage("demo", "magic")
    assert unknown.returncode == 2
    assert "magic" in unknown.stderr
