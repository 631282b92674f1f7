"""An office whose guards trip early, and what each of them must show when it does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from sync_service.core.guard import SAW
from sync_service.engine.cycle import cycle
from sync_service.engine.level import until_level
from sync_service.scheduling.opening import Opened
from sync_service.web.metrics import metrics
from sync_service.web.readiness import readiness
from tests.engine.office import ADA, FIELDS, Office, judged
from tests.engine.world import Crash
from tests.integration.inside import inside


def guarded(office: Office, **changes: str) -> None:
    """Write the link with guards that a test can reach."""
    guards = {
        "flood": "{floor: 3, share: 1.0, closed: 0.5, created: 1.0}",
        "breaker": "{writes: 6, pair: 8, side: 12}",
        **changes,
    }
    said = ", ".join(f"{name}: {value}" for name, value in guards.items())
    office.desk(guards=f"{{{said}}}")


def opened(office: Office, count: int) -> list[str]:
    """Open tickets here, a backfill's worth at a time, and let them meet their copies."""
    made = []
    for number in range(count):
        ticket = office.desks["here"].open({"title": f"t{number}", "status": "New"}, ADA)
        made.append(ticket.id)
        if number % 3 == 2:
            office.day()
            office.clock.tick(120)
    office.day()
    office.clock.tick(120)
    return made


def stops(office: Office, guard: str) -> tuple[list[str], str]:
    """Run until the guard stops the link, and see that everything that a person looks at says so.

    Gives what health says, and the numbers.
    """

    async def look(now: Opened) -> tuple[list[str], str]:
        work = now.links["desk"]
        assert not await until_level([work], timedelta(minutes=5), office.clock.sleep)
        told = await readiness(now)
        body = (await metrics(now, {})).decode()
        return list(told.reasons), body

    with capture_logs() as log:
        reasons, body = office.open(look)
    why = office.problems()[guard].message
    shown = inside("status", config=office.file).out
    assert {guard} == {one["guard"] for one in log if one["event"] == "guard.stopped"}
    assert f"desk: stopped by a guard ({guard});" in shown
    assert f"  {why}\n" in shown
    (reason,) = reasons
    assert reason.startswith(f"desk: a guard stopped it ({guard}): {SAW[guard]}. Look at")
    assert f'sync_guard_stopped{{guard="{guard}",link="desk"}} 1.0' in body
    assert "`sync-service accept desk`" in reason
    assert "`sync-service accept desk`" in why
    return reasons, body


def waits(office: Office, guard: str, name: str = "desk") -> str:
    """See that the link waits for a person wherever one looks; give what the problem says."""

    async def look(now: Opened) -> tuple[list[str], str]:
        await judged(now)
        assert name in now.waiting
        told, body = await readiness(now), (await metrics(now, {})).decode()
        return list(told.reasons), body

    with capture_logs() as log:
        (reason,), body = office.open(look)
    why = office.problems()[guard].message
    assert {name} == {one["link"] for one in log if one["event"] == "link.waits"}
    assert f"{name}: waits for accept;" in inside("status", config=office.file).out
    assert reason.startswith(f"{name}: waits")
    assert "`sync-service " in reason
    assert f'sync_guard_stopped{{guard="{guard}",link="{name}"}} 1.0' in body
    assert "`sync-service " in why
    return why


def killed(office: Office, cycles: int = 1) -> None:
    """Run, and die at the moment at which a guard would tell the store that it tripped."""

    def die(*_given: object) -> None:
        raise Crash

    async def dying(now: Opened) -> None:
        work = now.links["desk"]
        work.store.store.note_problems = die  # type: ignore[assignment,method-assign]
        for _ in range(cycles):
            await cycle(work)
            office.clock.tick(60)

    with pytest.raises(Crash):
        office.open(dying)


def ping_pong(office: Office, tickets: list[str], fields: int = 1) -> None:
    """Let something answer each of our updates there by another edit here."""
    there = office.adapters["there"]
    names = ["title", "status", *(f"f{n}" for n in range(fields))]

    async def answer(when: str, what: str) -> None:
        if (when, what) != ("after", "update"):
            return
        for one in tickets:
            turn = there.requests["update"]
            office.desks["here"].edit(one, {names[turn % fields]: f"robot {turn}"}, ADA)

    there.wire = answer


def many_fields(office: Office, count: int, **changes: str) -> None:
    """Write a link with many lines."""
    lines = "".join(f"        - {{here: f{n}, there: g{n}}}\n" for n in range(count))
    guards = {"breaker": "{writes: 6, pair: 8, side: 1000}", **changes}
    said = ", ".join(f"{name}: {value}" for name, value in guards.items())
    office.desk(FIELDS + lines, guards=f"{{{said}}}")
