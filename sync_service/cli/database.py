"""`db`: the store's schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sync_service.cli import edge
from sync_service.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption

app = typer.Typer(help="The store.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The store."""


@app.command()
def upgrade(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Bring the store's tables to this program's schema; make them if there are none."""
    with edge.edge(as_json=as_json):
        from sync_service.cli.service import configured
        from sync_service.store import Store

        read = configured(config, quiet=True)
        store = Store.open(read.store_url.get_secret_value())
        try:
            before = store.at_head()
            store.migrate()
        finally:
            store.close()
        if as_json:
            edge.show({"upgraded": not before, "at_head": True})
        else:
            edge.say("The store is up to date." if before else "The store was upgraded.")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file; only we may read it.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Copy a SQLite store into a new file, beside a running daemon. It holds what tickets say."""
    with edge.edge(as_json=as_json):
        from sync_service.cli.service import configured, stored

        read = configured(config, quiet=True)
        with stored(read) as store:
            store.backup(file)
        if as_json:
            edge.show({"file": str(file)})
        else:
            edge.say(f"{file} holds the store as it is now. Keep it as private as the store.")
