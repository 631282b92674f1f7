"""What the guards of a page stop, how they say so, and how they go on (R3, R26); the table is docs/guards.md."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sync_service.adapters.base import Page
from sync_service.adapters.memory import Manners
from sync_service.core.values import Side
from sync_service.engine.cycle import cycle
from sync_service.engine.level import until_level
from sync_service.engine.link import LinkAtWork
from sync_service.scheduling.opening import Opened
from sync_service.scheduling.requests import carry_out
from tests.engine.office import ADA, FIELDS, Office, link
from tests.engine.trips import guarded, killed, opened, stops
from tests.engine.world import World


@pytest.fixture(name="office")
def an_office(tmp_path: Path) -> Office:
    """Two desks on which "Done" means closed, and a link with small guards."""
    office = Office(tmp_path, manners={"here": Manners(closed=("Done",))})
    guarded(office)
    return office


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

    assert "4 of 6 pairs changed at once and are closed now" in office.problems()["flood"].message
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


def test_a_flood_of_many_pages_stays_one_however_often_it_is_read(tmp_path: Path) -> None:
    """R26: the pages before the one that trips have been noted, and are counted again with it."""
    office = Office(tmp_path, manners={"here": Manners(page_size=2)})
    guarded(office)
    made = opened(office, 4)
    for number in range(5):
        office.desks["here"].open({"title": f"flood {number}", "status": "New"}, ADA)

    stops(office, "flood")
    stops(office, "flood")

    assert 4 == len(office.desks["there"].records)
    office.ask("accept", link="desk")
    office.day()
    assert 9 == len(office.desks["there"].records)
    assert len(made) == 4


def test_a_kill_before_a_stop_is_told_lets_nothing_through(tmp_path: Path) -> None:
    """R26: whether a page is believable is judged anew at each start, never remembered."""
    office = Office(tmp_path, manners={"here": Manners(page_size=2)})
    guarded(office, flood="{floor: 3, share: 0.5}")
    made = opened(office, 6)
    for one in made:
        office.desks["here"].edit(one, {"title": "gone mad"}, ADA)
    for number in range(5):
        office.desks["here"].open({"title": f"flood {number}", "status": "New"}, ADA)
    wrote = office.writes()

    killed(office)
    killed(office)
    stops(office, "flood")

    office.desks["here"].deaf = "the filter on changed was ignored"
    killed(office)
    assert (wrote, {"flood"}) == (office.writes(), set(office.problems()))


def test_what_is_accepted_is_the_flood_that_was_shown(office: Office) -> None:
    """R26: `accept` for another reason lets no later flood through, nor does one that is over."""
    made = opened(office, 6)
    guarded(office, flood="{floor: 3, share: 0.5}")
    office.desks["there"].deaf = "the filter on changed was ignored"
    stops(office, "filter")
    office.ask("accept", link="desk")
    office.desks["there"].deaf = ""
    for turn in ("first", "second"):
        for one in made:
            office.desks["here"].edit(one, {"title": f"{turn} {one}"}, ADA)

        stops(office, "flood")

        office.ask("accept", link="desk")
        assert {} == office.day()
        office.clock.tick(120)


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


def test_a_side_that_hides_its_tickets_stops_before_a_pair_is_parked(office: Office) -> None:
    """R26, R5: over a kill; they come back, and so does the link."""
    made, there = opened(office, 6), office.desks["there"]
    hidden, there.records = there.records, {}
    for one in made:
        office.desks["here"].edit(one, {"title": "anything"}, ADA)

    killed(office)
    stops(office, "emptied")

    assert "gone" not in office.problems()
    there.records = hidden
    assert {} == office.day()
    assert ({}, ["anything"] * 6) == (office.problems(), office.shown("there", "short"))


def test_copies_under_a_name_that_nobody_has_stop_their_link(office: Office) -> None:
    """R14, R26: an empty store beside a renamed link would make each copy again, also over a kill."""
    opened(office, 2)
    office.lose_store()
    for copy in office.desks["there"].records.values():
        copy.key = str(copy.key).replace(":desk:", ":office:")
        office.desks["there"].edit(copy.id, {"state": "Open"}, ADA)
    guarded(office)
    wrote = office.writes()

    killed(office)
    stops(office, "strange-key")

    assert (wrote, 2) == (office.writes(), len(office.desks["there"].records))


def test_rows_that_never_rest_stop_their_link_until_they_do(office: Office) -> None:
    """R2, R26: nothing of a feed that shows another order each time is believed."""
    (near,) = opened(office, 1)
    honest = office.adapters["here"].changed

    async def torn(since: str | None, page: str | None = None) -> Page:
        return replace(await honest(since, page), torn=since is not None)

    office.adapters["here"].changed = torn  # type: ignore[method-assign]
    office.desks["here"].edit(near, {"title": "new"}, ADA)
    stops(office, "unbelievable")
    assert ["t0"] == office.shown("there", "short")

    office.adapters["here"].changed = honest  # type: ignore[method-assign]
    assert {} == office.day()
    assert (["new"], {}) == (office.shown("there", "short"), office.problems())


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
