"""What tests let happen: a ticket that meets its copy, and a fault at one point of the wire."""

from __future__ import annotations

from collections.abc import Callable

from tests.engine.world import World

ADA, TECH = "ada@school.example", "tech@city.example"


def joined(world: World, **values: str) -> tuple[str, str]:
    """Let a ticket of the left side meet its copy, and give both ids."""
    made = world.desks.left.open({"title": "Printer", "status": "New", **values}, ADA)
    world.settle()
    key = f"test:desk:left:{made.id}"
    return made.id, next(one.id for one in world.desks.right.records.values() if one.key == key)


def once(
    error: Exception, at: tuple[str, str, str], skip: int = 0
) -> Callable[[str, str, str], None]:
    """Raise `error` at one point of the wire, after so many passes."""
    left = [skip]

    def between(side: str, when: str, what: str) -> None:
        if (side, when, what) == at:
            left[0] -= 1
            if left[0] == -1:
                raise error

    return between
