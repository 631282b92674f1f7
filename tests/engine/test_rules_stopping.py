"""When a side, a field or a command stops: guards, the breaker, changed configuration, level, locks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from sync_service.adapters.memory import Manners
from sync_service.core.config_change import risky
from sync_service.core.guard import Flood
from sync_service.core.judgement import Judgement
from sync_service.core.mapping import Line, Row, Table
from sync_service.core.merge import Policy
from sync_service.core.values import Side, Sides
from sync_service.engine.cycle import cycle
from sync_service.engine.level import until_level
from sync_service.engine.link import LinkAtWork
from sync_service.errors import AuthFailed, TryLater
from tests.engine.acts import ADA, TECH, joined, once
from tests.engine.chain import Chain
from tests.engine.link_rules import LINES
from tests.engine.world import World


def run(link: LinkAtWork, world: World, minutes: float = 10) -> bool:
    """Run a link that a test has prepared until it is level."""
    return asyncio.run(until_level([link], timedelta(minutes=minutes), world.clock.sleep))


def flooded(world: World) -> LinkAtWork:
    """Start a daemon that believes two changed pairs at once."""
    link = world.start()
    link.flood = Flood(share=0.0, floor=2)
    return link


def test_a_flood_is_believed_only_by_a_person() -> None:
    """R26: nothing of it is written and the watermark stays until `accept`."""
    world = World()
    near = [joined(world)[0] for _ in range(4)]
    world.clock.tick(120)
    before = world.store.feed("desk", Side.LEFT)
    for one in near:
        world.desks.left.edit(one, {"title": "gone mad"}, ADA)
    wrote = world.writes()

    assert not run(flooded(world), world, minutes=1)
    assert wrote == world.writes()
    assert before == world.store.feed("desk", Side.LEFT)
    assert "flood" in world.problems()

    world.store.accept("desk", [Side.LEFT])
    world.clock.tick(3600)
    assert run(flooded(world), world)
    assert {"gone mad"} == {one.fields["short"] for one in world.desks.right.records.values()}
    assert {} == world.problems()


def test_a_backfill_is_no_flood() -> None:
    """R26: first copies are outside the guard."""
    world = World()
    for number in range(5):
        world.desks.left.open({"title": f"ticket {number}", "status": "New"}, ADA)

    assert run(flooded(world), world)

    assert 5 == len(world.desks.right.records)


def test_a_field_that_is_rewritten_again_and_again_is_left_alone() -> None:
    """R26: something answers our writes; a person finds out what, and retries."""
    world = World()
    near, far = joined(world)
    link = world.start()

    def answer(side: str, when: str, what: str) -> None:
        if (side, when, what) == ("right", "after", "update"):
            world.desks.right.edit(far, {"short": f"robot {world.clock()}"}, TECH)
            world.desks.left.edit(near, {"title": f"robot {world.clock()} as well"}, ADA)

    world.between = answer
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)

    assert run(link, world)

    assert "breaker" in world.problems()
    assert world.adapters.right.requests["update"] <= link.breaker.writes


def test_a_robot_that_never_says_the_same_twice_gets_no_more_turns_for_it() -> None:
    """R26: each of its words is new, and so none was refused before; the limit is for all of them."""
    world = World()
    near, _ = joined(world)
    link = world.start()
    for number in range(3 * link.breaker.writes):
        world.desks.left.edit(near, {"title": f"robot {number}"}, ADA)
        assert run(link, world)

    assert world.adapters.right.requests["update"] == link.breaker.writes
    assert "breaker" in world.problems()
    world.clock.tick(link.breaker.within.total_seconds() + 60)
    world.desks.left.edit(near, {"title": "a person"}, ADA)
    assert run(link, world)
    assert ["a person"] == [one.fields["short"] for one in world.desks.right.records.values()]
    assert {} == world.problems()


def test_a_tripped_field_does_not_hold_up_the_others() -> None:
    """R25, R26: the rest of its update is planned anew."""
    world = World()
    near, far = joined(world)
    link = world.start()
    for number in range(link.breaker.writes):
        world.desks.left.edit(near, {"title": f"title {number}"}, ADA)
        assert run(link, world)
    world.desks.left.edit(near, {"title": "once more", "status": "Open"}, ADA)

    assert run(link, world)

    assert "breaker" in world.problems()
    assert "Open" == world.desks.right.records[far].fields["state"]


def test_two_robots_that_answer_each_other_are_stopped() -> None:
    """R26, R23: comments made in reaction to ours are counted, also where no robot is marked."""
    world = World()
    near, far = joined(world)
    link = world.start()

    def between(side: str, when: str, what: str) -> None:
        if (when, what) == ("after", "reply"):
            desk, ticket = (world.desks.left, near) if side == "left" else (world.desks.right, far)
            desk.say(ticket, f"Out of office {world.clock()} {side}", TECH)

    world.between = between
    world.desks.left.say(near, "Anyone?", ADA)

    assert run(link, world)

    assert "breaker" in world.problems()
    assert len(world.desks.right.records[far].comments) < 20


def test_people_who_talk_are_no_robots() -> None:
    """R26: an answer a minute later is none of a machine."""
    world = World()
    near, far = joined(world)
    link = world.start()
    for number in range(10):
        side, ticket = (Side.LEFT, near) if number % 2 else (Side.RIGHT, far)
        world.desks.of(side).say(ticket, f"word {number}", ADA)
        assert run(link, world)
        world.clock.tick(40)

    assert {} == world.problems()
    assert 10 == len(world.desks.right.records[far].comments)


def test_a_conflict_is_in_the_store_before_its_loser_is_overwritten() -> None:
    """R8: with the note, so that a crash cannot lose the value."""
    world = World()
    near, far = joined(world)
    world.desks.left.edit(near, {"title": "mine"}, ADA)
    world.desks.right.edit(far, {"short": "theirs"}, TECH)
    kept: list[object] = []

    def between(_side: str, when: str, what: str) -> None:
        if (when, what) == ("before", "update"):
            kept.extend(value for _, value in world.kept_values())

    world.between = between

    world.settle()

    assert "theirs" in kept
    assert "mine" == world.desks.right.records[far].fields["short"]


def test_with_ask_only_that_field_waits() -> None:
    """R8: once per pair of values, and it resolves itself when the sides agree."""
    world = World(policy=Policy(None, None))
    near, far = joined(world)
    world.desks.left.edit(near, {"title": "mine", "status": "Open"}, ADA)
    world.desks.right.edit(far, {"short": "theirs"}, TECH)
    world.settle()
    world.settle()

    assert "Open" == world.desks.right.records[far].fields["state"]
    assert "theirs" == world.desks.right.records[far].fields["short"]
    assert 1 == len(world.conflicts())

    world.desks.right.edit(far, {"short": "mine"}, TECH)
    world.settle()
    assert ["agreed"] == [row.closed for row in world.conflicts()]
    assert frozenset() == world.pair().contested


def test_a_changed_value_table_writes_nothing_and_a_new_line_fills_what_is_empty() -> None:
    """R6, R27: the fields of a new line have no past (R7)."""
    world = World(lines=LINES[:1])
    near, far = joined(world, where="Annex")
    before = world.writes()
    table = Table((Row(Sides(("Printer",), ("Drucker",))),))
    world.lines = (replace(LINES[0], table=table),)
    world.settle()
    assert before == world.writes()

    world.lines = (*LINES[:1], Line("where = place", Sides(("where",), ("place",))))
    world.settle()
    assert world.desks.right.records[far].fields.get("place") is None, "nobody looked at it"
    world.desks.left.edit(near, {"other": "touched"}, ADA)
    world.settle()
    assert "Annex" == world.desks.right.records[far].fields["place"]


def test_only_what_may_write_by_itself_is_judged() -> None:
    """R27: a new or changed line, a wider selection; not a value table, not a removed line."""
    before = {"select": "1", "line: a": "1", "on_create": "1"}

    assert () == risky(before, {"select": "1"})
    assert () == risky(before, {**before, "on_create": "2", "values": "2"})
    assert ("line: b",) == risky(before, {**before, "line: b": "1"})
    assert ("line: a", "select") == risky(before, {**before, "select": "2", "line: a": "2"})


def test_a_link_waits_with_its_changed_configuration() -> None:
    """R27: its plan is kept with the reason until `accept`, over a restart."""
    world = World()
    run_now = world.store.begin_run(world.clock(), "test")
    world.store.take_config(run_now, "desk", "one")
    plan = Judgement(("line: a",), planned=7, writes={"update": 3})
    held = world.store.hold_config(run_now, "desk", "two", "a new line", plan)

    assert ("one", "two", "a new line", plan) == (
        held.accepted, held.pending, held.reason, held.plan,
    )  # fmt: skip
    assert held == world.store.link_state("desk")
    assert not world.store.keep_plan(run_now, "desk", "three", "", plan)
    accepted = world.store.accept("desk")
    assert ("two", None, None) == (accepted.accepted, accepted.pending, accepted.plan)


def test_level_needs_a_cycle_later_than_the_last_write_and_the_lag() -> None:
    """R28: what a lagging index hides is waited for."""
    world = World(Manners(lag=timedelta(seconds=30)), Manners(lag=timedelta(seconds=30)))
    near = world.desks.left.open({"title": "Printer", "status": "New"}, ADA)
    world.clock.tick(60)

    assert world.run()

    assert world.link is not None
    assert world.link.last_write is not None
    assert world.clock() - world.link.last_write >= timedelta(seconds=30)
    assert near.id


def test_open_conflicts_and_problems_do_not_prevent_level() -> None:
    """R28."""
    world = World(policy=Policy(None, None))
    near, far = joined(world)
    world.desks.right.refuses = lambda _n, value: "closed" if value == "Open" else ""
    world.desks.left.edit(near, {"title": "mine", "status": "Open"}, ADA)
    world.desks.right.edit(far, {"short": "theirs"}, TECH)

    assert world.run()

    assert "refused" in world.problems()
    assert 1 == len(world.conflicts())


def test_a_side_that_is_away_is_not_level_at_the_end_of_its_time() -> None:
    """R28: `once --until-level` stops at its limit and says so."""
    world = World()
    world.adapters.left.changed = _away  # type: ignore[method-assign,assignment]
    started = world.clock()

    assert not world.run(minutes=10)

    assert timedelta(minutes=10) <= world.clock() - started < timedelta(minutes=30)


async def _away(since: str | None, page: str | None = None) -> None:
    raise TryLater("the left desk is away")


def test_one_links_write_keeps_the_others_from_being_level() -> None:
    """R28: the last write of any link counts, since it is news for the next."""
    lagging = {"forward": True}
    chain = Chain((("bc", "b", "c", lagging), ("ab", "a", "b", {})))
    chain.desks["a"].open({"title": "Printer", "status": "New"}, ADA)

    assert chain.run()

    assert [["Printer"]] * 3 == [chain.titles(name) for name in "abc"]


def test_a_token_that_is_refused_stops_its_side_and_tells_once() -> None:
    """R25: a problem of the system, closed when it answers again, also after a restart."""
    world = World()
    near, far = joined(world)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.between = once(AuthFailed("renew the token"), ("right", "before", "update"))
    link = world.start()
    asyncio.run(world.clock.sleep(60))
    assert not asyncio.run(cycle(link))
    assert "renew the token" in world.problems()["stopped"].message

    world.settle()

    assert {} == world.problems()
    assert "Printer on fire" == world.desks.right.records[far].fields["short"]


def test_a_refusal_in_the_midst_of_the_work_stops_the_side_that_it_names_and_no_other() -> None:
    """R25, R26: the other side was told to be down as well, and a person looked in the wrong place."""
    world = World()
    near, _ = joined(world)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    error = AuthFailed("renew the token")
    error.system = "right"
    world.between = once(error, ("right", "before", "update"))
    link = world.start()
    asyncio.run(world.clock.sleep(60))

    assert not asyncio.run(cycle(link))

    assert [Side.RIGHT] == list(link.down)
    assert "right" == world.problems()["stopped"].system


def test_reading_commands_work_beside_a_writer_and_the_lock_dies_with_its_owner() -> None:
    """R29: a second writer is refused; a request is left for the first."""
    world = World()
    joined(world)
    lock = world.store.lock()
    assert lock is not None
    assert world.store.locked_by()

    assert world.store.lock() is None
    assert 1 == world.store.count_pairs("desk")
    number = world.store.ask("unpair", {"pair": 1})
    run_now = world.store.begin_run(world.clock(), "test")
    assert [number] == [one.id for one in world.store.take_requests(run_now)]

    lock.release()
    again = world.store.lock()
    assert again is not None
    again.release()


def test_a_retry_looks_at_every_ticket_that_a_problem_lists() -> None:
    """R10, R25: by id, since people's numbers are often others."""
    table = Table((Row(Sides(("New",), ("1",))),))
    world = World(lines=(LINES[0], replace(LINES[1], table=table)))
    shown = world.adapters.left._ticket
    world.adapters.left._ticket = lambda one: replace(  # type: ignore[method-assign,assignment]
        shown(one), number=f"INC{one.id}"
    )
    near, far = joined(world)
    world.desks.left.edit(near, {"status": "Open"}, ADA)
    world.settle()

    more = Table((*table.rows, Row(Sides(("Open",), ("2",)))))
    world.lines = (LINES[0], replace(LINES[1], table=more))
    world.store.retry([row.id for row in world.store.problems()])
    world.settle()

    assert "2" == world.desks.right.records[far].fields["state"]
    assert {} == world.problems()


@pytest.mark.parametrize("side", list(Side))
def test_a_value_without_a_row_waits_for_the_table(side: Side) -> None:
    """R10: nothing is written, one problem, and it goes through with the next look."""
    table = Table((Row(Sides(("New",), ("1",))), Row(Sides(("Open",), ("2",)))))
    world = World(lines=(LINES[0], replace(LINES[1], table=table)))
    near, far = joined(world)
    desk, ticket = world.desks.of(side), near if side is Side.LEFT else far
    name = "status" if side is Side.LEFT else "state"
    desk.edit(ticket, {name: "Odd"}, ADA)
    world.settle()
    assert 'status = state="Odd"' == world.problems()["unmapped"].item
    other = world.desks.of(side.far).records[far if side is Side.LEFT else near]
    assert "Odd" not in other.fields.values()

    desk.edit(ticket, {name: "Open" if side is Side.LEFT else "2"}, ADA)
    world.settle()
    assert ("2" if side is Side.LEFT else "Open") in other.fields.values()
