"""What a script for AWS asks of its account besides Personalize, by unmodified boto3 against a real server."""

import json
import re
import subprocess
import sys
import urllib.request

import pytest
from botocore.exceptions import ClientError

from ..running import RunningServer

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
ACCESS = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "a & b <c>"}]}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = RunningServer(tmp_path_factory.mktemp("account") / "data", workers=0).start()
    yield running
    running.stop()


@pytest.fixture
def iam(server):
    return server.client("iam")


def code_of(call, **members):
    with pytest.raises(ClientError) as raised:
        call(**members)
    return raised.value.response["Error"]["Code"], raised.value.response["ResponseMetadata"]["HTTPStatusCode"]


def make_role(iam, name, **more):
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), **more)["Role"]


def test_the_caller_is_the_one_account(server):
    who = server.client("sts").get_caller_identity()
    assert who["Account"] == "000000000000"
    assert who["Arn"] == "arn:aws:iam::000000000000:user/presage"


def test_a_role_is_kept_and_returned(iam):
    made = make_role(iam, "Trainer", Description="d", Tags=[{"Key": "team", "Value": "shop"}])
    found = iam.get_role(RoleName="Trainer")["Role"]
    assert found == made
    assert made["Arn"] == "arn:aws:iam::000000000000:role/Trainer"
    assert made["AssumeRolePolicyDocument"] == TRUST
    assert made["Tags"] == [{"Key": "team", "Value": "shop"}]
    assert "Trainer" in [role["RoleName"] for role in iam.list_roles()["Roles"]]
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        make_role(iam, "trainer")


def test_a_role_outlives_the_server(tmp_path):
    running = RunningServer(tmp_path / "data", workers=0).start()
    make_role(running.client("iam"), "Lasting")
    running.stop()
    running.start()
    assert running.client("iam").get_role(RoleName="Lasting")["Role"]["RoleName"] == "Lasting"
    running.stop()


def test_policies_are_attached_and_taken_away_before_a_role_goes(iam):
    make_role(iam, "Reader")
    policy = iam.create_policy(PolicyName="ReadBucket", PolicyDocument=json.dumps(ACCESS))["Policy"]
    aws = "arn:aws:iam::aws:policy/service-role/AmazonPersonalizeFullAccess"
    for arn in (policy["Arn"], aws, aws):
        iam.attach_role_policy(RoleName="Reader", PolicyArn=arn)
    iam.put_role_policy(RoleName="Reader", PolicyName="inline", PolicyDocument=json.dumps(ACCESS))
    assert iam.get_role_policy(RoleName="Reader", PolicyName="inline")["PolicyDocument"] == ACCESS
    attached = iam.list_attached_role_policies(RoleName="Reader")["AttachedPolicies"]
    assert [one["PolicyName"] for one in attached] == ["ReadBucket", "AmazonPersonalizeFullAccess"]
    assert code_of(iam.delete_role, RoleName="Reader") == ("DeleteConflict", 409)
    assert code_of(iam.delete_policy, PolicyArn=policy["Arn"]) == ("DeleteConflict", 409)
    for one in attached:
        iam.detach_role_policy(RoleName="Reader", PolicyArn=one["PolicyArn"])
    for name in iam.list_role_policies(RoleName="Reader")["PolicyNames"]:
        iam.delete_role_policy(RoleName="Reader", PolicyName=name)
    iam.delete_policy(PolicyArn=policy["Arn"])
    iam.delete_role(RoleName="Reader")
    assert code_of(iam.get_role, RoleName="Reader") == ("NoSuchEntity", 404)
    assert code_of(iam.get_policy, PolicyArn=policy["Arn"]) == ("NoSuchEntity", 404)


def test_a_policy_has_one_version(iam):
    arn = iam.create_policy(PolicyName="Versioned", PolicyDocument=json.dumps(ACCESS))["Policy"]["Arn"]
    (version,) = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version["VersionId"])["PolicyVersion"]
    assert document["Document"] == ACCESS
    assert arn in [one["Arn"] for one in iam.list_policies(Scope="Local")["Policies"]]


def test_what_is_wrong_is_refused_as_iam_does(iam):
    make_role(iam, "Right")
    missing = "arn:aws:iam::000000000000:policy/none"
    assert code_of(iam.attach_role_policy, RoleName="Right", PolicyArn=missing) == ("NoSuchEntity", 404)
    assert (
        code_of(iam.create_role, RoleName="r", AssumeRolePolicyDocument="no")[0] == "MalformedPolicyDocument"
    )
    assert code_of(iam.create_role, RoleName="r" * 65, AssumeRolePolicyDocument="{}")[0] == "ValidationError"
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.delete_role_policy(RoleName="Right", PolicyName="none")


def test_tags_of_a_role(iam):
    make_role(iam, "Tagged")
    iam.tag_role(RoleName="Tagged", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.untag_role(RoleName="Tagged", TagKeys=["a"])
    assert iam.list_role_tags(RoleName="Tagged")["Tags"] == [{"Key": "b", "Value": "2"}]


def test_parameters(server):
    ssm = server.client("ssm")
    assert ssm.put_parameter(Name="/shop/bucket", Value="b1", Type="String")["Version"] == 1
    assert code_of(ssm.put_parameter, Name="/shop/bucket", Value="b2")[0] == "ParameterAlreadyExists"
    assert ssm.put_parameter(Name="/shop/bucket", Value="b2", Overwrite=True)["Version"] == 2
    ssm.put_parameter(Name="/shop/deep/er", Value="x", Type="String")
    assert ssm.get_parameter(Name="/shop/bucket", WithDecryption=True)["Parameter"]["Value"] == "b2"
    found = ssm.get_parameters(Names=["/shop/bucket", "none"])
    assert [one["Name"] for one in found["Parameters"]] == ["/shop/bucket"]
    assert found["InvalidParameters"] == ["none"]
    assert len(ssm.get_parameters_by_path(Path="/shop")["Parameters"]) == 1
    assert len(ssm.get_parameters_by_path(Path="/shop/", Recursive=True)["Parameters"]) == 2
    ssm.delete_parameter(Name="/shop/bucket")
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name="/shop/bucket")


@pytest.mark.parametrize(
    ("service", "call", "members"),
    [
        ("iam", "list_users", {}),
        ("sts", "get_session_token", {}),
        ("ssm", "describe_parameters", {}),
        ("cloudwatch", "list_metrics", {}),
        ("sagemaker", "list_endpoints", {}),
        ("lambda", "list_functions", {}),
    ],
)
def test_what_is_not_built_says_so_by_name(server, service, call, members):
    with pytest.raises(ClientError) as raised:
        getattr(server.client(service), call)(**members)
    assert "is not built in presage" in raised.value.response["Error"]["Message"]
    assert re.search(r"\w+:\w* is not built", str(raised.value))


def test_damaged_requests_are_refused(server):
    head = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/iam/aws4_request, "
        "SignedHeaders=host, Signature=00",
        "X-Amz-Date": "20260101T000000Z",
    }
    form = {**head, "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    for headers, body in (
        (form, b"Action=TagsIn"),
        (form, b"Action=__builtins__"),
        (form, b"\xff\xfe"),
        (form, b"&".join(b"a%d=1" % n for n in range(2000))),
        ({**head, "X-Amz-Target": "AmazonSSM.GetParameter"}, b"[1"),
        (head, b""),
    ):
        request = urllib.request.Request(server.url, data=body, headers=headers)
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(request)
        raised.value.close()
        assert raised.value.code == 400, body[:40]


def test_env_points_everything_here():
    command = [sys.executable, "-m", "presage", "env", "--all", "--port", "4711"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_SSM"):
        assert f"export {name}=http://127.0.0.1:4711" in lines
