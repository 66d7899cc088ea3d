"""Checksums as clients make them by themselves: boto3 with awscrt, which has all but MD5, and AWS's JavaScript client."""

import json
import os

import pytest

from presage.s3.algorithms import ALGORITHMS

from ..s3.test_parts import composite, encoded

pytestmark = pytest.mark.clients

SMALL = b"1,2\n"
BIG = os.urandom(12 << 20)
PART_BYTES = 8 << 20
PARTS = [BIG[:PART_BYTES], BIG[PART_BYTES:]]
BOTO3 = [name.upper() for name in ALGORITHMS if name != "md5"]
JAVASCRIPT = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]
CLIENT = """
import os
import boto3
from boto3.s3.transfer import TransferConfig
from botocore.compat import HAS_CRT
assert HAS_CRT
s3 = boto3.client("s3")
"""


@pytest.fixture
def env(s3, tmp_path):
    (tmp_path / "big.bin").write_bytes(BIG)
    return {"AWS_ENDPOINT_URL_S3": s3, "FILE": str(tmp_path / "big.bin")}


def test_boto3_sends_and_gets_every_checksum(python, env, buckets):
    script = f"""{CLIENT}
for name in {BOTO3}:
    s3.put_object(Bucket="shop", Key=name, Body={SMALL}, ChecksumAlgorithm=name)
    told = s3.get_object(Bucket="shop", Key=name, ChecksumMode="ENABLED")
    assert told["Body"].read() == {SMALL}
"""
    python(script, env)
    kept = {each.key: each.checksums for each in buckets.objects("shop").objects}
    assert kept == {name: {name.lower(): encoded(name.lower(), SMALL)} for name in BOTO3}


@pytest.mark.parametrize("checksum_type", ["", "FULL_OBJECT"])
def test_boto3_sends_an_object_in_parts_with_every_checksum(python, env, buckets, checksum_type):
    """A full object's checksum is checked by boto3 as well, when the object comes down."""
    names = ["CRC32", "CRC32C", "CRC64NVME"] if checksum_type else BOTO3
    extra = {"ChecksumType": checksum_type} if checksum_type else {}
    script = f"""{CLIENT}
config = TransferConfig(multipart_threshold={PART_BYTES}, multipart_chunksize={PART_BYTES})
for name in {names}:
    extra = {extra} | dict(ChecksumAlgorithm=name)
    s3.upload_file(os.environ["FILE"], "shop", name, ExtraArgs=extra, Config=config)
    told = s3.get_object(Bucket="shop", Key=name, ChecksumMode="ENABLED")
    assert told["Body"].read() == open(os.environ["FILE"], "rb").read()
"""
    python(script, env)
    for name in names:
        found = buckets.head("shop", name)
        assert found.etag.endswith("-2")
        is_full = checksum_type or name == "CRC64NVME"
        right = encoded(name.lower(), BIG) if is_full else composite(name.lower(), PARTS)
        assert found.checksums == {name.lower(): right}


def test_javascript_sends_checksums_after_the_body(node, env, buckets):
    script = f"""
import {{ createReadStream, statSync }} from "node:fs";
import {{ S3Client, PutObjectCommand, GetObjectCommand }} from "@aws-sdk/client-s3";
const s3 = new S3Client({{ forcePathStyle: true }});
for (const name of {json.dumps(JAVASCRIPT)}) {{
  const here = {{ Bucket: "shop", Key: name }};
  const Body = createReadStream(process.env.FILE);
  const ContentLength = statSync(process.env.FILE).size;
  await s3.send(new PutObjectCommand({{ ...here, Body, ContentLength, ChecksumAlgorithm: name }}));
  const {{ Body: back }} = await s3.send(new GetObjectCommand({{ ...here, ChecksumMode: "ENABLED" }}));
  if ((await back.transformToByteArray()).length !== ContentLength) throw new Error(name);
}}
"""
    node(script, env)
    kept = {each.key: each.checksums for each in buckets.objects("shop").objects}
    assert kept == {name: {name.lower(): encoded(name.lower(), BIG)} for name in JAVASCRIPT}
