"""The set-up cells of notebooks, through an unmodified client: what is put is given back, nothing is pretended."""

import pytest
from botocore.exceptions import ClientError

from presage.s3.errors import STATUS
from presage.s3.settings import SETTINGS

from ..operations.inprocess import InProcess


@pytest.fixture
def inside(tmp_path):
    running = InProcess(tmp_path / "data")
    yield running
    running.close()


@pytest.fixture
def s3(inside):
    client = inside.client("s3")
    client.create_bucket(Bucket="shop")
    return client


def code(call, **members):
    with pytest.raises(ClientError) as caught:
        call(Bucket="shop", **members)
    return caught.value.response["Error"]["Code"]


KEPT = [  # (operation's name, the member that holds it, what is put)
    (
        "bucket_cors",
        "CORSConfiguration",
        {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
    ),
    (
        "bucket_encryption",
        "ServerSideEncryptionConfiguration",
        {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
    ),
    (
        "bucket_lifecycle_configuration",
        "LifecycleConfiguration",
        {
            "Rules": [
                {"ID": "r", "Filter": {"Prefix": "tmp/"}, "Status": "Enabled", "Expiration": {"Days": 3}}
            ]
        },
    ),
    (
        "bucket_ownership_controls",
        "OwnershipControls",
        {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
    ),
    (
        "public_access_block",
        "PublicAccessBlockConfiguration",
        {
            "BlockPublicAcls": True,
            "IgnorePublicAcls": False,
            "BlockPublicPolicy": False,
            "RestrictPublicBuckets": True,
        },
    ),
    ("bucket_tagging", "Tagging", {"TagSet": [{"Key": "team", "Value": "data & <more>"}]}),
    ("bucket_versioning", "VersioningConfiguration", {"Status": "Suspended"}),
    ("bucket_accelerate_configuration", "AccelerateConfiguration", {"Status": "Suspended"}),
    ("bucket_request_payment", "RequestPaymentConfiguration", {"Payer": "BucketOwner"}),
]


@pytest.mark.parametrize(("name", "member", "content"), KEPT, ids=[name for name, _, _ in KEPT])
def test_what_is_put_is_given_back_until_it_is_deleted(s3, name, member, content):
    def shown():
        found = getattr(s3, f"get_{name}")(Bucket="shop")
        found.pop("ResponseMetadata")
        return found.get(member, found)

    def unset():
        try:
            return shown()
        except ClientError as error:
            return error.response["Error"]["Code"]

    before = unset()
    getattr(s3, f"put_{name}")(Bucket="shop", **{member: content})
    assert {part: shown()[part] for part in content} == content
    delete = {"bucket_lifecycle_configuration": "bucket_lifecycle"}.get(name, name)
    if hasattr(s3, f"delete_{delete}"):
        getattr(s3, f"delete_{delete}")(Bucket="shop")
        assert unset() == before
    s3.delete_bucket(Bucket="shop")
    s3.create_bucket(Bucket="shop")
    assert unset() == before


def test_what_nobody_put_is_answered_as_aws_answers_it(s3):
    assert code(s3.get_bucket_cors) == "NoSuchCORSConfiguration"
    assert code(s3.get_bucket_encryption) == "ServerSideEncryptionConfigurationNotFoundError"
    assert code(s3.get_bucket_lifecycle_configuration) == "NoSuchLifecycleConfiguration"
    assert code(s3.get_bucket_tagging) == "NoSuchTagSet"
    assert code(s3.get_bucket_website) == "NoSuchWebsiteConfiguration"
    assert code(s3.get_bucket_replication) == "ReplicationConfigurationNotFoundError"
    assert code(s3.get_object_lock_configuration) == "ObjectLockConfigurationNotFoundError"
    assert code(s3.get_bucket_policy_status) == "NoSuchBucketPolicy"
    assert "Status" not in s3.get_bucket_versioning(Bucket="shop")
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket="shop")
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket="shop")
    assert "TopicConfigurations" not in s3.get_bucket_notification_configuration(Bucket="shop")
    assert s3.get_bucket_request_payment(Bucket="shop")["Payer"] == "BucketOwner"
    blocked = s3.get_public_access_block(Bucket="shop")["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    rules = s3.get_bucket_ownership_controls(Bucket="shop")["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_what_would_pretend_is_refused(s3):
    enabled = {"Status": "Enabled"}
    assert code(s3.put_bucket_versioning, VersioningConfiguration=enabled) == "NotImplemented"
    assert "Status" not in s3.get_bucket_versioning(Bucket="shop")
    assert code(s3.put_bucket_accelerate_configuration, AccelerateConfiguration=enabled) == "NotImplemented"
    logging = {"LoggingEnabled": {"TargetBucket": "shop", "TargetPrefix": ""}}
    assert code(s3.put_bucket_logging, BucketLoggingStatus=logging) == "NotImplemented"
    s3.put_bucket_logging(Bucket="shop", BucketLoggingStatus={})
    website = {"IndexDocument": {"Suffix": "index.html"}}
    assert code(s3.put_bucket_website, WebsiteConfiguration=website) == "NotImplemented"
    s3.delete_bucket_website(Bucket="shop")
    s3.put_bucket_notification_configuration(Bucket="shop", NotificationConfiguration={})
    payer = {"Payer": "Requester"}
    assert code(s3.put_bucket_request_payment, RequestPaymentConfiguration=payer) == "NotImplemented"


def test_a_list_lets_nobody_in_but_the_owner(s3):
    s3.put_object(Bucket="shop", Key="a", Body=b"1", ACL="bucket-owner-full-control")
    for found in (s3.get_bucket_acl(Bucket="shop"), s3.get_object_acl(Bucket="shop", Key="a")):
        (grant,) = found["Grants"]
        assert (grant["Grantee"]["Type"], grant["Permission"]) == ("CanonicalUser", "FULL_CONTROL")
        assert grant["Grantee"]["ID"] == found["Owner"]["ID"]
    own = {name: s3.get_bucket_acl(Bucket="shop")[name] for name in ("Owner", "Grants")}
    s3.put_bucket_acl(Bucket="shop", ACL="private")
    s3.put_bucket_acl(Bucket="shop", AccessControlPolicy=own)
    s3.put_object_acl(Bucket="shop", Key="a", AccessControlPolicy=own)
    everyone = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    public = {**own, "Grants": [{"Grantee": everyone, "Permission": "READ"}]}
    refused = "AccessControlListNotSupported"
    assert code(s3.put_bucket_acl, AccessControlPolicy=public) == refused
    assert code(s3.put_bucket_acl, ACL="public-read") == refused
    assert (
        code(s3.put_object_acl, Key="a", GrantRead='uri="http://acs.amazonaws.com/groups/global/AllUsers"')
        == refused
    )
    assert code(s3.put_object, Key="b", Body=b"1", ACL="public-read-write") == refused
    assert "Contents" in s3.list_objects_v2(Bucket="shop", Prefix="a")
    assert "Contents" not in s3.list_objects_v2(Bucket="shop", Prefix="b")


def test_objects_have_tags_which_copies_keep(s3):
    tags = [{"Key": "stage", "Value": "raw"}, {"Key": "é", "Value": "a&b=c"}]
    s3.put_object(Bucket="shop", Key="a", Body=b"1", Tagging="stage=raw")
    assert s3.get_object_tagging(Bucket="shop", Key="a")["TagSet"] == tags[:1]
    s3.put_object_tagging(Bucket="shop", Key="a", Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket="shop", Key="a")["TagSet"] == tags
    found = s3.head_object(Bucket="shop", Key="a")
    assert found["ResponseMetadata"]["HTTPHeaders"]["x-amz-tagging-count"] == "2"
    assert "x-amz-tagging" not in found["ResponseMetadata"]["HTTPHeaders"]
    source = {"Bucket": "shop", "Key": "a"}
    s3.copy_object(
        Bucket="shop", Key="b", CopySource=source, MetadataDirective="REPLACE", Metadata={"m": "1"}
    )
    assert s3.get_object_tagging(Bucket="shop", Key="b")["TagSet"] == tags
    assert s3.head_object(Bucket="shop", Key="b")["Metadata"] == {"m": "1"}
    s3.copy_object(Bucket="shop", Key="c", CopySource=source, TaggingDirective="REPLACE", Tagging="x=y")
    assert s3.get_object_tagging(Bucket="shop", Key="c")["TagSet"] == [{"Key": "x", "Value": "y"}]
    s3.delete_object_tagging(Bucket="shop", Key="a")
    assert s3.get_object_tagging(Bucket="shop", Key="a")["TagSet"] == []
    s3.put_object(Bucket="shop", Key="b", Body=b"2")
    assert s3.get_object_tagging(Bucket="shop", Key="b")["TagSet"] == []
    many = [{"Key": str(n), "Value": ""} for n in range(11)]
    assert code(s3.put_object_tagging, Key="a", Tagging={"TagSet": many}) == "InvalidTag"
    assert code(s3.put_object_tagging, Key="a", Tagging={"TagSet": tags[:1] * 2}) == "InvalidTag"
    assert code(s3.put_object, Key="a", Tagging="no pair") == "InvalidArgument"


def test_a_bucket_is_where_it_was_asked_to_be(s3, inside):
    where = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="there", CreateBucketConfiguration=where)
    assert s3.get_bucket_location(Bucket="there")["LocationConstraint"] == "eu-west-1"
    assert s3.get_bucket_location(Bucket="shop")["LocationConstraint"] is None
    head = s3.head_bucket(Bucket="there")
    assert head["BucketRegion"] == "eu-west-1"
    regions = {one["Name"]: one["BucketRegion"] for one in s3.list_buckets()["Buckets"]}
    assert regions == {"shop": "us-east-1", "there": "eu-west-1"}
    s3.create_bucket(Bucket="there", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    assert s3.get_bucket_location(Bucket="there")["LocationConstraint"] == "eu-west-1"
    s3.put_object(Bucket="there", Key="a", Body=b"1")
    assert s3.get_object(Bucket="there", Key="a")["Body"].read() == b"1"


def test_a_bucket_is_made_with_what_was_asked_or_not_at_all(s3):
    s3.create_bucket(Bucket="there", ObjectOwnership="ObjectWriter")
    rules = s3.get_bucket_ownership_controls(Bucket="there")["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "ObjectWriter"}]
    for asked, refused in (
        ({"ObjectLockEnabledForBucket": True}, "NotImplemented"),
        ({"ObjectOwnership": "Nobody"}, "InvalidArgument"),
        ({"ACL": "public-read"}, "AccessControlListNotSupported"),
        ({"CreateBucketConfiguration": {"LocationConstraint": "no region"}}, "InvalidLocationConstraint"),
    ):
        with pytest.raises(ClientError, match=refused):
            s3.create_bucket(Bucket="elsewhere", **asked)
    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["shop", "there"]


def test_every_version_is_the_only_one(s3):
    """`bucket.object_versions.delete()`, with which scripts empty a bucket, does so."""
    for n in range(5):
        s3.put_object(Bucket="shop", Key=f"k{n}", Body=b"1")
    pages = s3.get_paginator("list_object_versions").paginate(Bucket="shop", PaginationConfig={"PageSize": 2})
    versions = [one for page in pages for one in page["Versions"]]
    assert [(one["Key"], one["VersionId"], one["IsLatest"]) for one in versions] == [
        (f"k{n}", "null", True) for n in range(5)
    ]
    named = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in versions]
    s3.delete_objects(Bucket="shop", Delete={"Objects": named})
    s3.delete_bucket(Bucket="shop")


def test_every_code_has_a_status():
    assert {setting.unset for setting in SETTINGS.values() if isinstance(setting.unset, str)} <= STATUS.keys()
