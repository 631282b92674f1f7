"""Failures found where a system answered with an older state: a replica, a cache, a restored one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from sync_service.adapters.memory import Manners
from sync_service.core.values import Reading
from tests.engine.acts import ADA, TECH, joined
from tests.engine.office import Office
from tests.engine.world import World

MANNERS = {
    "a kind desk": Manners(),
    "no counter, no trail": Manners(serial=False, audit=False),
    "no counter": Manners(serial=False),
    "no preconditions": Manners(guarded=False),
}


def stale(world: World, ticket: str, when: Callable[[], bool]) -> None:
    """Let a replica answer with the right ticket as it stands now, whenever `when` says so."""
    adapter = world.adapters.right
    old, honest = adapter._reading(ticket), adapter.get

    async def get(ids: Sequence[str]) -> Mapping[str, Reading]:
        got = await honest(ids)
        return {**got, ticket: old} if ticket in got and when() else got

    adapter.get = get  # type: ignore[method-assign]


def shown(world: World, near: str, far: str) -> tuple[object, object]:
    """Give both titles."""
    left, right = world.desks.left.records[near], world.desks.right.records[far]
    return left.fields["title"], right.fields["short"]


@pytest.mark.parametrize("manners", list(MANNERS.values()), ids=list(MANNERS))
def test_an_older_answer_is_no_revert(manners: Manners) -> None:
    """R1: a replica shows the copy as it was before our write; nothing is merged with that."""
    world, turns = World(manners, manners), [0, 0, 0]
    near, far = joined(world)
    world.clock.tick(5)
    lagging = False
    stale(world, far, lambda: lagging and bool(turns) and turns.pop() == 0)
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.settle()
    world.clock.tick(120)
    lagging = True
    world.desks.left.edit(near, {"where": "Annex"}, ADA)

    world.settle()

    assert [] == turns
    assert ("Printer on fire", "Printer on fire") == shown(world, near, far)
    assert "Annex" == world.desks.right.records[far].fields["place"]
    assert ([], {}) == (world.conflicts(), world.problems())


def test_an_answer_older_than_our_own_write_is_none() -> None:
    """R1: right after a write nothing but its reply tells how new a reading must be."""
    world, turns = World(), [0, 0]
    near, far = joined(world)
    world.clock.tick(120)
    world.settle()
    lagging = False
    stale(world, far, lambda: lagging and bool(turns) and turns.pop() == 0)
    world.desks.right.search = list  # type: ignore[method-assign]
    world.desks.left.edit(near, {"title": "Printer on fire"}, ADA)
    world.settle()
    lagging = True
    world.desks.left.edit(near, {"where": "Annex"}, ADA)

    world.settle()

    assert [] == turns
    assert ("Printer on fire", "Printer on fire") == shown(world, near, far)
    assert 0 == world.adapters.left.requests.get("update", 0)
    assert [] == world.conflicts()


def test_a_system_that_was_put_back_is_told_of_and_believed_on_request(tmp_path: Path) -> None:
    """R1, R25: then versions are older for ever, and only a person can tell which is true."""
    office = Office(tmp_path)
    office.desk()
    near = office.desks["here"].open({"title": "Printer", "status": "New"}, ADA).id
    office.day()
    office.clock.tick(5)
    (record,) = office.desks["there"].records.values()
    before = dict(record.fields), record.changed, record.serial
    office.desks["there"].edit(record.id, {"short": "Printer on fire"}, TECH)
    office.day()
    office.clock.tick(120)
    record.fields, record.changed, record.serial = before
    office.desks["here"].edit(near, {"status": "Open"}, ADA)

    office.day(50)

    (row,) = office.look(lambda store: store.problems())
    assert ("many-attempts", "older") == (row.problem.code, row.tried[-1].kind)
    assert "put back" in row.problem.message
    fields = office.desks["here"].records[near].fields
    assert ("Printer on fire", "Printer") == (fields["title"], record.fields["short"])
    office.ask("retry", ids=[row.id])
    office.day()
    assert ("Printer", "Printer") == (fields["title"], record.fields["short"])
    assert {} == office.problems()
