"""What the guards of R26 stop, how they say so, and how they go on; the table is docs/guards.md."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sync_service.adapters.memory import Manners
from sync_service.core.guard import RUNAWAY
from sync_service.core.values import Side
from sync_service.engine.cycle import cycle
from sync_service.engine.level import until_level
from sync_service.engine.link import LinkAtWork
from sync_service.errors import ConfigError
from sync_service.scheduling.opening import Opened
from sync_service.scheduling.requests import carry_out
from sync_service.web.metrics import metrics
from sync_service.web.readiness import readiness
from tests.engine.office import ADA, FIELDS, Office, link
from tests.engine.world import World

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
    """Run until the guard stops the link; give what health says, and the numbers."""

    async def look(now: Opened) -> tuple[list[str], str]:
        work = now.links["desk"]
        assert not await until_level([work], timedelta(minutes=5), office.clock.sleep)
        told = await readiness(now)
        body = (await metrics(now, {})).decode()
        return list(told.reasons), body

    reasons, body = office.open(look)
    assert [f"desk: a guard stopped it ({guard})"] == [one.split(";")[0] for one in reasons]
    assert f'sync_guard_stopped{{guard="{guard}",link="desk"}} 1.0' in body
    assert "sync-service accept desk" in reasons[0]
    assert "sync-service accept desk" in office.problems()[guard].message
    return reasons, body


def test_a_mass_change_stops_its_link_until_it_is_accepted(office: Office) -> None:
    """R26: nothing of it is written, health and numbers say so, one command goes on."""
    made = opened(office, 6)
    guarded(office, flood="{floor: 3, share: 0.5}")
    for one in made:
        office.desks["here"].edit(one, {"title": "gone mad"}, ADA)
    wrote = office.writes()

    stops(office, "flood")

    assert wrote == office.writes()
    assert "6 of 6 pairs changed at once" in office.problems()["flood"].message
    office.ask("accept", link="desk")
    office.day()
    assert ["gone mad"] * 6 == office.shown("there", "short")
    assert {} == office.problems()


def test_a_mass_closing_stops_its_link(office: Office) -> None:
    """R26: fewer than would be a mass change, because it is worse."""
    for one in opened(office, 6)[:4]:
        office.desks["here"].edit(one, {"status": "Done"}, ADA)

    stops(office, "flood")

    assert "4 of 6 pairs were closed at once" in office.problems()["flood"].message
    assert ["New"] * 6 == office.shown("there", "state")


def test_closing_as_people_do_is_no_flood(office: Office) -> None:
    """R26: half of the pairs is what the settings allow."""
    for one in opened(office, 6)[:3]:
        office.desks["here"].edit(one, {"status": "Done"}, ADA)

    assert {} == office.day()

    assert 3 == office.shown("there", "state").count("Done")


def test_new_tickets_by_the_heap_stop_their_link(office: Office) -> None:
    """R26: a backfill is announced; what the feed brings at once is not."""
    opened(office, 3)
    for number in range(5):
        office.desks["here"].open({"title": f"flood {number}", "status": "New"}, ADA)

    stops(office, "flood")

    assert "5 new tickets came at once, beside 3 pairs" in office.problems()["flood"].message
    assert 3 == len(office.desks["there"].records)
    office.ask("accept", link="desk")
    office.day()
    assert 8 == len(office.desks["there"].records)


def test_a_filter_that_is_ignored_stops_its_link_before_anything_is_believed(
    office: Office,
) -> None:
    """R3, R26: each start asks for what cannot be there; it closes by itself once that is empty."""
    (near,) = opened(office, 1)
    office.desks["here"].edit(near, {"title": "new"}, ADA)
    office.desks["here"].deaf = "the filter on changed was ignored"

    stops(office, "filter")

    assert ["t0"] == office.shown("there", "short")
    office.desks["here"].deaf = ""
    office.day()
    assert ["new"] == office.shown("there", "short")
    assert {} == office.problems()


def test_the_filter_is_tried_again_while_it_runs(office: Office) -> None:
    """R3: once an hour, and no request more in between (promise 7)."""
    opened(office, 1)
    guarded(office, self_test="1h")

    async def hours(now: Opened) -> list[bool]:
        work, ends = now.links["desk"], []
        for minutes in (0, 1, 58, 2):
            office.clock.tick(60 * minutes)
            asked = office.adapters["here"].requests["changed"]
            ends.append(await cycle(work))
            polls = office.adapters["here"].requests["changed"] - asked
            assert (2 if minutes in (0, 2) else 1) == polls, minutes
        office.desks["here"].deaf = "the filter on changed was ignored"
        office.clock.tick(3600)
        return [*ends, await cycle(work)]

    assert [True, True, True, True, False] == office.open(hours)


def test_a_feed_whose_filter_is_ignored_from_the_start_begins_nothing(office: Office) -> None:
    """R3: not even where the feed stands is believed."""
    office.desks["there"].deaf = "the filter on changed was ignored"
    office.desks["here"].open({"title": "one", "status": "New"}, ADA)

    stops(office, "filter")

    assert office.look(lambda store: store.feed("desk", Side.RIGHT)) is None
    assert {} == office.desks["there"].records


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


def test_accept_asks_a_stopped_side_again_at_once(office: Office) -> None:
    """R26: and not only when its back-off is over."""
    made = opened(office, 6)
    guarded(office, flood="{floor: 3, share: 0.5}")
    for one in made:
        office.desks["here"].edit(one, {"title": "meant so"}, ADA)

    async def at_once(now: Opened) -> None:
        work = now.links["desk"]
        for _ in range(6):
            await cycle(work)
            office.clock.now = max(down.until for down in work.down.values())
        await cycle(work)
        assert max(down.until for down in work.down.values()) > office.clock.now
        await carry_out(now, "accept", {"link": "desk"})
        assert await until_level([work], timedelta(minutes=2), office.clock.sleep)

    office.open(at_once)

    assert ["meant so"] * 6 == office.shown("there", "short")


def table(office: Office, rows: str) -> None:
    """Write a table with these rows."""
    office.desk(TABLE.format(rows=rows))


def test_a_table_that_lost_most_of_its_rows_waits_for_a_person(office: Office) -> None:
    """R26, R27: a cut file would leave every value where it is, in silence but for its problems."""
    table(office, SIX)
    (near,) = opened(office, 1)
    table(office, "New: New")
    office.desks["here"].edit(near, {"status": "Open"}, ADA)

    waits = office.day()

    assert "the table of status = state (rows) has 1 of 6" in waits["desk"]
    assert waits["desk"] == office.problems()["emptied-table"].message
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


def test_a_mapping_that_lost_most_of_its_lines_waits(office: Office) -> None:
    """R26: the same for the whole file."""
    many_fields(office, 6)
    opened(office, 1)
    guarded(office)

    assert "the mapping (lines) has 2 of 8" in office.day()["desk"]


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


def test_one_stopped_link_leaves_the_others_alone(tmp_path: Path) -> None:
    """R26: each guard stops its own."""
    office = Office(tmp_path, ("here", "there", "else"))
    small = "{flood: {floor: 1, created: 0.1}}"
    office.write(
        link(FIELDS, "one", "here", "there", guards=small)
        + link(FIELDS, "two", "else", "there", guards=small)
    )
    office.day()
    office.clock.tick(60)
    for number in range(4):
        office.desks["here"].open({"title": f"h{number}", "status": "New"}, ADA)
    office.desks["else"].open({"title": "calm", "status": "New"}, ADA)

    async def both(now: Opened) -> list[bool]:
        for _ in range(4):
            ends = [await cycle(now.links[name]) for name in ("one", "two")]
            office.clock.tick(60)
        return ends

    assert [False, True] == office.open(both)
    assert ["calm"] == office.shown("there", "short")


def test_a_lagging_echo_of_our_own_writes_is_no_flood() -> None:
    """R26: what we wrote comes back in the feed; who moved it counts (ADR 0009)."""
    world = World(Manners(lag=timedelta(seconds=30)), Manners(lag=timedelta(seconds=30)))
    for number in range(6):
        world.desks.left.open({"title": f"t{number}", "status": "New"}, ADA)
    world.settle()
    at_work: LinkAtWork = world.start()
    at_work.flood = replace(at_work.flood, share=0.0, floor=1, closed=0.0, created=0.0)

    assert asyncio.run(until_level([at_work], timedelta(minutes=10), world.clock.sleep))
