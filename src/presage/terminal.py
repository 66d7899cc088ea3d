"""What the commands share: the two consoles, and errors without a trace."""

import contextlib
from collections.abc import Generator

import typer
from rich.console import Console

from presage.files import is_full

out = Console(emoji=False)
err = Console(stderr=True, emoji=False)


def names_in(text: str) -> list[str]:
    """The names of an option that takes several, with commas between."""
    return [name.strip() for name in text.split(",") if name.strip()]


@contextlib.contextmanager
def plain_errors(code: int = 2) -> Generator[None]:
    """Say what is wrong, a line each, without a trace, and end with a code."""
    try:
        yield
    except typer.Exit:
        raise  # it is a RuntimeError too
    except Exception as error:
        text = _plainly(error)
        if text is None:
            raise
        for line in text.splitlines():
            err.print(f"presage: {line}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(code) from None


def _plainly(error: Exception) -> str | None:
    """What is wrong, as people are told it; None if only its trace tells."""
    if is_full(error):
        return f"the disk is full; free some of it ({_first(error)})"
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, ValueError | RuntimeError | OSError):
        return str(error)
    if type(error).__module__ == "sqlalchemy.exc":
        return f"the database: {_first(error)}"
    return None


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
