"""Problems: what each carries, how often a pair is tried, and that one pair holds up no other (R25)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
import structlog

from sync_service.adapters.memory import Manners
from sync_service.core.values import Reading, Side
from sync_service.core.ways import WAYS
from sync_service.engine.cycle import cycle
from sync_service.errors import NotSent, TryLater, UnknownOutcome
from sync_service.store import ProblemRow
from tests.engine.acts import ADA, TECH, joined
from tests.engine.world import World


def only(world: World) -> ProblemRow:
    """Give the only open problem."""
    (row,) = world.store.problems()
    return row


def turns(world: World, count: int) -> None:
    """Run so many cycles, each when the last one's waits are over."""
    link = world.start()
    for _ in range(count):
        world.clock.tick(20 * 60)
        assert asyncio.run(cycle(link))


def poisoned(world: World, ticket: str, error: Exception) -> None:
    """Let each read of one right ticket fail."""
    get = world.adapters.right.get

    async def read(ids: Sequence[str]) -> Mapping[str, Reading]:
        if ticket in ids:
            raise error
        return await get(ids)

    world.adapters.right.get = read  # type: ignore[method-assign]


def test_a_refused_field_tells_before_and_after_and_quotes_the_vendor() -> None:
    """R25: the vendor's words, what would be written over what, and when it was tried."""
    world = World()
    near, _ = joined(world)
    world.desks.right.refuses = lambda _name, value: "no swearing" if value == "Damn" else ""
    world.desks.left.edit(near, {"title": "Damn"}, ADA)

    world.settle()

    row = only(world)
    assert ({"short": "Printer"}, {"short": "Damn"}) == (
        json.loads(row.problem.before),
        json.loads(row.problem.value),
    )
    assert "no swearing" == row.problem.words
    assert [("refused", "no swearing", 1)] == [(t.kind, t.answer, t.times) for t in row.tried]


def test_a_refused_comment_and_a_refused_create_tell_what_would_be_written() -> None:
    """R25: an item is a field, a comment or the whole ticket."""
    world = World()
    near, _ = joined(world)
    world.desks.right.refuses = lambda _n, value: "too rude" if "Damn" in str(value) else ""
    world.desks.left.say(near, "Damn", ADA)
    world.desks.left.open({"title": "Damn", "status": "New"}, ADA)

    world.settle()

    told = [json.loads(row.problem.value) for row in world.store.problems()]
    assert {"public reply": "ada (left)\n\nDamn"} in told
    assert {"short": "Damn", "state": "New"} in told


def test_attempts_are_kept_over_a_retry() -> None:
    """R25: whoever looks at the new problem sees that it has been tried before."""
    world = World()
    near, _ = joined(world)
    world.desks.right.refuses = lambda _name, value: "no swearing" if value == "Damn" else ""
    world.desks.left.edit(near, {"title": "Damn"}, ADA)
    world.settle()
    first = only(world)
    world.desks.right.refuses = lambda _name, value: "still no" if value == "Damn" else ""

    world.store.retry([first.id])
    world.settle()

    again = only(world)
    assert again.id != first.id
    assert ["no swearing", "still no"] == [one.answer for one in again.tried]
    assert first.tried == again.tried[:1]


def test_a_pair_that_never_settles_becomes_a_problem_with_its_attempts() -> None:
    """R18, R25: a system that answers others and not this pair is told of, and still tried."""
    world = World()
    near, far = joined(world)
    answers = iter([NotSent("no connection")] * 3 + [TryLater("busy")] * 500)

    def between(side: str, when: str, what: str) -> None:
        if (side, when, what) == ("right", "before", "update"):
            raise next(answers)

    world.between = between
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    turns(world, 15)

    row = only(world)
    assert ("many-attempts", "TryLater: busy") == (row.problem.code, row.problem.words)
    assert {"short": "Printer on fire"} == json.loads(row.problem.value)
    assert ["NotSent: no connection", "TryLater: busy"] == [one.answer for one in row.tried]
    assert row.tried[0].last < row.tried[1].first

    world.between = lambda _side, _when, _what: None
    world.settle()
    assert {} == world.problems()
    assert "Printer on fire" == world.desks.right.records[far].fields["short"]


def test_a_pair_whose_ticket_keeps_moving_is_told_of() -> None:
    """R18: it is planned anew for ever, and that is no secret."""
    world = World()
    near, far = joined(world)

    def between(side: str, when: str, what: str) -> None:
        if (side, when, what) == ("right", "before", "update"):
            world.desks.right.edit(far, {"place": f"moved {world.clock()} {world.points}"}, TECH)

    world.between = between
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)

    turns(world, 25)

    assert "stale" == only(world).tried[0].kind


@pytest.mark.parametrize("error", [ValueError("bug"), TryLater("500 for this ticket")])
def test_one_poisoned_pair_among_200_holds_up_no_other(error: Exception) -> None:
    """R25: the others are level in the same cycle, and in every later one."""
    world = World()
    near = [world.desks.left.open({"title": "x", "status": "New"}, ADA).id for _ in range(200)]
    world.settle()
    by_key = {one.key: one.id for one in world.desks.right.records.values()}
    far = {one: by_key[f"test:desk:left:{one}"] for one in near}
    poisoned(world, far[near[77]], error)
    link = world.start()
    asyncio.run(world.clock.sleep(120))

    for word in ("one", "two", "three"):
        for one in near:
            world.desks.left.edit(one, {"title": word}, ADA)
        world.clock.tick(1)
        assert asyncio.run(cycle(link)), "no side went down"
        shown = [world.desks.right.records[far[one]].fields["short"] for one in near]
        assert [word] * 199 == [value for value in shown if value != "x"]
        world.clock.tick(60)

    assert not link.down
    back = link.store.store.due("desk", world.clock() + timedelta(days=1), 1000)
    assert [near[77]] == [pair.ids.left for pair in world.store.load(back)]


def test_a_side_that_answers_no_read_at_all_is_away() -> None:
    """R25: that is no pair's problem, and no work is lost or marked."""
    world = World()
    near = [world.desks.left.open({"title": "x", "status": "New"}, ADA).id for _ in range(40)]
    world.settle()
    link = world.start()
    world.clock.tick(120)

    async def away(_ids: Sequence[str]) -> Any:
        world.adapters.right.requests["failed"] = world.adapters.right.requests.get("failed", 0) + 1
        raise TryLater("the right desk is away")

    get = world.adapters.right.get
    world.adapters.right.get = away  # type: ignore[method-assign,assignment]
    for one in near:
        world.desks.left.edit(one, {"title": "y"}, ADA)
    assert not asyncio.run(cycle(link))
    assert set(Side) == set(link.down)
    assert world.adapters.right.requests["failed"] < 20

    world.adapters.right.get = get  # type: ignore[method-assign]
    world.settle()
    assert {"y"} == {one.fields["short"] for one in world.desks.right.records.values()}
    assert {} == world.problems()


@pytest.mark.parametrize(
    "error", [TryLater("away"), NotSent("no connection"), UnknownOutcome("silence")]
)
def test_comments_written_during_an_outage_arrive_in_order(error: Exception) -> None:
    """R21, R25: the first that cannot be sent holds its pair's others back, and no other pair's."""
    world = World(right=Manners(lag=timedelta(seconds=2)))
    near, far = joined(world)
    outage = [True]

    def between(side: str, when: str, what: str) -> None:
        if outage[0] and (side, when, what) == ("right", "before", "reply"):
            raise error

    world.between = between
    for number in range(4):
        world.desks.left.say(near, f"word {number}", ADA)
        world.desks.left.edit(near, {"title": f"title {number}"}, ADA)
        world.run(minutes=1)
        world.clock.tick(7)
    assert [] == world.desks.right.records[far].comments
    outage[0] = False

    world.settle()

    bodies = [one.body.split("\n\n")[1] for one in world.desks.right.records[far].comments]
    assert [f"word {number}" for number in range(4)] == bodies
    assert "title 3" == world.desks.right.records[far].fields["short"]


def test_a_problem_is_logged_once_when_it_opens_and_once_when_it_closes() -> None:
    """R25: however often it is met, and without a word of the ticket."""
    world = World()
    near, _ = joined(world)
    world.desks.right.refuses = lambda _name, value: "no swearing" if value == "Damn" else ""
    with structlog.testing.capture_logs() as lines:
        world.desks.left.edit(near, {"title": "Damn"}, ADA)
        world.settle()
        world.desks.left.edit(near, {"status": "Open"}, ADA)
        world.settle()
        world.desks.left.edit(near, {"title": "Printer"}, ADA)
        world.settle()

    told = [line for line in lines if line["event"].startswith("problem.")]
    assert ["problem.opened", "problem.closed"] == [line["event"] for line in told]
    assert ["warning", "info"] == [line["log_level"] for line in told]
    assert "Damn" not in str(told)
    assert {"refused"} == {line["code"] for line in told}
    assert "refused" in WAYS
