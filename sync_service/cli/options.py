"""The options that commands share."""

from __future__ import annotations

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
