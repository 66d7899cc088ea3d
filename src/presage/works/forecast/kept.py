"""What a training has finished lies in its draft, so that a try after a kill goes on from there."""

import shutil
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from presage import __version__
from presage.artifacts import load, save
from presage.recipes.data import State


class Kept:
    """A `Keep` on disk: each result is a checked file, whole or absent, and comes back memory-mapped.

    Parameters
    ----------
    folder : the draft of the job
    about : what all results depend on, data and settings; what depends on anything else is deleted
    """

    def __init__(self, folder: Path, about: str) -> None:
        self._folder = folder / _digest(f"{__version__} {about}")
        for other in folder.iterdir() if folder.is_dir() else ():
            if other != self._folder:
                shutil.rmtree(other)

    def __call__(self, name: str, make: Callable[[], State]) -> State:
        """What was made under a name; made now if it is not there, or damaged."""
        file = self._folder / _digest(name)
        try:
            return load(file)
        except (OSError, ValueError):
            shutil.rmtree(file, ignore_errors=True)
        save(file, *make())
        return load(file)


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
