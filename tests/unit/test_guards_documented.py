"""docs/guards.md says of every guard what it sees, stops, shows and asks, and of no other (R26)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sync_service.cli.app import app
from sync_service.config.models import BreakerGuard, Guards
from sync_service.core.guard import CODES
from sync_service.core.ways import WAYS
from tests.unit.test_commands import commands

ROOT = Path(__file__).parents[2]
TOLD = (ROOT / "docs" / "guards.md").read_text(encoding="utf-8")
ROWS = {
    cells[0].strip("` "): cells
    for line in TOLD.splitlines()
    if line.startswith("| `")
    and len(cells := [one.strip() for one in line.strip("|").split("|")]) == 5
}
#: No problem of its own, since nobody has to do anything.
BY_ITSELF = {"host"}


def test_the_table_has_a_row_for_each_guard_and_no_other() -> None:
    """Whoever adds one finds out here."""
    assert set(CODES) | BY_ITSELF == set(ROWS)


@pytest.mark.parametrize("guard", sorted(ROWS))
def test_a_guard_says_what_it_sees_stops_and_asks(guard: str) -> None:
    """No cell is empty, and a command that it names is there."""
    import typer

    there = dict(commands(typer.main.get_command(app)))

    assert all(ROWS[guard])
    for words in re.findall(r"`([a-z ]+)(?: [A-Z]+)?`", ROWS[guard][4]):
        assert words.strip() in {*there, "rename"}, words


@pytest.mark.parametrize("guard", sorted(set(CODES)))
def test_a_guards_problem_has_a_way_on(guard: str) -> None:
    """R25: the same that the table tells."""
    assert "sync-service" in WAYS[guard]


def test_the_defaults_are_those_of_the_program() -> None:
    """Each setting as it is written, and none left out."""
    written = [match for row in ROWS.values() if (match := re.match(r"`guards\.(.+)`$", row[3]))]
    given: dict[str, Any] = {}
    for match in written:
        for name, value in yaml.safe_load(match[1]).items():
            given[name] = given.get(name, {}) | value if isinstance(value, dict) else value
    settings = Guards.model_validate(given)

    assert Guards().model_dump() == settings.model_dump()
    assert Guards().model_dump().keys() == given.keys()
    assert all(
        getattr(settings, name).model_fields_set == set(type(getattr(settings, name)).model_fields)
        for name, value in given.items()
        if isinstance(value, dict)
    )


def test_each_setting_is_explained_where_it_acts() -> None:
    """A setting that no guard names is one that does nothing."""
    for name in {*Guards.model_fields, *BreakerGuard.model_fields}:
        assert f"guards.{name}" in TOLD or f"`{name}`" in TOLD or f".{name}`" in TOLD, name


def test_what_is_shown_is_what_there_is() -> None:
    """Names of log lines and numbers are those of the program."""
    source = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "sync_service").rglob("*.py")
    )
    told = re.findall(
        r"`([a-z_]+(?:\.[a-z]+)?)(?:\{[a-z,]+\})?`", TOLD.split("## Where it shows")[1]
    )

    for name in told:
        family = name.removeprefix("sync_")
        assert f'"{name}"' in source or f'"sync_{family}"' in source or name in CODES, name
