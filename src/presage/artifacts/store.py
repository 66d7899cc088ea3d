"""A model's folder: one file of arrays; nothing in it can run code."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from presage.files import sync

from .format_1 import INDEX, load_format_1
from .safetensors import read_file, write_file

FILE = "model.safetensors"


def save(folder: Path, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
    """Write a model so that `folder` holds all of it or does not exist; an older one there is replaced.

    Parameters
    ----------
    arrays : by name; they hold numbers
    meta : whatever JSON can hold

    Raises ValueError for an array that does not hold numbers, or meta that JSON cannot hold.
    """
    if (folder / FILE).exists():
        write_file(folder / FILE, arrays, meta)
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch:
        fresh = Path(scratch, "fresh")
        fresh.mkdir()
        write_file(fresh / FILE, arrays, meta)
        if folder.exists():
            folder.rename(Path(scratch, "old"))
        fresh.rename(folder)
        sync(folder.parent)


def load(folder: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The arrays, read-only, and the meta that `save` was given.

    Raises FileNotFoundError if there is no model, `Damaged` naming file and array if it cannot be trusted,
    ValueError if it is of a newer format.
    """
    if (folder / INDEX).exists():
        return load_format_1(folder)
    return read_file(folder / FILE)
