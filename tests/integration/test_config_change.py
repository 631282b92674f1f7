"""A changed configuration goes on at once, or waits until a person accepts it (R27)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sync_service.bootstrap import open_service, read_config
from sync_service.core.config_change import risky
from sync_service.engine.cycle import cycle
from sync_service.scheduling.opening import InUse, open_links
from sync_service.store import LinkState

CONFIG = """
store: {{url: "sqlite:///{folder}/store.db"}}
systems:
  here: {{adapter: memory}}
  there: {{adapter: memory}}
links:
  desk:
    between: [here, there]
    since: all
    mapping:
      fields:
        - {{here: title, there: short}}
        - here: status
          there: state
          values: {{Open: New, Closed: {closed}}}
{more}
"""


def _write(folder: Path, closed: str = "Done", more: str = "") -> Path:
    file = folder / "sync.yaml"
    file.write_text(CONFIG.format(folder=folder, closed=closed, more=more))
    return file


def _start(file: Path) -> tuple[LinkState, bool]:
    """Start as the daemon does; give the link's state, and whether it waits."""

    async def start() -> tuple[LinkState, bool]:
        opened = await open_links(open_service(read_config(file)))
        try:
            return opened.service.store.link_state("desk"), "desk" in opened.waiting
        finally:
            await opened.close()

    return asyncio.run(start())


def test_a_changed_value_table_is_taken_at_once(tmp_path: Path) -> None:
    """R6, R27: `seen` holds the vendors' own values, so a table changes nothing by itself."""
    _start(_write(tmp_path))

    state, waits = _start(_write(tmp_path, closed="Finished"))

    assert not waits
    assert state.pending is None


def test_a_new_line_waits_until_its_plan_is_made(tmp_path: Path) -> None:
    """R7, R27: a new line has no past, so it could write to every pair."""
    _start(_write(tmp_path))
    changed = _write(tmp_path, more="        - {here: room, there: place}")

    state, waits = _start(changed)

    assert waits
    assert state.pending is not None
    assert "room" in state.reason
    assert "being found out" in state.reason


def test_the_configuration_that_was_accepted_needs_no_second_word(tmp_path: Path) -> None:
    """R27: going back to what the link works by is no change."""
    first = _write(tmp_path)
    _start(first)
    _start(_write(tmp_path, more="        - {here: room, there: place}"))

    state, waits = _start(_write(tmp_path))

    assert not waits
    assert state.pending is None


def test_since_now_means_the_first_start_for_good(tmp_path: Path) -> None:
    """R14: a ticket made while the daemon was down is younger than `since`."""
    first, _ = _start(_write(tmp_path))
    second, _ = _start(_write(tmp_path))

    assert first.began_at is not None
    assert first.began_at == second.began_at


async def test_a_second_daemon_is_refused_and_told_who_has_the_store(tmp_path: Path) -> None:
    """R29: one store, one daemon."""
    file = _write(tmp_path)
    opened = await open_links(open_service(read_config(file)))
    try:
        with pytest.raises(InUse, match="Stop that daemon first"):
            await open_links(open_service(read_config(file)))
        assert await cycle(opened.links["desk"])
    finally:
        await opened.close()


@pytest.mark.parametrize(
    ("part", "waits"),
    [
        ("line: a = b", True),
        ("select", True),
        ("create", True),
        ("match", True),
        ("values: a = b", False),
        ("when_deselected", True),
        ("comments", True),
        ("on_conflict", False),
        ("signature", False),
        ("on_create", False),
    ],
)
def test_only_parts_that_can_write_by_themselves_wait(part: str, waits: bool) -> None:
    """R27."""
    before = {part: "1", "other": "x"}

    assert waits is bool(risky(before, {**before, part: "2"}))
    assert () == risky(before, {"other": "x"}), "a removed part writes nothing"
