"""boto3, unmodified, against the local S3 endpoint, with and without access keys."""

import os

import boto3
import botocore.config
import pytest
import urllib3
from botocore.exceptions import ClientError

from presage.resources.keys import AccessKey
from presage.s3.algorithms import ALGORITHMS
from presage.s3.app import s3_application

from ..s3.test_parts import encoded
from .serving import serving

KEY = AccessKey(access_key_id="presage", secret="presage", allow=("s3:*",))
BIG = os.urandom(20 << 20)
AWKWARD = [
    "a",
    "A",
    "a/b",
    "a/",
    "/a",
    "..",
    "../../x",
    "a//b",
    "ü +&=%2F?#",
    "a\tb\x01",
    "x" * 1024,
    "a.b/./c",
    "~*'()",
]


@pytest.fixture(params=["anybody", "keys"])
def s3(request, buckets):
    """The endpoint, once for anybody and once checking signatures."""
    find_key = {KEY.access_key_id: KEY}.get if request.param == "keys" else None
    with serving(s3_application(buckets, find_key=find_key)) as url:
        yield url


def client(url, key=KEY, **options):
    config = botocore.config.Config(**{"retries": {"max_attempts": 0}, **options})
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret,
        config=config,
    )


@pytest.fixture
def resource(s3):
    return boto3.resource(
        "s3",
        endpoint_url=s3,
        region_name="us-east-1",
        aws_access_key_id=KEY.access_key_id,
        aws_secret_access_key=KEY.secret,
    )


def code_of(caught):
    return caught.value.response["Error"]["Code"]


@pytest.mark.parametrize("content", [b"", b"1,2\n", BIG], ids=["empty", "small", "multipart"])
def test_a_file_goes_up_and_comes_down(resource, tmp_path, content):
    (tmp_path / "up").write_bytes(content)
    thing = resource.Bucket("shop").Object("in/file.csv")
    thing.upload_file(tmp_path / "up")
    thing.download_file(tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == content
    assert thing.content_length == len(content)
    assert [each.key for each in resource.Bucket("shop").objects.filter(Prefix="in/")] == ["in/file.csv"]


@pytest.mark.parametrize("content", [b"1,2\n", BIG], ids=["small", "multipart"])
def test_an_object_is_copied_on_the_server(resource, content):
    bucket = resource.Bucket("shop")
    bucket.put_object(Key="a", Body=content, Metadata={"owner": "us"}, ContentType="text/csv")
    bucket.copy({"Bucket": "shop", "Key": "a"}, "b")
    copied = bucket.Object("b").get()
    assert copied["Body"].read() == content
    assert copied["ContentType"] == "text/csv"
    assert copied["Metadata"] == {"owner": "us"}


def test_every_key_is_an_object_of_its_own(s3, buckets):
    caller = client(s3)
    for key in AWKWARD:
        caller.put_object(Bucket="shop", Key=key, Body=key.encode())
    for key in AWKWARD:
        assert caller.get_object(Bucket="shop", Key=key)["Body"].read() == key.encode()
    listed = [each["Key"] for each in caller.list_objects_v2(Bucket="shop")["Contents"]]
    assert listed == sorted(AWKWARD, key=str.encode)
    for key in AWKWARD:
        caller.copy_object(Bucket="shop", Key="copy", CopySource={"Bucket": "shop", "Key": key})
        assert caller.get_object(Bucket="shop", Key="copy")["Body"].read() == key.encode()
        caller.delete_object(Bucket="shop", Key=key)
    assert [each.key for each in buckets.objects("shop").objects] == ["copy"]


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_needs_no_further_credentials(s3, version):
    caller = client(s3, signature_version=version)
    put = caller.generate_presigned_url("put_object", Params={"Bucket": "shop", "Key": "ü +"})
    assert urllib3.request("PUT", put, body=b"1,2\n").status == 200
    wanted = {"Bucket": "shop", "Key": "ü +", "ResponseContentType": "text/csv; x=1"}
    answer = urllib3.request("GET", caller.generate_presigned_url("get_object", Params=wanted))
    assert answer.data == b"1,2\n"
    assert answer.headers["content-type"] == "text/csv; x=1"


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_checksum_that_is_stated_is_checked(s3, buckets, name):
    caller = client(s3)
    member = f"Checksum{name.upper()}"
    thing = {"Bucket": "shop", "Key": "a"}
    with pytest.raises(ClientError) as caught:
        caller.put_object(**thing, Body=b"1,2\n", **{member: encoded(name, b"1,3\n")})
    assert code_of(caught) == "BadDigest"
    assert buckets.objects("shop").objects == []
    assert caller.put_object(**thing, Body=b"1,2\n", **{member: encoded(name, b"1,2\n")})["ETag"]
    told = caller.head_object(**thing, ChecksumMode="ENABLED")
    assert (told[member], told["ChecksumType"]) == (encoded(name, b"1,2\n"), "FULL_OBJECT")


@pytest.mark.parametrize("name", ["CRC32", "SHA1", "SHA256", "SHA512"])
def test_a_checksum_that_boto3_makes_is_right(s3, name):
    """Without awscrt it makes these alone; `test_s3_checksums.py` has the others."""
    caller = client(s3)
    thing = {"Bucket": "shop", "Key": "a"}
    caller.put_object(**thing, Body=b"1,2\n", ChecksumAlgorithm=name)
    told = caller.get_object(**thing, ChecksumMode="ENABLED")
    assert told["Body"].read() == b"1,2\n"
    assert told[f"Checksum{name}"] == encoded(name.lower(), b"1,2\n")


def test_many_objects_are_deleted_at_once(s3, buckets):
    for n in range(3):
        buckets.put("shop", f"{n}", [b""])
    deleted = client(s3).delete_objects(
        Bucket="shop", Delete={"Objects": [{"Key": "0"}, {"Key": "2"}, {"Key": "9"}]}
    )
    assert [each["Key"] for each in deleted["Deleted"]] == ["0", "2", "9"]
    assert [each.key for each in buckets.objects("shop").objects] == ["1"]


def test_a_bucket_is_made_found_and_deleted(s3):
    caller = client(s3)
    for _ in range(2):
        caller.create_bucket(Bucket="depot")
    caller.head_bucket(Bucket="depot")
    caller.get_waiter("bucket_exists").wait(Bucket="depot")
    assert [each["Name"] for each in caller.list_buckets()["Buckets"]] == ["depot", "shop"]
    assert caller.get_bucket_location(Bucket="depot")["LocationConstraint"] is None
    caller.put_object(Bucket="depot", Key="a", Body=b"1")
    with pytest.raises(ClientError) as caught:
        caller.delete_bucket(Bucket="depot")
    assert code_of(caught) == "BucketNotEmpty"
    caller.delete_object(Bucket="depot", Key="a")
    caller.delete_bucket(Bucket="depot")
    with pytest.raises(ClientError) as caught:
        caller.head_bucket(Bucket="depot")
    assert code_of(caught) == "404"


def test_a_missing_bucket_refuses_a_large_body_and_the_client_goes_on(s3):
    caller = client(s3)
    with pytest.raises(caller.exceptions.NoSuchBucket):
        caller.put_object(Bucket="depot", Key="a", Body=BIG)
    with pytest.raises(caller.exceptions.NoSuchKey):
        caller.get_object(Bucket="shop", Key="a")
    caller.put_object(Bucket="shop", Key="a", Body=b"1")


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_go_both_ways(s3, algorithm):
    caller = client(s3)
    put = caller.put_object(Bucket="shop", Key="a", Body=b"1,2\n", ChecksumAlgorithm=algorithm)
    got = caller.get_object(Bucket="shop", Key="a", ChecksumMode="ENABLED")
    assert got[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"]
    assert got["Body"].read() == b"1,2\n"
    got = caller.get_object(Bucket="shop", Key="a", Range="bytes=1-2", ChecksumMode="ENABLED")
    assert got["Body"].read() == b",2"
    assert got["ContentRange"] == "bytes 1-2/4"


def test_pages_follow_each_other(s3, buckets):
    for n in range(12):
        buckets.put("shop", f"in/{n % 3}/{n:02}", [b""])
    pages = (
        client(s3).get_paginator("list_objects_v2").paginate(Bucket="shop", PaginationConfig={"PageSize": 5})
    )
    keys = [each["Key"] for page in pages for each in page["Contents"]]
    assert keys == sorted(f"in/{n % 3}/{n:02}" for n in range(12))
    pages = (
        client(s3)
        .get_paginator("list_objects_v2")
        .paginate(Bucket="shop", Prefix="in/", Delimiter="/", PaginationConfig={"PageSize": 2})
    )
    folders = [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]
    assert folders == ["in/0/", "in/1/", "in/2/"]
    old = client(s3).get_paginator("list_objects").paginate(Bucket="shop", PaginationConfig={"PageSize": 5})
    assert [each["Key"] for page in old for each in page["Contents"]] == keys


def test_a_policy_is_kept(s3):
    caller = client(s3)
    with pytest.raises(ClientError) as caught:
        caller.get_bucket_policy(Bucket="shop")
    assert code_of(caught) == "NoSuchBucketPolicy"
    policy = '{"Version": "2012-10-17", "Statement": []}'
    caller.put_bucket_policy(Bucket="shop", Policy=policy)
    assert caller.get_bucket_policy(Bucket="shop")["Policy"] == policy
    caller.delete_bucket_policy(Bucket="shop")
    with pytest.raises(ClientError):
        caller.get_bucket_policy(Bucket="shop")


def test_an_upload_can_be_listed_and_aborted(s3):
    caller = client(s3)
    upload = caller.create_multipart_upload(Bucket="shop", Key="a")["UploadId"]
    part = caller.upload_part(Bucket="shop", Key="a", UploadId=upload, PartNumber=3, Body=b"1")
    listed = caller.list_parts(Bucket="shop", Key="a", UploadId=upload)["Parts"]
    assert [(each["PartNumber"], each["ETag"]) for each in listed] == [(3, part["ETag"])]
    assert [each["Key"] for each in caller.list_multipart_uploads(Bucket="shop")["Uploads"]] == ["a"]
    caller.abort_multipart_upload(Bucket="shop", Key="a", UploadId=upload)
    with pytest.raises(caller.exceptions.NoSuchUpload):
        caller.list_parts(Bucket="shop", Key="a", UploadId=upload)


def test_conditions_hold(s3):
    caller = client(s3)
    etag = caller.put_object(Bucket="shop", Key="a", Body=b"1", IfNoneMatch="*")["ETag"]
    with pytest.raises(ClientError) as caught:
        caller.put_object(Bucket="shop", Key="a", Body=b"2", IfNoneMatch="*")
    assert code_of(caught) == "PreconditionFailed"
    with pytest.raises(ClientError) as caught:
        caller.get_object(Bucket="shop", Key="a", IfNoneMatch=etag)
    assert code_of(caught) == "304"
    caller.put_object(Bucket="shop", Key="a", Body=b"2", IfMatch=etag)
    with pytest.raises(ClientError) as caught:
        caller.get_object(Bucket="shop", Key="a", IfMatch=etag)
    assert code_of(caught) == "PreconditionFailed"


def test_what_is_not_served_says_so(s3):
    with pytest.raises(ClientError) as caught:
        client(s3).list_bucket_inventory_configurations(Bucket="shop")
    assert code_of(caught) == "NotImplemented"


class TestKeys:
    @pytest.fixture
    def s3(self, buckets):
        reader = AccessKey(access_key_id="reader", secret="r", allow=("s3:Get*", "s3:List*"))
        keys = {KEY.access_key_id: KEY, "reader": reader}
        with serving(s3_application(buckets, find_key=keys.get)) as url:
            yield url

    @pytest.mark.parametrize(
        ("key", "code"),
        [
            (AccessKey(access_key_id="presage", secret="wrong"), "SignatureDoesNotMatch"),
            (AccessKey(access_key_id="nobody", secret="presage"), "InvalidAccessKeyId"),
            (AccessKey(access_key_id="reader", secret="r"), "AccessDenied"),
        ],
    )
    def test_who_may_not_write_is_refused(self, s3, key, code):
        with pytest.raises(ClientError) as caught:
            client(s3, key).put_object(Bucket="shop", Key="a", Body=b"1")
        assert code_of(caught) == code
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403

    def test_a_reader_reads_but_neither_writes_nor_copies(self, s3, buckets):
        buckets.put("shop", "a", [b"1"])
        reader = client(s3, AccessKey(access_key_id="reader", secret="r"))
        assert reader.get_object(Bucket="shop", Key="a")["Body"].read() == b"1"
        assert reader.list_objects_v2(Bucket="shop")["KeyCount"] == 1
        with pytest.raises(ClientError) as caught:
            reader.copy_object(Bucket="shop", Key="b", CopySource="shop/a")
        assert code_of(caught) == "AccessDenied"

    def test_an_unsigned_request_is_refused(self, s3):
        answer = urllib3.request("GET", f"{s3}/shop/a")
        assert answer.status == 403
        assert b"<Code>AccessDenied</Code>" in answer.data

    @pytest.mark.parametrize("version", ["s3", "s3v4"])
    def test_a_presigned_url_holds_for_what_it_says_and_no_longer(self, s3, buckets, version):
        def status(url, method="GET"):
            return urllib3.request(method, url).status

        buckets.put("shop", "a", [b"1"])
        buckets.put("shop", "b", [b"1"])
        wanted = {"Bucket": "shop", "Key": "a"}
        signer = client(s3, signature_version=version)
        url = signer.generate_presigned_url("get_object", Params=wanted)
        assert status(url) == 200
        assert status(url.replace("/shop/a", "/shop/b")) == 403
        assert status(f"{url}&response-content-type=text/html") == 403
        assert status(url, "DELETE") == 403
        assert status(signer.generate_presigned_url("get_object", Params=wanted, ExpiresIn=-1)) in (400, 403)
        stranger = client(s3, AccessKey(access_key_id="nobody", secret="presage"), signature_version=version)
        assert status(stranger.generate_presigned_url("get_object", Params=wanted)) == 403
        reader = client(s3, AccessKey(access_key_id="reader", secret="r"), signature_version=version)
        assert status(reader.generate_presigned_url("get_object", Params=wanted)) == 200
        assert status(reader.generate_presigned_url("put_object", Params=wanted), "PUT") == 403
