"""Models of format 1: a folder with a `.npy` file per array and `model.json`. They are read, not written."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import Damaged

INDEX = "model.json"


def load_format_1(folder: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The arrays, in memory and read-only, and the meta.

    Raises FileNotFoundError if there is no such model, `Damaged` or ValueError if it cannot be read.
    """
    text = (folder / INDEX).read_text()
    try:
        index = json.loads(text)
        found, keys, meta = index["format"], index["arrays"], index["meta"]
    except (ValueError, KeyError, TypeError):
        raise Damaged(folder / INDEX, "it is not the index of a model") from None
    if found != 1:
        raise ValueError(f"{folder} has format {found!r}; this presage reads formats 1 and 2")
    return {key: _array(folder / f"{key}.npy") for key in keys}, meta


def _array(file: Path) -> NDArray[Any]:
    try:
        array = np.load(file, allow_pickle=False)
    except (ValueError, EOFError, FileNotFoundError) as cause:
        raise Damaged(file, str(cause)) from None
    array.flags.writeable = False
    return array
