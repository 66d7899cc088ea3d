"""What can be wrong with a file of arrays."""

from pathlib import Path


class Damaged(ValueError):
    """A file that cannot be trusted: it is cut off, altered, or lacks something."""

    def __init__(self, file: Path, what: str) -> None:
        super().__init__(f"{file} is damaged: {what}")
