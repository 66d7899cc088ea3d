"""What the commands share: the two consoles, and errors without a trace."""

import contextlib
from collections.abc import Generator

import typer
from rich.console import Console

out = Console()
err = Console(stderr=True)


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
    except (ValueError, RuntimeError, OSError) as error:
        for line in str(error).splitlines():
            err.print(f"presage: {line}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(code) from None
