"""The options that commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_CONFIG = Path("config/sync.yaml")

ConfigOption = Annotated[
    Path,
    typer.Option("--config", envvar="SYNC_CONFIG", metavar="FILE", help="The configuration."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
LinkOption = Annotated[str, typer.Option("--link", metavar="LINK", help="This link only.")]


def hand_down(context: typer.Context, config: Path, *, as_json: bool) -> None:
    """Let the options of a group hold for its command too, as in `problems --json list`."""
    os.environ["SYNC_CONFIG"] = str(config)
    if as_json:
        command = str(context.invoked_subcommand)
        context.default_map = {command: {"as_json": True}}
