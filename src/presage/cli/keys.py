"""`presage keys`: access keys and what each may do."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from presage.config import load_config
from presage.terminal import err, out, plain_errors

from .flags import Data, Database

if TYPE_CHECKING:
    from presage.resources.keys import Keys

keys_command = typer.Typer(no_args_is_help=True, help="Access keys and what each may do.")


@keys_command.command(
    "create", epilog="Example: presage keys create --allow 'personalize:Get*' --allow 's3:*'"
)
def keys_create(
    allow: Annotated[
        list[str] | None, typer.Option(help="A glob of what it may do; repeat it for more.")
    ] = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Make a key; its secret is shown this once."""
    with plain_errors():
        key = _keys(data, database).create(allow or ["*"])
        typer.echo(f"export AWS_ACCESS_KEY_ID={key.access_key_id}")
        typer.echo(f"export AWS_SECRET_ACCESS_KEY={key.secret}")
        err.print("A server that started without keys asks for signatures after it is started again.")


@keys_command.command("list", epilog="Example: presage keys list --data ./shop")
def keys_list(data: Data = None, database: Database = None) -> None:
    """Show the keys, without their secrets."""
    with plain_errors():
        table = Table("access key", "may")
        for key in _keys(data, database).list():
            table.add_row(key.access_key_id, " ".join(key.allow))
        out.print(table)


@keys_command.command("revoke", epilog="Example: presage keys revoke AKIA...")
def keys_revoke(access_key_id: str, data: Data = None, database: Database = None) -> None:
    """Forget a key; requests that it signs are refused within seconds."""
    with plain_errors():
        if not _keys(data, database).revoke(access_key_id):
            raise ValueError(f"no access key is called {access_key_id!r}; `presage keys list` shows them")
        out.print(f"revoked {access_key_id}")


def _keys(data: Path | None, database: str | None) -> "Keys":
    from presage.resources.keys import Keys  # noqa: PLC0415
    from presage.resources.migrations import open_database  # noqa: PLC0415

    config = load_config({"data": data, "database": database})
    config.data.mkdir(parents=True, exist_ok=True)
    return Keys(open_database(config.database, config.data))
