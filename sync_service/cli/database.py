"""`db`: the store's schema."""

from __future__ import annotations

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
