"""A model's folder: one `.npy` file per array and `model.json`; nothing in it can run code."""

import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT = 1
INDEX = "model.json"
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")


def save(folder: Path, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
    """Write a model so that `folder` holds all of it or does not exist; an older one there is replaced.

    Parameters
    ----------
    arrays : by name; a name must be safe as a file name, an array must not hold Python objects
    meta : whatever JSON can hold

    Raises ValueError for an unsafe name, an array of objects, or meta that JSON cannot hold.
    """
    _check(arrays)
    index = json.dumps({"format": FORMAT, "arrays": sorted(arrays), "meta": dict(meta)}, allow_nan=False)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch:
        fresh = Path(scratch, "fresh")
        fresh.mkdir()
        for key, array in arrays.items():
            with (fresh / f"{key}.npy").open("xb") as file:
                np.save(file, array, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        with (fresh / INDEX).open("x") as file:
            file.write(index)
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(fresh)
        if folder.exists():
            folder.rename(Path(scratch, "old"))
        fresh.rename(folder)
        _sync_folder(folder.parent)


def load(folder: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The arrays, memory-mapped and read-only, and the meta that `save` was given.

    Raises FileNotFoundError if there is no model, ValueError if it is damaged or of a newer format.
    """
    text = (folder / INDEX).read_text()
    try:
        index = json.loads(text)
        found, keys, meta = index["format"], index["arrays"], index["meta"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{folder / INDEX} is damaged: it is not the index of a model") from None
    if found != FORMAT:
        raise ValueError(f"{folder} has format {found!r}; this presage reads format {FORMAT}")
    return {key: _map(folder / f"{key}.npy") for key in keys}, meta


def _check(arrays: Mapping[str, NDArray[Any]]) -> None:
    for key, array in arrays.items():
        if not _KEY.fullmatch(key):
            raise ValueError(
                f"{key!r} cannot name an array; it must be 1 to 200 letters, digits, '_', '.' or '-',"
                " and begin with a letter, digit or '_'"
            )
        if array.dtype.hasobject:
            raise ValueError(f"array {key!r} holds Python objects; it must hold numbers or fixed-size text")
    folded = [key.casefold() for key in arrays]
    if len(set(folded)) < len(folded):
        raise ValueError("two arrays have names that differ in case alone; some file systems merge them")


def _map(file: Path) -> NDArray[Any]:
    try:
        mapped = np.load(file, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, FileNotFoundError) as cause:
        raise ValueError(f"{file} is damaged: {cause}") from None
    return mapped.view(np.ndarray)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
