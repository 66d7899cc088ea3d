import base64
import hashlib

import pytest

from presage.s3.algorithms import ALGORITHMS
from presage.s3.checksums import Checks, checksum_elements, checksum_headers, object_elements
from presage.s3.errors import S3Error

from .test_algorithms import CHECKS, HASHES

CONTENT = b"123456789"
DIGESTS = {name: bytes.fromhex(value) for name, value in CHECKS.items()}
DIGESTS |= {name: hashlib.new(name, CONTENT).digest() for name in HASHES}
RIGHT = {name: base64.b64encode(digest).decode() for name, digest in DIGESTS.items()}


def check(headers, trailers=None, content=CONTENT):
    checks = Checks(headers)
    checks.update(content[:4])
    checks.update(content[4:])
    return checks.finish(trailers or {})


def code_of(headers, trailers=None, content=CONTENT):
    with pytest.raises(S3Error) as caught:
        check(headers, trailers, content)
    return caught.value.code


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_right_checksum_is_kept_wherever_it_stands(name):
    header = f"x-amz-checksum-{name}"
    assert check({header: RIGHT[name]}) == {name: RIGHT[name]}
    assert check({"x-amz-trailer": header}, {header: RIGHT[name]}) == {name: RIGHT[name]}


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_wrong_checksum_is_refused_wherever_it_stands(name):
    header = f"x-amz-checksum-{name}"
    assert code_of({header: RIGHT[name]}, content=b"other") == "BadDigest"
    assert code_of({"x-amz-trailer": header}, {header: RIGHT[name]}, content=b"other") == "BadDigest"


@pytest.mark.parametrize("value", ["", "AAAA", "!!!!", "é", "AAAAAA==-2"])
def test_what_is_no_checksum_is_refused(value):
    assert code_of({"x-amz-checksum-crc32": value}) == "InvalidDigest"
    assert code_of({"content-md5": value or "A"}) == "InvalidDigest"


def test_a_checksum_that_was_promised_must_come_and_no_other():
    assert code_of({"x-amz-trailer": "x-amz-checksum-crc32"}) == "MalformedTrailerError"
    unannounced = {"x-amz-checksum-crc32": RIGHT["crc32"], "x-amz-checksum-crc32c": RIGHT["crc32c"]}
    assert code_of({"x-amz-trailer": "x-amz-checksum-crc32"}, unannounced) == "MalformedTrailerError"
    assert code_of({}, unannounced) == "MalformedTrailerError"


@pytest.mark.parametrize("trailer", ["x-amz-checksum-crc16", "crc32", "x-amz-checksum-", "expires"])
def test_a_trailer_that_is_no_checksum_is_refused_with_those_that_are(trailer):
    with pytest.raises(S3Error, match=f"'{trailer}'.*crc64nvme") as caught:
        check({"x-amz-trailer": trailer}, {trailer: "AAAAAA=="})
    assert caught.value.code == "InvalidRequest"


def test_the_signed_hash_and_the_md5_are_held_against_the_body():
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    md5 = base64.b64encode(hashlib.md5(CONTENT).digest()).decode()
    assert check({"x-amz-content-sha256": sha256, "content-md5": md5}) == {}
    assert code_of({"x-amz-content-sha256": sha256}, content=b"other") == "XAmzContentSHA256Mismatch"
    assert code_of({"content-md5": md5}, content=b"other") == "BadDigest"


def test_the_headers_say_what_a_checksum_covers():
    assert checksum_headers({}) == {}
    assert checksum_headers({"crc32": "x"})["x-amz-checksum-type"] == "FULL_OBJECT"
    assert checksum_headers({"crc32": "x-2"})["x-amz-checksum-type"] == "COMPOSITE"


def test_the_elements_name_the_algorithm_in_capitals():
    assert object_elements({}) == checksum_elements({}) == {}
    assert checksum_elements({"crc64nvme": "x"}) == {"ChecksumCRC64NVME": "x"}
    assert object_elements({"crc32c": "x-2"}) == {"ChecksumCRC32C": "x-2", "ChecksumType": "COMPOSITE"}
