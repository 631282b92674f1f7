"""`rename`: keep what is known of a link or a system under its new name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sync_service.cli import edge
from sync_service.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption

app = typer.Typer(
    help="Keep what is known of a link or system under its new name.", no_args_is_help=True
)
OldArgument = Annotated[str, typer.Argument(metavar="OLD", help="Its name before.")]
NewArgument = Annotated[str, typer.Argument(metavar="NEW", help="Its name in the configuration.")]


@app.command()
def link(
    old: OldArgument,
    new: NewArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Keep a link's pairs, watermarks, problems and history; it needs `formerly` in its block."""
    _act("rename-link", old, new, config, as_json=as_json)


@app.command()
def system(
    old: OldArgument,
    new: NewArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Keep a system's tickets on all its links; it needs `formerly` in its block."""
    _act("rename-system", old, new, config, as_json=as_json)


def _act(command: str, old: str, new: str, config: Path, *, as_json: bool) -> None:
    with edge.edge(as_json=as_json):
        from sync_service.cli.asking import ask
        from sync_service.cli.service import configured

        read = configured(config, quiet=True)
        ask(read, command, {"old": old, "new": new}, as_json=as_json)
