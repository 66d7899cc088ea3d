import hashlib

import pytest
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from presage.s3.algorithms import ALGORITHMS

POLYNOMIALS = {"crc32": 0x04C11DB7, "crc32c": 0x1EDC6F41, "crc64nvme": 0xAD93D23594C93659}
CHECKS = {  # what the catalogue of parametrised CRC algorithms and xxHash's own tool give for b"123456789"
    "crc32": "cbf43926",
    "crc32c": "e3069283",
    "crc64nvme": "ae8b14860a799888",
    "xxhash64": "8cb841db40e6ae83",
    "xxhash3": "72dcb18b67a17dff",
    "xxhash128": "33119477ede5dcd5e9716427681d5860",
}
HASHES = {name: ALGORITHMS[name] for name in ("md5", "sha1", "sha256", "sha512")}


def reflected(value, width):
    return int(f"{value:0{width}b}"[::-1], 2)


def divided(value, low_first):
    """What eight steps of the long division leave of a byte."""
    for _ in range(8):
        value = (value >> 1) ^ (low_first if value & 1 else 0)
    return value


def table_of(polynomial, width):
    low_first = reflected(polynomial, width)
    return [divided(byte, low_first) for byte in range(256)]


TABLES = {name: table_of(value, 8 * ALGORITHMS[name].size) for name, value in POLYNOMIALS.items()}


def by_definition(name, data):
    """The CRC a byte at a time: begun with ones, ended by turning all bits."""
    size = ALGORITHMS[name].size
    ones = (1 << 8 * size) - 1
    value = ones
    for byte in data:
        value = TABLES[name][(value ^ byte) & 0xFF] ^ (value >> 8)
    return (value ^ ones).to_bytes(size, "big")


def digest(name, *pieces):
    hasher = ALGORITHMS[name].begin()
    for piece in pieces:
        hasher.update(piece)
    return hasher.digest()


DATA = st.binary(max_size=2000)  # long enough for the fast ways, which work on some hundred bytes at once


@pytest.mark.parametrize("name", POLYNOMIALS)
@given(DATA, st.integers(0, 2000))
def test_a_crc_is_the_one_of_its_definition_however_the_bytes_come(name, data, cut):
    assert digest(name, data[:cut], data[cut:]) == by_definition(name, data)


@pytest.mark.parametrize("name", POLYNOMIALS)
@given(DATA, DATA)
def test_two_crcs_join_to_that_of_both(name, first, second):
    joined = ALGORITHMS[name].join(digest(name, first), digest(name, second), len(second))
    assert joined == by_definition(name, first + second)


@pytest.mark.parametrize("name", CHECKS)
def test_the_check_value_is_the_published_one(name):
    assert digest(name, b"12345", b"6789").hex() == CHECKS[name]


@pytest.mark.parametrize("name", HASHES)
def test_a_hash_is_that_of_its_name(name):
    assert digest(name, b"12345", b"6789") == hashlib.new(name, b"123456789").digest()


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_digest_has_its_size(name):
    assert len(digest(name)) == len(digest(name, b"1")) == ALGORITHMS[name].size


def test_every_algorithm_of_s3s_model_is_known():
    shapes = Loader().load_service_model("s3", "service-2")["shapes"]
    assert {name.lower() for name in shapes["ChecksumAlgorithm"]["enum"]} == ALGORITHMS.keys()
