import base64
import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.s3.checksums import Checks, checksum_headers, joined_checksums
from presage.s3.errors import S3Error

CONTENT = b"123456789"
RIGHT = {  # the check values that the catalogues of these algorithms give for b"123456789"
    "crc32": base64.b64encode(0xCBF43926.to_bytes(4, "big")).decode(),
    "crc32c": base64.b64encode(0xE3069283.to_bytes(4, "big")).decode(),
    "crc64nvme": base64.b64encode(0xAE8B14860A799888.to_bytes(8, "big")).decode(),
    "sha1": base64.b64encode(hashlib.sha1(CONTENT).digest()).decode(),
    "sha256": base64.b64encode(hashlib.sha256(CONTENT).digest()).decode(),
}


def check(headers, trailers=None, content=CONTENT):
    checks = Checks(headers)
    checks.update(content[:4])
    checks.update(content[4:])
    return checks.finish(trailers or {})


def code_of(headers, trailers=None, content=CONTENT):
    with pytest.raises(S3Error) as caught:
        check(headers, trailers, content)
    return caught.value.code


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_checksum_is_kept_wherever_it_stands(name):
    header = f"x-amz-checksum-{name}"
    assert check({header: RIGHT[name]}) == {name: RIGHT[name]}
    assert check({"x-amz-trailer": header}, {header: RIGHT[name]}) == {name: RIGHT[name]}


@pytest.mark.parametrize("name", ["crc32", "sha1", "sha256"])
def test_a_wrong_checksum_is_refused_wherever_it_stands(name):
    header = f"x-amz-checksum-{name}"
    assert code_of({header: RIGHT[name]}, content=b"other") == "BadDigest"
    assert code_of({"x-amz-trailer": header}, {header: RIGHT[name]}, content=b"other") == "BadDigest"


@pytest.mark.parametrize("value", ["", "AAAA", "!!!!", "é", "AAAAAA==-2"])
def test_what_is_no_checksum_is_refused(value):
    assert code_of({"x-amz-checksum-crc32": value}) == "InvalidDigest"
    assert code_of({"content-md5": value or "A"}) == "InvalidDigest"


def test_a_checksum_that_was_promised_must_come():
    assert code_of({"x-amz-trailer": "x-amz-checksum-crc32"}) == "MalformedTrailerError"


def test_the_signed_hash_and_the_md5_are_held_against_the_body():
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    md5 = base64.b64encode(hashlib.md5(CONTENT).digest()).decode()
    assert check({"x-amz-content-sha256": sha256, "content-md5": md5}) == {}
    assert code_of({"x-amz-content-sha256": sha256}, content=b"other") == "XAmzContentSHA256Mismatch"
    assert code_of({"content-md5": md5}, content=b"other") == "BadDigest"


@given(st.lists(st.binary(max_size=20), min_size=1))
def test_the_checksum_of_parts_is_that_of_their_checksums(parts):
    digests = [zlib.crc32(part).to_bytes(4, "big") for part in parts]
    kept = [{"crc32": base64.b64encode(digest).decode(), "crc32c": "AAAAAA=="} for digest in digests]
    joined = base64.b64encode(zlib.crc32(b"".join(digests)).to_bytes(4, "big")).decode()
    assert joined_checksums(kept) == {"crc32": f"{joined}-{len(parts)}"}


def test_parts_without_the_same_checksums_have_none_together():
    assert joined_checksums([{"crc32": "AAAAAA=="}, {}]) == {}
    assert joined_checksums([]) == {}


def test_the_headers_say_what_a_checksum_covers():
    assert checksum_headers({}) == {}
    assert checksum_headers({"crc32": "x"})["x-amz-checksum-type"] == "FULL_OBJECT"
    assert checksum_headers({"crc32": "x-2"})["x-amz-checksum-type"] == "COMPOSITE"
