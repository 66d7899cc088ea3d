from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.buckets.records import StoredObject
from presage.s3.conditions import check_conditions, kept_headers, wanted_range, write_conditions
from presage.s3.errors import S3Error

MODIFIED_AT = 1_700_000_000.75  # Tue, 14 Nov 2023 22:13:20 GMT
THEN, BEFORE = "Tue, 14 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 22:13:19 GMT"
FOUND = StoredObject(
    bucket="shop", key="a", size=4, etag="abc", modified_at=MODIFIED_AT, headers={}, checksums={}, path=Path()
)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, None),
        ({"if-match": '"abc"'}, None),
        ({"if-match": '"x", "abc"'}, None),
        ({"if-match": "*"}, None),
        ({"if-match": '"x"'}, "PreconditionFailed"),
        ({"if-none-match": '"abc"'}, "NotModified"),
        ({"if-none-match": 'W/"abc"'}, "NotModified"),
        ({"if-none-match": '"x"'}, None),
        ({"if-modified-since": THEN}, "NotModified"),
        ({"if-modified-since": BEFORE}, None),
        ({"if-modified-since": "yesterday"}, None),
        ({"if-unmodified-since": THEN}, None),
        ({"if-unmodified-since": BEFORE}, "PreconditionFailed"),
        ({"if-match": '"abc"', "if-unmodified-since": BEFORE}, None),
        ({"if-none-match": '"x"', "if-modified-since": THEN}, None),
    ],
)
def test_a_read_happens_if_its_conditions_hold(headers, code):
    prefixed = {f"p-{name}": value for name, value in headers.items()}
    for given_headers, prefix in ((headers, ""), (prefixed, "p-")):
        if code is None:
            check_conditions(FOUND, given_headers, prefix)
        else:
            with pytest.raises(S3Error) as caught:
                check_conditions(FOUND, given_headers, prefix)
            assert caught.value.code == code


def test_a_write_knows_two_conditions():
    assert write_conditions({"if-none-match": "*"}) == {"if_match": "", "if_none_match": "*"}
    assert write_conditions({"if-match": '"abc"'}) == {"if_match": "abc", "if_none_match": ""}
    with pytest.raises(S3Error, match="knows only"):
        write_conditions({"if-none-match": '"abc"'})


@given(st.integers(0, 20), st.integers(0, 25), st.integers(0, 25))
def test_a_range_is_the_slice_that_it_names(size, first, last):
    content = bytes(range(size))

    def part(header):
        try:
            wanted = wanted_range(header, size)
        except S3Error as error:
            return {"InvalidRange": b""}[error.code]
        return None if wanted is None else content[slice(*wanted)]

    assert part(f"bytes={first}-") == content[first:]
    assert part(f"bytes=-{last}") == (content[-last:] if last else b"")
    assert part(f"bytes={first}-{last}") == (content[first : last + 1] if first <= last else None)


@pytest.mark.parametrize("header", ["", "bytes=-", "bytes=a-b", "bytes=0-1,3-4", "lines=0-1", "0-1"])
def test_a_malformed_range_is_as_none(header):
    assert wanted_range(header, 10) is None


def test_what_is_kept_with_an_object():
    headers = {
        "content-type": "text/csv",
        "content-encoding": "aws-chunked,gzip",
        "x-amz-meta-a": "b",
        "host": "h",
    }
    kept = {"content-type": "text/csv", "content-encoding": "gzip", "x-amz-meta-a": "b"}
    assert kept_headers(headers) == kept
    assert kept_headers({"content-encoding": "aws-chunked"}) == {"content-type": "binary/octet-stream"}
    with pytest.raises(S3Error, match="2049 bytes"):
        kept_headers({"x-amz-meta-a": "b" * 2048})
