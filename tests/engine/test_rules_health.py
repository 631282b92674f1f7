"""What must not look well: a link that is late without anybody knowing (promise 6)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sync_service.core.sweep_report import DEAF, deaf
from sync_service.core.sweeping import Kind, Round
from sync_service.core.values import Side
from sync_service.engine.cycle import cycle
from sync_service.scheduling.opening import Opened
from sync_service.web.readiness import readiness
from tests.engine.office import Office
from tests.engine.trips import opened


def test_a_search_that_does_not_show_what_changes_is_no_good_health(tmp_path: Path) -> None:
    """R2, promise 6: the link pulls, writes and is late with all that its search keeps quiet about."""
    office = Office(tmp_path)
    office.desk()
    opened(office, 1)
    whole = Round(office.clock())
    missed = replace(whole, found={(Kind.MISSED, Side.LEFT): DEAF})

    async def look(now: Opened) -> list[str]:
        work = now.links["desk"]
        await cycle(work)
        now.service.store.note_problems(work.run, deaf(missed, work.rules))
        told = await readiness(now)
        now.service.store.note_problems(work.run, deaf(whole, work.rules))
        assert (await readiness(now)).ready
        return list(told.reasons)

    (reason,) = office.open(look)

    assert reason.startswith("desk: the sweep found changes that a search did not show (deaf-feed)")
