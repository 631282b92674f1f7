"""A sweep finds what no feed shows, lets the ordinary rules settle it, and writes nothing by itself."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog

from sync_service.adapters.memory import Manners
from sync_service.adapters.metering import metered
from sync_service.core.guard import Census
from sync_service.core.mapping import Drift, Row, Table
from sync_service.core.merge import Policy
from sync_service.core.pair import State
from sync_service.core.sweeping import Kind, Pace, Round
from sync_service.core.values import Side, Sides
from sync_service.engine.cycle import cycle
from sync_service.engine.level import until_level
from sync_service.errors import Rejected, TryLater
from tests.engine.acts import ADA, TECH, joined
from tests.engine.history import drawn
from tests.engine.link_rules import LINES
from tests.engine.play import Play, a_world
from tests.engine.world import World

HISTORIES = int(os.environ.get("SYNC_HISTORIES", "1000"))
#: A value table after whose change "Open" no longer means what the far side shows (R6).
TABLE = Table((Row(Sides(("New",), ("New",))), Row(Sides(("Open",), ("2",)))))


def swept(world: World, *, repair: bool = False) -> Round:
    """Start a daemon, have everything swept and worked on, and give what the sweep found."""
    link = world.start()
    world.clock.tick(120)
    assert asyncio.run(until_level([link], timedelta(minutes=5), world.clock.sleep))
    world.store.ask_sweep("desk", repair=repair)
    assert asyncio.run(until_level([link], timedelta(minutes=5), world.clock.sleep))
    row = world.store.sweep("desk")
    assert row.round is None, "the round ended"
    assert row.last is not None
    return row.last[0]


def kinds(found: Round) -> dict[tuple[Kind, Side], int]:
    """Give the counts without those of what is let be."""
    return {key: count for key, count in found.found.items() if key[0] is not Kind.DRIFT}


def test_a_level_world_gives_a_sweep_nothing_to_find() -> None:
    """R7, promise 2: and nothing is written or queued."""
    world = World()
    near, _ = joined(world, where="Annex")
    world.desks.left.say(near, "hi", ADA)
    world.settle()
    before = world.writes()

    found = swept(world)

    assert ({}, 0, 1) == (kinds(found), found.looks, found.pairs)
    assert before == world.writes()


@pytest.mark.parametrize("side", list(Side))
def test_an_edit_that_moves_no_version_is_carried(side: Side) -> None:
    """R7: it is an edit like any other, once somebody looks."""
    world = World()
    near, far = joined(world)
    desk, ticket, name = (
        (world.desks.left, near, "title")
        if side is Side.LEFT
        else (world.desks.right, far, "short")
    )
    desk.records[ticket].fields[name] = "Printer on fire"
    world.settle()
    assert "Printer" in (
        world.desks.left.records[near].fields["title"],
        world.desks.right.records[far].fields["short"],
    )

    found = swept(world)

    assert {(Kind.SILENT, side): 1} == kinds(found)
    assert "Printer on fire" == world.desks.left.records[near].fields["title"]
    assert "Printer on fire" == world.desks.right.records[far].fields["short"]


def deafly(world: World, ticket: str, title: str) -> None:
    """Let a left ticket change while the search shows nothing, until no overlap shows it either."""
    shown = world.desks.left.search
    world.desks.left.search = list  # type: ignore[method-assign]
    world.desks.left.edit(ticket, {"title": title}, ADA)
    for _ in range(3):
        world.clock.tick(60)
        world.settle()
    world.desks.left.search = shown  # type: ignore[method-assign]


def test_a_change_that_the_feed_did_not_show_is_carried() -> None:
    """R2, R7: the watermark has passed it, so only a sweep can find it."""
    world = World()
    near, far = joined(world)
    deafly(world, near, "Printer on fire")
    world.settle()
    assert "Printer" == world.desks.right.records[far].fields["short"]

    found = swept(world)

    assert {(Kind.MISSED, Side.LEFT): 1} == kinds(found)
    assert "Printer on fire" == world.desks.right.records[far].fields["short"]


@pytest.mark.parametrize("side", list(Side))
def test_a_new_ticket_that_the_feed_did_not_show_is_found_and_copied(side: Side) -> None:
    """R2, R14, promise 6: a walk over pairs cannot find it, so new tickets are scanned as well."""
    world = World()
    world.settle()
    desk, far = world.desks.of(side), world.desks.of(side.far)
    shown = desk.search
    desk.search = list  # type: ignore[method-assign]
    title, status = ("title", "status") if side is Side.LEFT else ("short", "state")
    desk.open({title: "Printer", status: "New"}, ADA)
    for _ in range(3):
        world.clock.tick(60)
        world.settle()
    desk.search = shown  # type: ignore[method-assign]
    world.settle()
    assert {} == far.records

    found = swept(world)

    assert {(Kind.UNFED, side): 1} == kinds(found)
    assert 1 == len(far.records)
    assert {} == kinds(swept(world))


def test_a_side_that_cannot_be_scanned_holds_nothing_up() -> None:
    """R25: it is told of, and the round and the link's work go on."""
    world = World()
    near, far = joined(world)
    world.desks.left.records[near].fields["title"] = "Printer on fire"

    async def scan(_since: object, _cursor: object = None) -> None:
        raise TryLater("busy")

    world.adapters.left.scan = scan  # type: ignore[assignment]

    assert {(Kind.SILENT, Side.LEFT): 1, (Kind.UNREADABLE, Side.LEFT): 1} == kinds(swept(world))
    assert "Printer on fire" == world.desks.right.records[far].fields["short"]


def test_a_ticket_whose_pair_a_person_ended_is_not_found_again() -> None:
    """R14: the tombstone holds for the sweep as for the feed."""
    world = World()
    joined(world)
    world.store.unpair(world.pair().id, forget=False)

    assert {} == kinds(swept(world))
    assert 1 == len(world.desks.right.records)


def test_a_side_whose_search_is_deaf_is_told_of() -> None:
    """Promise 6: one late change is an accident, many are a search that does not show them."""
    world = World()
    near = [world.desks.left.open({"title": f"t{n}", "status": "New"}, ADA).id for n in range(6)]
    world.settle()
    for one in near:
        deafly(world, one, f"changed {one}")

    found = swept(world)

    assert 6 == found.of(Kind.MISSED)
    assert "left" == world.problems()["deaf-feed"].system
    swept(world)
    assert {} == world.problems()


def test_what_the_feed_has_not_had_the_time_to_show_is_left_to_it() -> None:
    """R2: a sweep between two pulls counts nothing twice and is no race with the feed."""
    world = World()
    near, far = joined(world)
    link = world.start()
    world.clock.tick(120)
    assert asyncio.run(cycle(link))
    world.clock.tick(10)
    pull = link.adapters.left.changed
    edited: list[object] = []

    async def late(since: str | None, page: str | None = None):
        answer = await pull(since, page)
        if not edited:
            edited.append(world.desks.left.edit(near, {"title": "Printer on fire"}, ADA))
        return answer

    world.adapters.left.changed = late  # type: ignore[method-assign]
    world.store.ask_sweep("desk", repair=False)
    assert asyncio.run(cycle(link))

    row = world.store.sweep("desk")
    assert row.last is not None
    assert {} == row.last[0].found
    world.settle()
    assert "Printer on fire" == world.desks.right.records[far].fields["short"]


def test_a_deleted_ticket_parks_its_pair_and_its_partner_stays() -> None:
    """R5: found by the sweep alone, never deleted on the far side; and found when it is back."""
    world = World()
    near, far = joined(world)
    world.desks.right.delete(far)
    world.settle()
    assert State.ACTIVE is world.pair().state

    found = swept(world)

    assert {(Kind.GONE, Side.RIGHT): 1} == kinds(found)
    assert State.PARKED is world.pair().state
    assert "gone" in world.problems()
    assert not world.desks.left.records[near].deleted
    assert {} == kinds(swept(world)), "a parked pair is no news"

    world.desks.right.records[far].deleted = False
    assert {(Kind.BACK, Side.LEFT): 1} == kinds(swept(world))
    assert State.ACTIVE is world.pair().state
    assert {} == world.problems()


def test_a_merged_ticket_parks_its_pair() -> None:
    """R5."""
    world = World()
    near, _ = joined(world)
    other = world.desks.left.open({"title": "Other", "status": "New"}, ADA)
    world.settle()
    world.desks.left.merge(near, other.id)

    found = swept(world)

    assert {(Kind.MERGED, Side.LEFT): 1} == kinds(found)
    problem = world.problems()["merged"]
    assert f"was merged into {other.id}" in problem.message
    assert "bring the ticket back" not in problem.message


def test_a_comment_that_no_feed_showed_is_copied() -> None:
    """R21: also an edit of one."""
    world = World()
    near, far = joined(world)
    said = world.desks.left.say(near, "hi", ADA)
    world.settle()
    record = world.desks.left.records[near]
    record.comments.append(replace(said, id="c99", body="It smells"))
    record.comments[0] = replace(record.comments[0], body="hello", version="2")
    world.settle()

    found = swept(world)

    assert {(Kind.COMMENT, Side.LEFT): 2} == kinds(found)
    shown = [one.body.split("\n\n")[1] for one in world.desks.right.records[far].comments]
    assert ["hello", "It smells"] == shown


def test_a_copy_that_a_person_deleted_is_told_of_once_and_stays_deleted() -> None:
    """R21: deleting it was somebody's decision; `retry` makes it again."""
    world = World()
    near, far = joined(world)
    world.desks.left.say(near, "hi", ADA)
    world.settle()
    world.desks.right.records[far].comments.clear()

    found = swept(world)

    assert {(Kind.LOST_COPY, Side.RIGHT): 1} == kinds(found)
    assert ("right", (far,)) == (
        world.problems()["lost-copy"].system,
        world.problems()["lost-copy"].tickets,
    )
    assert {} == kinds(swept(world))
    assert [] == world.desks.right.records[far].comments


def test_a_comment_that_was_deleted_outright_leaves_its_copy_and_is_told_of() -> None:
    """R13, R21: absence is never a delete, so a person decides about the copy."""
    world = World()
    near, far = joined(world)
    world.desks.left.say(near, "hi", ADA)
    world.settle()
    world.desks.left.records[near].comments.clear()

    found = swept(world)

    assert {(Kind.LOST_ORIGINAL, Side.LEFT): 1} == kinds(found)
    assert "lost-original" in world.problems()
    assert 1 == len(world.desks.right.records[far].comments)
    assert {} == kinds(swept(world))


def test_an_original_that_its_system_shows_as_deleted_is_no_lost_comment() -> None:
    """R21: the ordinary rules hide its copy, or tell that it cannot be hid; it is not told twice."""
    world = World(right=Manners(edits=False))
    near, _ = joined(world)
    world.desks.left.say(near, "hi", ADA)
    world.settle()
    record = world.desks.left.records[near]
    record.comments[0] = replace(record.comments[0], deleted=True)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.settle()

    assert {} == kinds(swept(world))
    assert ["cannot-hide"] == list(world.problems())


def apart(world: World) -> tuple[str, str]:
    """Let a changed value table set a pair apart that nobody has touched (R6)."""
    near, far = joined(world, status="Open")
    world.lines = (LINES[0], replace(LINES[1], table=TABLE), LINES[2])
    return near, far


def test_sides_that_differ_though_neither_changed_are_reported_and_left_alone() -> None:
    """R7, first row: the sweep reports it; the problem closes when they agree."""
    world = World()
    near, far = apart(world)
    before = world.writes()

    found = swept(world)

    assert {(Kind.APART, Side.LEFT): 1} == kinds(found)
    problem = world.problems()["apart"]
    assert ("status = state", (near,)) == (problem.item, problem.tickets)
    assert before == world.writes()
    world.desks.right.edit(far, {"state": "2"}, TECH)
    world.settle()
    assert {} == kinds(swept(world))
    assert {} == world.problems()


def test_what_a_person_lets_stay_apart_is_not_told_of_again() -> None:
    """R25: a dismissed problem stays dismissed for its tickets."""
    world = World()
    apart(world)
    swept(world)
    world.store.dismiss([row.id for row in world.store.problems()])

    assert 1 == swept(world).of(Kind.APART)

    assert {} == world.problems()


@pytest.mark.parametrize(("adopt", "shown"), [(Side.LEFT, "2"), (None, "Open")])
def test_a_repair_lets_the_merge_decide_as_at_an_adoption(adopt: Side | None, shown: str) -> None:
    """R7: `on_adopt` names the side that wins, and the value that gives way is kept (R8)."""
    world = World(policy=Policy(Side.LEFT, adopt))
    _, far = apart(world)

    found = swept(world, repair=True)

    assert {(Kind.APART, Side.LEFT): 1} == kinds(found)
    assert shown == world.desks.right.records[far].fields["state"]
    assert [adopt] == [row.conflict.winner for row in world.conflicts()]
    assert {} == world.problems()
    assert {} == kinds(swept(world, repair=True))


def test_a_repair_makes_a_deleted_copy_again() -> None:
    """R21: with its origin, and once."""
    world = World()
    near, far = joined(world)
    world.desks.left.say(near, "hi", ADA)
    world.settle()
    world.desks.right.records[far].comments.clear()

    swept(world, repair=True)

    assert ["ada (left)\n\nhi"] == [one.body for one in world.desks.right.records[far].comments]
    assert {} == world.problems()
    assert {} == kinds(swept(world, repair=True))


def test_drift_on_a_one_way_line_is_counted_and_let_be() -> None:
    """R9: `drift: leave`; with `restore` a silent edit of the target is put back."""
    world = World()
    near, far = joined(world, where="Annex")
    world.desks.right.edit(far, {"place": "Gym"}, TECH)
    world.settle()

    found = swept(world)

    assert {(Kind.DRIFT, Side.LEFT): 1} == found.found
    assert {} == world.problems()
    world.lines = (*LINES[:2], replace(LINES[2], drift=Drift.RESTORE))
    world.desks.right.records[far].fields["place"] = "Hall"
    assert {(Kind.SILENT, Side.RIGHT): 1} == kinds(swept(world))
    assert "Annex" == world.desks.right.records[far].fields["place"]
    assert near


def test_an_emptied_side_stops_before_anything_is_parked() -> None:
    """R26: all tickets vanish; nothing is parked, the side says why, and goes on when they are back."""
    world = World()
    for number in range(12):
        world.desks.left.open({"title": f"t{number}", "status": "New"}, ADA)
    world.settle()
    records = dict(world.desks.right.records)
    world.desks.right.records.clear()
    link = world.start()
    link.walk.missing = Census()
    world.clock.tick(120)
    world.store.ask_sweep("desk", repair=False)

    for _ in range(4):
        assert not asyncio.run(cycle(link))
        world.clock.tick(1000)

    problem = world.problems()["emptied"]
    assert "right" == problem.system
    assert "not one of the" in problem.message
    assert "sync-service accept desk" in problem.message
    assert {State.ACTIVE} == {pair.state for pair in world.store.iterate("desk")}
    assert [Side.RIGHT] == list(link.down)
    assert 1 == len(world.store.problems(closed=True)), "it was told once"

    world.desks.right.records.update(records)
    assert asyncio.run(cycle(link))
    assert {} == world.problems()
    assert not link.down


def test_an_emptied_side_stops_the_looks_of_people_s_edits_too() -> None:
    """R26: not only sweeps meet it; the first few are believed, the fifth in a row is not."""
    world = World()
    near = [world.desks.left.open({"title": f"t{n}", "status": "New"}, ADA).id for n in range(12)]
    world.settle()
    world.desks.right.records.clear()
    link = world.start()
    link.walk.missing = Census()
    world.clock.tick(120)

    for one in near:
        world.desks.left.edit(one, {"title": "changed"}, ADA)
        asyncio.run(cycle(link))
        world.clock.tick(120)

    parked = [pair for pair in world.store.iterate("desk") if pair.state is State.PARKED]
    assert 4 == len(parked)
    assert "emptied" in world.problems()


def test_a_person_may_say_that_the_tickets_are_gone_indeed() -> None:
    """R26: `accept` believes it until the sweep that follows has ended, and no longer."""
    world = World()
    for number in range(8):
        world.desks.left.open({"title": f"t{number}", "status": "New"}, ADA)
    world.settle()
    for record in world.desks.right.records.values():
        record.deleted = True
    link = world.start()
    link.walk.missing = Census()
    world.clock.tick(120)
    world.store.believe_gone("desk")

    for _ in range(3):
        assert asyncio.run(cycle(link))
        world.clock.tick(60)

    assert {State.PARKED} == {pair.state for pair in world.store.iterate("desk")}
    assert world.store.sweep("desk").believed_at is None


def test_what_a_person_believes_holds_for_the_pairs_that_rest_meanwhile() -> None:
    """R16, R26: found by a newcomer: after a start all pairs rest, and the guard asked again at once."""
    world = World()
    near = [world.desks.left.open({"title": f"t{n}", "status": "New"}, ADA).id for n in range(12)]
    world.settle()
    for record in world.desks.right.records.values():
        record.deleted = True
    world.clock.tick(120)
    for one in near:
        world.desks.left.edit(one, {"title": "changed"}, ADA)
    before = world.start()
    before.walk.missing = Census()
    for _ in range(30):
        asyncio.run(cycle(before))
        world.clock.tick(5)
    assert "emptied" in world.problems()
    world.store.dismiss([row.id for row in world.store.problems()])
    world.store.believe_gone("desk")
    link = world.start()
    link.walk.missing = Census()

    for _ in range(40):
        asyncio.run(cycle(link))
        world.clock.tick(5)

    assert "emptied" not in world.problems()
    assert {State.PARKED} == {pair.state for pair in world.store.iterate("desk")}
    assert world.store.sweep("desk").believed_at is None


def test_a_round_goes_on_where_it_was_after_a_restart() -> None:
    """The place is in the store: a crash costs at most one batch again."""
    world = World()
    for number in range(30):
        world.desks.left.open({"title": f"t{number}", "status": "New"}, ADA)
    world.settle()
    world.clock.tick(120)
    link = world.start()
    link.walk.pace = Pace(timedelta(hours=24), requests=60)
    world.store.begin_sweep(link.run, "desk", None)
    world.clock.tick(24 * 3600)
    assert asyncio.run(cycle(link))
    first = world.store.sweep("desk").round
    assert first is not None
    assert 0 < first.pairs < 30

    again = world.start()
    again.walk.pace = link.walk.pace
    for _ in range(200):
        world.clock.tick(60)
        assert asyncio.run(cycle(again))

    row = world.store.sweep("desk")
    assert row.last is not None
    assert (30, first.began) == (row.last[0].pairs, row.last[0].began)


@pytest.mark.parametrize("requests", [60, 600])
def test_a_sweep_keeps_its_budget(requests: int) -> None:
    """Counted by the adapter itself: over any hour at most the budget, a minute's burst and a batch."""
    world = World()
    for number in range(60):
        world.desks.left.open({"title": f"t{number}", "status": "New"}, ADA)
    world.settle()
    world.clock.tick(120)
    link = world.start()
    link.walk.pace = Pace(timedelta(seconds=1), requests)
    world.store.begin_sweep(link.run, "desk", None)
    assert asyncio.run(cycle(link))
    before = dict(world.adapters.right.requests)
    for _ in range(60):
        world.clock.tick(60)
        assert asyncio.run(cycle(link))

    now = world.adapters.right.requests
    spent = sum(now.get(name, 0) - before.get(name, 0) for name in ("get", "scan"))
    assert spent <= requests + requests / 60 + 1
    assert spent >= min(requests, 60) / 2


def test_a_pair_that_is_due_anyway_is_left_alone_and_counted_as_that() -> None:
    """R28: found by a newcomer: pairs that rested after a start were said to be compared."""
    world = World()
    joined(world)
    link = world.start()
    world.clock.tick(120)
    due = world.clock() + timedelta(minutes=5)
    world.store.enqueue(link.run, [world.pair().id], due, "put off")
    world.store.ask_sweep("desk", repair=False)

    assert asyncio.run(cycle(link))

    last = world.store.sweep("desk").last
    assert last is not None
    assert ({(Kind.BUSY, Side.LEFT): 1}, 0) == (last[0].found, last[0].looks)


def test_a_round_that_is_stopped_half_way_lets_the_daemon_rest() -> None:
    """R26: what a person waits for hurries the daemon on only while the link may work."""
    world = World()
    for number in range(12):
        world.desks.left.open({"title": f"t{number}", "status": "New"}, ADA)
    world.settle()
    link = world.start()
    link.walk.size = 1
    world.clock.tick(120)
    world.store.ask_sweep("desk", repair=False)
    world.adapters.left.traits = replace(world.adapters.left.traits, batch=1)

    assert asyncio.run(cycle(link))
    assert link.walk.hurried
    link.runaway = "written for ever"
    assert not asyncio.run(cycle(link))

    assert not link.walk.hurried


@pytest.mark.parametrize("error", [TryLater("500"), Rejected("400"), KeyError("Ticket")])
def test_a_ticket_that_cannot_be_read_does_not_end_the_walk(error: Exception) -> None:
    """R25: it is passed over, also when nobody foresaw the answer, and a problem of its own in the end."""
    world = World()
    near = [world.desks.left.open({"title": f"t{n}", "status": "New"}, ADA).id for n in range(9)]
    world.settle()
    get = world.adapters.left.get

    async def poisoned(ids):
        if near[4] in ids:
            raise error
        return await get(ids)

    world.adapters.left.get = poisoned  # type: ignore[method-assign]
    link = world.start()
    world.clock.tick(120)
    world.store.ask_sweep("desk", repair=False)
    for _ in range(3):
        assert asyncio.run(cycle(link))
        world.clock.tick(60)

    row = world.store.sweep("desk")
    assert row.last is not None
    assert 9 == row.last[0].pairs
    assert 1 == row.last[0].of(Kind.UNREADABLE)
    due = world.store.due("desk", world.clock() + timedelta(days=1), 100)
    assert [near[4]] == [pair.ids.left for pair in world.store.load(due)]


def test_a_sensitive_ticket_is_not_compared() -> None:
    """R13: what stays home is let be, and nothing of it is told."""
    world = World()
    near, _ = joined(world)
    world.desks.left.mark_sensitive(near)
    world.settle()
    world.desks.left.records[near].fields["title"] = "secret"

    assert {} == kinds(swept(world))


def test_a_sweep_tells_a_summary_and_no_word_of_a_ticket() -> None:
    """One line when it ends: how many pairs, requests and findings."""
    world = World()
    near, _ = joined(world)
    world.desks.left.records[near].fields["title"] = "Pupil wept"

    with structlog.testing.capture_logs() as lines:
        swept(world)

    (ended,) = [line for line in lines if line["event"] == "sweep.ended"]
    assert {"silent left": 1} == ended["found"]
    assert (1, 1) == (ended["pairs"], ended["looks"])
    assert {"left": 2, "right": 2} == ended["requests"]
    assert "wept" not in str(lines)


def test_requests_are_counted_for_the_work_that_makes_them() -> None:
    """The meter is the context's: what runs beside it is not charged to it."""
    world = World()

    async def both() -> tuple[int, int]:
        async def inside() -> int:
            with metered() as spent:
                await asyncio.gather(*(world.adapters.left.get([]) for _ in range(3)))
                return spent["left"]

        async def beside() -> int:
            for _ in range(5):
                await world.adapters.left.get([])
            return 0

        return tuple(await asyncio.gather(inside(), beside()))  # type: ignore[return-value]

    assert (3, 0) == asyncio.run(both())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_after_any_history_a_sweep_of_a_level_world_finds_nothing() -> None:
    """R7, R28: what the daemon has settled is settled; a sweep writes nothing to it.

    Only a ticket that was deleted or merged is news to the first sweep, for no feed shows it; and
    one whose pair was forgotten and whose copy somebody has joined with another since.
    """
    for number in range(-(-HISTORIES // 20)):
        _found_nothing(number)


def _found_nothing(number: int) -> None:
    history = drawn(2, number)
    world = a_world(history)
    Play(world, history.steps).play()
    before = world.writes()

    first = swept(world)
    again = swept(world, repair=bool(number % 2))

    forgot = any(step.what in ("forget", "put back", "lose") for step in history.steps)
    news = {Kind.GONE, Kind.MERGED} | ({Kind.UNFED} if forgot else set())
    assert {kind for kind, _ in kinds(first)} <= news, number
    assert ({}, 0) == (kinds(again), again.looks), number
    assert before == world.writes(), number
