"""Text as spreadsheets write it, made UTF-8: Excel's "Unicode text" is UTF-16, its CSV cp1252 on Windows."""

import codecs
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from .beginning import GZIP, PARQUET

BLOCK_BYTES = 1 << 20
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def make_utf8(path: Path) -> None:
    """Write a file of text anew in UTF-8, unpacked, if it is in another encoding; what is Parquet is left.

    Bytes that no encoding of these three has become the sign for what cannot be read.
    """
    with path.open("rb") as file:
        begins = file.read(4)
    open_: Callable[[Path], BinaryIO] = _unpacked if begins.startswith(GZIP) else _plain
    if begins.startswith(PARQUET):
        return
    try:
        with open_(path) as file:
            encoding = _encoding(file)
        if encoding == "utf-8":
            return
        draft = path.with_suffix(".utf8")
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        with open_(path) as file, draft.open("wb") as out:
            while block := file.read(BLOCK_BYTES):
                out.write(decoder.decode(block).encode())
            out.write(decoder.decode(b"", final=True).encode())
        draft.replace(path)
    except (OSError, EOFError):  # a damaged archive; whoever reads it says so
        return


def _plain(path: Path) -> BinaryIO:
    return path.open("rb")


def _unpacked(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path))


def _encoding(file: BinaryIO) -> str:
    """What a file is written in, as far as its bytes tell."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    block = file.read(BLOCK_BYTES)
    if block.startswith(UTF_16):
        return "utf-16"
    try:
        while block:
            decoder.decode(block)
            block = file.read(BLOCK_BYTES)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
