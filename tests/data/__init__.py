"""Data that earlier presages wrote, as they left it."""

import json
import tarfile
from pathlib import Path

HERE = Path(__file__).parent


def unpack_format_1(folder):
    """A data folder of format 1 in `folder`, whose server was killed; and what was known of it then."""
    with tarfile.open(HERE / "format-1.tar.gz") as tar:
        tar.extractall(folder, filter="data")
    data = folder / "data"
    return data, json.loads((data / "known.json").read_text())
