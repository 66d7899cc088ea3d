"""Arrays and JSON in one file, in the layout of safetensors, whose library reads it too.

    8 bytes    the length of the header, little-endian
    header     JSON: name -> dtype, shape, data_offsets; `__metadata__` holds texts
    the rest   the arrays, one after the other, little-endian, wide numbers first so that all are aligned

Ours are four texts of `__metadata__`: `format`, `meta` (the caller's JSON), `crc32` (of each array, as JSON)
and `header_crc32` (of the header, with 00000000 in this text's place). So no altered byte goes unseen.
Source: https://github.com/huggingface/safetensors, "Format".
"""

import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from presage.files import sync

from .errors import Damaged

FORMAT = "2"
DTYPES = {
    **{f"F{bits}": np.dtype(f"<f{bits // 8}") for bits in (16, 32, 64)},
    **{f"I{bits}": np.dtype(f"<i{bits // 8}") for bits in (8, 16, 32, 64)},
    **{f"U{bits}": np.dtype(f"<u{bits // 8}") for bits in (8, 16, 32, 64)},
    "BOOL": np.dtype(np.bool_),
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
ABOUT = "__metadata__"
LENGTH_BYTES = 8
MOST_HEADER_BYTES = 100_000_000
"""What the library of safetensors accepts."""
NO_CRC, CRC_OF_HEADER = b"00000000", b'"header_crc32":"%s"'


def write_file(file: Path, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
    """Write arrays and whatever JSON can hold, in place of an older file; when this returns they are on disk.

    Raises ValueError for an array that does not hold numbers or is called `__metadata__`, or meta that JSON
    cannot hold.
    """
    if ABOUT in arrays:
        raise ValueError(f"{ABOUT!r} cannot name an array; safetensors uses it itself")
    ready = {name: _ready(name, array) for name, array in arrays.items()}
    order = sorted(ready, key=lambda name: (-ready[name].itemsize, name))
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with draft.open("wb") as out:
            out.write(_header(ready, order, meta))
            for name in order:
                out.write(ready[name].data if ready[name].size else b"")
        sync(draft)
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)
    sync(file.parent)


def read_file(file: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The arrays, memory-mapped and read-only, and the meta that `write_file` was given; all is checked.

    The file takes one descriptor for as long as any of the arrays lives.

    Raises FileNotFoundError if there is none, `Damaged` naming file and array, ValueError for another format.
    """
    header, start = _read_header(file)
    texts = header.pop(ABOUT)
    held = np.memmap(file, np.uint8, "r").view(np.ndarray)
    end = start + max((entry["data_offsets"][1] for entry in header.values()), default=0)
    if len(held) != end:
        raise Damaged(file, f"it has {len(held)} bytes; it must have {end}")
    crcs: dict[str, int] = json.loads(texts["crc32"])
    arrays: dict[str, NDArray[Any]] = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        content = held[start + first : start + last]
        if zlib.crc32(content.data) != crcs[name]:
            raise Damaged(file, f"the checksum of array {name!r} is wrong")
        arrays[name] = content.view(DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return arrays, json.loads(texts["meta"])


def read_meta(file: Path) -> dict[str, Any]:
    """The meta alone; raises what `read_file` does, but for what is wrong with arrays."""
    return json.loads(_read_header(file)[0][ABOUT]["meta"])


def _ready(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """The array as it is written: C order, little-endian."""
    dtype = array.dtype.newbyteorder("<")
    if dtype not in NAMES:
        raise ValueError(f"array {name!r} is of type {array.dtype}; it must hold one of: {', '.join(DTYPES)}")
    return np.asarray(array, dtype, order="C")


def _header(arrays: Mapping[str, NDArray[Any]], order: list[str], meta: Mapping[str, Any]) -> bytes:
    """The length and the header of a file whose arrays come in this order."""
    texts = {
        "format": FORMAT,
        "meta": json.dumps(dict(meta), allow_nan=False),
        "crc32": json.dumps({name: zlib.crc32(arrays[name].data) for name in order}),
        "header_crc32": NO_CRC.decode(),
    }
    header: dict[str, Any] = {ABOUT: texts}
    end = 0
    for name in order:
        array = arrays[name]
        start, end = end, end + array.nbytes
        header[name] = {"dtype": NAMES[array.dtype], "shape": array.shape, "data_offsets": (start, end)}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    text = text.replace(CRC_OF_HEADER % NO_CRC, CRC_OF_HEADER % b"%08x" % zlib.crc32(text), 1)
    return len(text).to_bytes(LENGTH_BYTES, "little") + text


def _read_header(file: Path) -> tuple[dict[str, Any], int]:
    """The header, and where the arrays begin."""
    with file.open("rb") as content:
        length = int.from_bytes(content.read(LENGTH_BYTES), "little")
        text = content.read(min(length, MOST_HEADER_BYTES))
    try:
        header: dict[str, Any] = json.loads(text)
        stated = header[ABOUT]["header_crc32"].encode()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Damaged(file, "its header cannot be read") from None
    if b"%08x" % zlib.crc32(text.replace(CRC_OF_HEADER % stated, CRC_OF_HEADER % NO_CRC, 1)) != stated:
        raise Damaged(file, "the checksum of its header is wrong")
    if header[ABOUT]["format"] != FORMAT:
        found = header[ABOUT]["format"]
        raise ValueError(f"{file} has format {found!r}; this presage reads format {FORMAT}")
    return header, LENGTH_BYTES + length
