"""`accept`, `pause` and `resume`: whether a link runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sync_service.cli import edge
from sync_service.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption

LinkArgument = Annotated[str, typer.Argument(metavar="LINK")]


def accept(
    link: LinkArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Let a link go on with its changed configuration, or with a flood that is true."""
    _act("accept", link, config, as_json=as_json)


def pause(
    link: LinkArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Stop a link; what is under way ends, and nothing is forgotten."""
    _act("pause", link, config, as_json=as_json)


def resume(
    link: LinkArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Let a paused link go on."""
    _act("resume", link, config, as_json=as_json)


def _act(command: str, link: str, config: Path, *, as_json: bool) -> None:
    with edge.edge(as_json=as_json):
        from sync_service.cli.asking import ask
        from sync_service.cli.service import configured, one_of_the_links

        read = configured(config, quiet=True)
        one_of_the_links(read, link)
        ask(read, command, {"link": link}, as_json=as_json)
