import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.resources.keys import AccessKey
from presage.s3.chunks import ChunkSigner, read_chunks
from presage.s3.errors import S3Error
from presage.wire.signature import Caller, Signature

# AWS's published examples of signed chunks, with and without trailers.
KEY = AccessKey(access_key_id="AKIAIOSFODNN7EXAMPLE", secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
CONTENT = b"a" * (65 * 1024)
PLAIN = (
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)
TRAILED = (
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
)
TRAILER = "x-amz-checksum-crc32c:sOO8/Q=="
TRAILER_SIGNATURE = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"


def signer(seed):
    signature = Signature(
        access_key_id=KEY.access_key_id,
        day="20130524",
        region="us-east-1",
        service="s3",
        signed_headers=("host",),
        signature=seed,
        at="20130524T000000Z",
    )
    return ChunkSigner(Caller(KEY, signature))


def body(signatures, content=CONTENT, trailers=b""):
    _, first, second, last = signatures
    chunks = (
        f"10000;chunk-signature={first}\r\n".encode() + content[:65536] + b"\r\n",
        f"400;chunk-signature={second}\r\n".encode() + content[65536:] + b"\r\n",
        f"0;chunk-signature={last}\r\n".encode() + trailers + b"\r\n",
    )
    return b"".join(chunks)


def read(encoded, signer=None, n_bytes=1000):
    """Content and trailers of a body that comes in pieces of `n_bytes`."""
    trailers = {}

    async def pieces():
        for at in range(0, len(encoded), n_bytes):
            yield encoded[at : at + n_bytes]

    async def gather():
        return b"".join([content async for content in read_chunks(pieces(), trailers, signer)])

    return asyncio.run(gather()), trailers


def encode(chunks, trailers=b""):
    written = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks if chunk)
    return written + b"0\r\n" + trailers + b"\r\n"


def test_signed_chunks_of_the_published_example_are_accepted():
    assert read(body(PLAIN), signer(PLAIN[0])) == (CONTENT, {})


def test_signed_trailers_of_the_published_example_are_accepted():
    lines = f"{TRAILER}\r\nx-amz-trailer-signature:{TRAILER_SIGNATURE}\r\n".encode()
    content, trailers = read(body(TRAILED, trailers=lines), signer(TRAILED[0]))
    assert content == CONTENT
    assert trailers == {"x-amz-checksum-crc32c": "sOO8/Q=="}


@pytest.mark.parametrize(
    "broken",
    [
        body(PLAIN, content=b"b" + CONTENT[1:]),
        body((PLAIN[0], PLAIN[2], PLAIN[1], PLAIN[3])),
        body((*PLAIN[:3], "0" * 64)),
        encode([CONTENT]),
        body(PLAIN).split(b"400;")[0] + b"0;chunk-signature=" + PLAIN[3].encode() + b"\r\n\r\n",
        body(PLAIN, trailers=f"{TRAILER}\r\n".encode()),
        body(PLAIN, trailers=f"{TRAILER}\r\nx-amz-trailer-signature:{TRAILER_SIGNATURE}\r\n".encode()),
    ],
    ids=["content", "order", "end", "unsigned", "cut short", "unsigned trailer", "trailer of another body"],
)
def test_what_was_changed_after_signing_is_refused(broken):
    with pytest.raises(S3Error) as caught:
        read(broken, signer(PLAIN[0]))
    assert caught.value.code == "SignatureDoesNotMatch"


@given(st.lists(st.binary(max_size=40)), st.integers(1, 17))
def test_any_content_in_any_chunks_and_any_pieces_comes_out(chunks, n_bytes):
    encoded = encode(chunks, b"x-amz-checksum-crc32: AAAAAA==\r\n")
    content, trailers = read(encoded, n_bytes=n_bytes)
    assert content == b"".join(chunks)
    assert trailers == {"x-amz-checksum-crc32": "AAAAAA=="}


@given(st.lists(st.binary(min_size=1, max_size=9), min_size=1), st.data())
def test_a_body_that_ends_too_early_is_incomplete(chunks, data):
    encoded = encode(chunks).removesuffix(b"\r\n")
    with pytest.raises(S3Error) as caught:
        read(encoded[: data.draw(st.integers(0, len(encoded) - 1))])
    assert caught.value.code == "IncompleteBody"


@pytest.mark.parametrize(
    "broken", [b"g\r\n", b"-1\r\n", b"\r\n", b"1\r\nab\r\n0\r\n\r\n", b"1_0\r\n", b"0" * 20_000]
)
def test_what_is_no_chunked_body_is_incomplete(broken):
    with pytest.raises(S3Error) as caught:
        read(broken)
    assert caught.value.code == "IncompleteBody"
