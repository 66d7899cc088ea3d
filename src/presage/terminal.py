"""What the commands share: the two consoles, and errors without a trace."""

import contextlib
from collections.abc import Generator

import typer
from rich.console import Console

out = Console()
err = Console(stderr=True)


@contextlib.contextmanager
def plain_errors() -> Generator[None]:
    """Say what is wrong in one line, without a trace."""
    try:
        yield
    except (ValueError, RuntimeError, OSError) as error:
        err.print(f"presage: {error}", style="red", markup=False, highlight=False)
        raise typer.Exit(2) from None
