"""One row that nobody can read stops no other, and is not passed over (R2, R25, ADR 0045)."""

from __future__ import annotations

from dataclasses import replace

from sync_service.adapters.base import Page
from tests.engine.acts import ADA
from tests.engine.world import World


def odd(world: World, ticket: str) -> list[str]:
    """Let the left feed and scan show a ticket in a shape that nobody can read, while it is listed."""
    adapter, listed = world.adapters.left, [ticket]
    changed, scan = adapter.changed, adapter.scan

    def shown(page: Page) -> Page:
        wrong = {row.id: "TypeError at codec.py:1." for row in page.rows if row.id in listed}
        return replace(page, rows=tuple(r for r in page.rows if r.id not in wrong), unread=wrong)

    async def read_changed(since: str | None, page: str | None = None) -> Page:
        return shown(await changed(since, page))

    async def read_scan(since: object, cursor: str | None = None) -> Page:
        return shown(await scan(since, cursor))  # type: ignore[arg-type]

    adapter.changed, adapter.scan = read_changed, read_scan  # type: ignore[method-assign,assignment]
    return listed


def copies(world: World) -> set[object]:
    """Give the titles of the right side's tickets."""
    return {one.fields["short"] for one in world.desks.right.records.values()}


def test_one_odd_row_of_a_feed_stops_no_other_and_comes_again() -> None:
    """R2, R25: it stopped its whole side; the watermark must not pass it over either."""
    world = World()
    world.settle()
    poisoned = world.desks.left.open({"title": "Odd"}, ADA).id
    listed = odd(world, poisoned)
    world.desks.left.open({"title": "Even"}, ADA)
    world.run()
    assert {"Even"} == copies(world)
    (row,) = world.store.problems()
    assert ("unreadable", (poisoned,)) == (row.problem.code, row.problem.tickets)

    world.clock.tick(24 * 3600)
    world.desks.left.open({"title": "Later"}, ADA)
    world.run()
    assert {"Even", "Later"} == copies(world)

    listed.clear()
    world.run()

    assert {"Even", "Later", "Odd"} == copies(world)
    assert [] == world.store.problems()


def test_one_odd_row_of_a_backfill_stops_no_other_and_comes_again() -> None:
    """R26: the scan goes on behind it, and begins at its page again."""
    world = World()
    poisoned = world.desks.left.open({"title": "Odd"}, ADA).id
    listed = odd(world, poisoned)
    for name in range(60):
        world.desks.left.open({"title": f"Even {name}"}, ADA)
    world.run()
    assert 60 == len(copies(world))
    (row,) = world.store.problems()
    assert ("unreadable", (poisoned,)) == (row.problem.code, row.problem.tickets)

    listed.clear()
    world.run()

    assert 61 == len(copies(world))
    assert [] == world.store.problems()
