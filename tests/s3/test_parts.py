import base64
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.buckets.records import Part
from presage.s3.algorithms import ALGORITHMS
from presage.s3.errors import S3Error
from presage.s3.parts import check_parts, wanted_checksum, whole_checksums

from .test_algorithms import digest

COMPOSABLE = [name for name in ALGORITHMS if name != "crc64nvme"]
NAMES = st.sampled_from(list(ALGORITHMS))
CONTENTS = st.lists(st.binary(max_size=300), min_size=1, max_size=5)


def encoded(name, *pieces):
    return base64.b64encode(digest(name, *pieces)).decode()


def composite(name, contents):
    return f"{encoded(name, *(digest(name, content) for content in contents))}-{len(contents)}"


@contextmanager
def uploaded(contents, *, came_with):
    """Parts of these contents; `came_with(number)` names the algorithms of the checksums that came with each."""
    with TemporaryDirectory() as folder:
        parts = []
        for number, content in enumerate(contents, 1):
            path = Path(folder) / str(number)
            path.write_bytes(content)
            checksums = {name: encoded(name, content) for name in came_with(number)}
            described = {"size": len(content), "etag": "", "modified_at": 0.0}
            parts.append(Part(number=number, checksums=checksums, path=path, **described))
        yield parts


def code_of(call, *arguments):
    with pytest.raises(S3Error) as caught:
        call(*arguments)
    return caught.value.code


@given(st.sampled_from(COMPOSABLE), CONTENTS, st.sampled_from(["", "COMPOSITE"]))
def test_undeclared_the_object_gets_the_checksum_of_the_parts_checksums(name, contents, checksum_type):
    with uploaded(contents, came_with=lambda _: [name]) as parts:
        assert whole_checksums({}, checksum_type, parts) == {name: composite(name, contents)}


@given(NAMES, CONTENTS)
def test_a_full_object_has_the_checksum_of_all_its_bytes(name, contents):
    with uploaded(contents, came_with=lambda _: [name]) as parts:
        assert whole_checksums({}, "FULL_OBJECT", parts) == {name: encoded(name, *contents)}


@given(CONTENTS, st.sampled_from(["", "COMPOSITE", "FULL_OBJECT"]))
def test_crc64nvme_is_always_that_of_all_bytes(contents, checksum_type):
    with uploaded(contents, came_with=lambda _: ["crc64nvme"]) as parts:
        assert whole_checksums({}, checksum_type, parts) == {"crc64nvme": encoded("crc64nvme", *contents)}


@given(NAMES, CONTENTS, st.data())
def test_what_is_declared_is_checked_though_parts_came_without(name, contents, data):
    without = data.draw(st.sets(st.integers(1, len(contents))))
    values = [encoded(name, *contents)] + [composite(name, contents)] * (name in COMPOSABLE)
    with uploaded(contents, came_with=lambda number: [] if number in without else [name]) as parts:
        for value in values:
            assert whole_checksums({name: value}, "", parts) == {name: value}
        for wrong in (encoded(name, *contents, b"!"), f"{encoded(name, b'!')}-{len(contents)}"):
            assert code_of(whole_checksums, {name: wrong}, "", parts) == "BadDigest"


def test_crc64nvme_has_no_composite():
    with uploaded([b"1", b"2"], came_with=lambda _: ["crc64nvme"]) as parts:
        declared = {"crc64nvme": composite("crc64nvme", [b"1", b"2"])}
        assert code_of(whole_checksums, declared, "", parts) == "BadDigest"


def test_parts_without_the_same_checksums_have_none_together():
    with uploaded([b"1", b"2"], came_with=lambda number: ["crc32"] * (number == 1)) as parts:
        assert whole_checksums({}, "", parts) == {}


@pytest.mark.parametrize("came_with", [["crc32c"], []], ids=["came with it", "came without"])
def test_the_completing_document_may_name_no_wrong_checksum(came_with):
    def node(name, value):
        return fromstring(f"<Part><Checksum{name.upper()}>{value}</Checksum{name.upper()}></Part>")

    with uploaded([b"1"], came_with=lambda _: came_with) as parts:
        check_parts([fromstring("<Part/>")], parts)
        check_parts([node("crc32c", encoded("crc32c", b"1"))], parts)
        wrong = node("crc32c", encoded("crc32c", b"2"))
        assert code_of(check_parts, [wrong], parts) == "InvalidPart"


def test_an_upload_says_which_checksum_it_wants():
    wanted = {"x-amz-checksum-algorithm": "CRC64NVME", "x-amz-checksum-type": "FULL_OBJECT"}
    assert wanted_checksum({**wanted, "content-type": "text/csv"}) == wanted
    assert wanted_checksum({}) == {}
    assert code_of(wanted_checksum, {"x-amz-checksum-algorithm": "CRC16"}) == "InvalidRequest"
    assert code_of(wanted_checksum, {"x-amz-checksum-type": "HALF"}) == "InvalidRequest"
    assert code_of(wanted_checksum, {**wanted, "x-amz-checksum-type": "COMPOSITE"}) == "InvalidRequest"
