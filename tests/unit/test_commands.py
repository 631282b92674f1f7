"""What docs/commands.md promises is what there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from sync_service.cli.app import app

TOLD = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
EVERYWHERE = {"--config", "--json", "--help"}


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Walk the tree of commands."""
    for word, command in group.commands.items():
        whole = f"{name} {word}".strip()
        if hasattr(command, "commands"):
            yield from commands(command, whole)
        else:
            yield whole, command


ALL = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", ALL)
def test_a_command_is_documented_with_its_options(name: str) -> None:
    """Whoever adds one finds out here."""
    assert f"`{name}" in TOLD or f"`{name.split(maxsplit=1)[0]} " in TOLD
    for parameter in ALL[name].params:
        for option in set(getattr(parameter, "opts", ())) - EVERYWHERE:
            if option.startswith("--"):
                assert option in TOLD, f"{name} {option}"


@pytest.mark.parametrize("name", sorted(set(ALL) - {"demo", "simulate"}))
def test_a_command_takes_a_configuration_and_speaks_json(name: str) -> None:
    """The same two options everywhere."""
    options = {option for parameter in ALL[name].params for option in parameter.opts}

    assert {"--config", "--json"} <= options
