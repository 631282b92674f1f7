"""What is rewritten again and again stops, and a mapping that was cut waits (R26); the table is docs/guards.md."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from sync_service.adapters.memory import Manners
from sync_service.core.guard import RUNAWAY
from sync_service.core.pair import Problem
from sync_service.engine.level import until_level
from sync_service.errors import ConfigError
from sync_service.scheduling.opening import Opened
from sync_service.store.notes import Run, Save
from sync_service.web.metrics import metrics
from sync_service.web.readiness import readiness
from tests.engine.office import ADA, FIELDS, Office
from tests.engine.trips import guarded, many_fields, opened, ping_pong, stops, waits
from tests.engine.world import Crash
from tests.integration.inside import inside

SIX = "New: New, Open: Open, Wait: Wait, Done: Done, Gone: Gone, Odd: Odd"
TABLE = """
      fields:
        - {{here: title, there: short}}
        - {{here: status, there: state, values: {{{rows}}}}}
"""


@pytest.fixture(name="office")
def an_office(tmp_path: Path) -> Office:
    """Two desks on which "Done" means closed, and a link with small guards."""
    office = Office(tmp_path, manners={"here": Manners(closed=("Done",))})
    guarded(office)
    return office


def test_a_kill_after_a_breaker_tripped_finds_it_tripped(office: Office) -> None:
    """R26: what it stopped is in the pair, in one transaction with how its last write ended."""
    many_fields(office, 10)
    (mad,) = opened(office, 1)
    ping_pong(office, [mad], 10)
    office.desks["here"].edit(mad, {"title": "begin"}, ADA)
    there = office.adapters["there"]

    async def until_it_trips(now: Opened) -> None:
        save, work = now.service.store.save, now.links["desk"]

        def saved(run: Run, saves: Sequence[Save]) -> object:
            done = save(run, saves)
            if any(isinstance(told, Problem) for one in saves for told in one.problems):
                raise Crash
            return done

        work.store.store.save = saved  # type: ignore[assignment,method-assign]
        await until_level([work], timedelta(minutes=60), office.clock.sleep)

    with pytest.raises(Crash):
        office.open(until_it_trips)
    wrote = there.requests["update"]
    office.desks["here"].edit(mad, {"title": "still mad"}, ADA)
    office.day(minutes=60)

    assert (8, 8) == (wrote, there.requests["update"])
    assert ["breaker"] == list(office.problems())


def test_what_one_run_wrote_is_counted_by_the_next(office: Office) -> None:
    """R26: a robot that answers a timer's short runs, or a daemon that dies and dies, trips too."""
    (mad,) = opened(office, 1)
    there = office.adapters["there"]
    for number in range(30):
        office.desks["here"].edit(mad, {"title": f"robot {number}"}, ADA)
        office.day()
        office.clock.tick(5)

    assert 6 == there.requests["update"]
    assert ["breaker"] == list(office.problems())
    office.ask("retry", ids=[row.id for row in office.look(lambda store: store.problems())])
    office.day()
    assert "robot 29" in office.shown("there", "short")
    assert {} == office.problems()


def test_what_landed_before_a_kill_is_counted_too(office: Office) -> None:
    """R17, R26: the run that settles a write is not the one that made it."""
    guarded(office, breaker="{writes: 6, pair: 30, side: 1000, within: 1h}")  # each start rests
    (mad,) = opened(office, 1)
    there = office.adapters["there"]

    async def die(when: str, what: str) -> None:
        if (when, what) == ("after", "update"):
            raise Crash

    there.wire = die
    for number in range(12):
        office.desks["here"].edit(mad, {"title": f"robot {number}"}, ADA)
        with suppress(Crash):
            office.day()
        office.clock.tick(5)

    assert 6 == there.requests["update"]
    assert ["breaker"] == list(office.problems())


async def seen_and_ready(now: Opened) -> list[bool]:
    """Tell whether the number shows the breaker, and whether health leaves the daemon at work."""
    body = (await metrics(now, {})).decode()
    told = await readiness(now)
    return ['sync_guard_stopped{guard="breaker",link="desk"} 1.0' in body, told.ready]


def test_a_pair_that_is_written_again_and_again_is_stopped_whatever_its_fields(
    office: Office,
) -> None:
    """R26: each field alone stays under its limit; only this pair stops, and a retry goes on."""
    many_fields(office, 10)
    mad, calm = opened(office, 2)
    ping_pong(office, [mad], 10)
    office.desks["here"].edit(mad, {"title": "begin"}, ADA)

    office.day(minutes=60)

    there = office.adapters["there"]
    problem = office.problems()["breaker"]
    assert ("pair", 8) == (problem.scope.value, there.requests["update"])
    assert "was written on there 8 times within 10 minutes" in problem.message
    assert "  problems: 1 breaker\n" in inside("status", config=office.file).out
    assert [True, True] == office.open(seen_and_ready)
    there.wire = office.adapters["here"].wire
    office.desks["here"].edit(mad, {"title": "still mad"}, ADA)
    office.desks["here"].edit(calm, {"title": "calm"}, ADA)
    office.day()
    assert "still mad" not in office.shown("there", "short")
    assert "calm" in office.shown("there", "short")

    office.ask("retry", ids=[row.id for row in office.look(lambda store: store.problems())])
    office.day()
    assert "still mad" in office.shown("there", "short")
    assert {} == office.problems()


def test_a_stopped_pair_still_hides_what_turned_internal(office: Office) -> None:
    """R13, R26: privacy does not wait for a person."""
    many_fields(office, 10)
    (mad,) = opened(office, 1)
    said = office.desks["here"].say(mad, "Zeke wept", ADA)
    office.day()
    ping_pong(office, [mad], 10)
    office.desks["here"].edit(mad, {"title": "begin"}, ADA)
    office.day(minutes=60)
    assert "breaker" in office.problems()

    office.desks["here"].turn_internal(mad, said.id)
    office.day()

    (copy,) = office.desks["there"].records.values()
    assert ["InternalNote"] == [type(one).__name__ for one in copy.comments]


def test_a_side_that_is_rewritten_by_the_heap_stops_the_whole_link(office: Office) -> None:
    """R26: many pairs, each under its own limit; it stays stopped over a restart."""
    many_fields(office, 10, breaker="{writes: 6, pair: 100, side: 12}")
    made = opened(office, 2)
    ping_pong(office, made, 10)
    for one in made:
        office.desks["here"].edit(one, {"title": "begin"}, ADA)

    stops(office, RUNAWAY)

    there = office.adapters["there"]
    wrote = there.requests["update"]
    assert 12 <= wrote <= 14
    stops(office, RUNAWAY)
    assert wrote == there.requests["update"]

    there.wire = office.adapters["here"].wire
    office.ask("accept", link="desk")
    assert {} == office.day()
    assert {} == office.problems()
    assert there.requests["update"] > wrote


def test_first_copies_are_never_counted(office: Office) -> None:
    """R26: a backfill of more than the breaker allows."""
    guarded(office, breaker="{writes: 2, pair: 2, side: 4}", flood="{floor: 100}")
    for number in range(20):
        made = office.desks["here"].open({"title": f"t{number}", "status": "New"}, ADA)
        for word in range(4):
            office.desks["here"].say(made.id, f"word {word}", ADA)

    assert {} == office.day()

    assert {} == office.problems()
    assert 20 == len(office.desks["there"].records)


def table(office: Office, rows: str) -> None:
    """Write a table with these rows."""
    office.desk(TABLE.format(rows=rows))


def test_a_table_that_lost_most_of_its_rows_waits_for_a_person(office: Office) -> None:
    """R26, R27: a cut file would leave every value where it is, in silence but for its problems."""
    table(office, SIX)
    (near,) = opened(office, 1)
    table(office, "New: New")
    office.desks["here"].edit(near, {"status": "Open"}, ADA)

    assert "the table of `status = state` has 1 of its 6 rows" in waits(office, "emptied-table")
    assert list(office.day()) == ["desk"]
    assert "unmapped" not in office.problems()
    table(office, SIX)
    assert {} == office.day()
    assert (["Open"], {}) == (office.shown("there", "state"), office.problems())


def test_a_smaller_table_that_is_meant_is_accepted(office: Office) -> None:
    """R26: one command goes on."""
    table(office, SIX)
    opened(office, 1)
    table(office, "New: New")
    assert ["desk"] == list(office.day())

    office.ask("accept", link="desk")

    assert {} == office.day()
    assert {} == office.problems()


def test_a_line_that_would_write_waits_and_so_does_a_name_that_does_not_fit(office: Office) -> None:
    """R27: both say so everywhere, write nothing meanwhile, and go on by one command each."""
    (near,) = opened(office, 1)
    office.desks["here"].edit(near, {"where": "Annex"}, ADA)
    wrote = office.writes()
    office.desk(FIELDS + "        - {here: where, there: place}\n")

    assert "the configuration changed in line: where = place" in waits(office, "changed")

    assert wrote == office.writes()
    office.ask("accept", link="desk")
    assert {} == office.day()
    assert ["Annex"] == office.shown("there", "place")

    office.desk(FIELDS + "        - {here: where, there: place}\n", name="help", formerly="[desk]")
    assert "help" in waits(office, "renamed", "help")
    office.ask("rename-link", old="desk", new="help")
    assert ({}, {}) == (office.day(), office.problems())


def test_a_mapping_that_lost_most_of_its_lines_waits(office: Office) -> None:
    """R26: the same for the whole file."""
    many_fields(office, 6)
    opened(office, 1)
    guarded(office)

    assert "the mapping has 2 of its 8 lines" in office.day()["desk"]


@pytest.mark.parametrize(
    "rows",
    [
        "New: New, Open: Open, Wait: Wait",
        "New: New, Open: Open, Wait: Wait, Done: Done, More: More",
    ],
)
def test_a_table_that_changes_as_tables_do_is_taken(office: Office, rows: str) -> None:
    """R6, R26: half of it may go."""
    table(office, SIX)
    opened(office, 1)
    table(office, rows)

    assert {} == office.day()


@pytest.mark.parametrize("mapping", ["{fields: []}", "{fields: [{here: a, there: b, values: {}}]}"])
def test_an_empty_table_or_mapping_is_no_configuration(tmp_path: Path, mapping: str) -> None:
    """R26: it is refused with its place before anything starts."""
    office = Office(tmp_path)
    office.desk(f" {mapping}\n")

    with pytest.raises(ConfigError, match=r"sync\.yaml:"):
        office.day()
