"""One fixed day at two desks, with a crash at every point where there can be one.

Points stand before and after every write on the wire and every transaction of the store. The day
holds creates both ways, comments of both kinds, updates, a status path, a conflict, a match, an
edited comment and one that is turned internal. Whatever the point, the evening is the same: nothing twice, nothing lost.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from sync_service.adapters.memory import Manners
from sync_service.core.values import InternalNote, Side, Sides
from tests.engine.world import World

ADA, TECH = "ada@school.example", "tech@city.example"
STEPS = {"New": ("Open",), "Open": ("New", "Closed"), "Closed": ("Open",)}
TALK = Counter({"It smells": 2, "Room 4": 1, "On my way": 1, "Bob's grades": 1})
KIND = Manners()
STRICT = Manners(status="state", workflow=STEPS)
ROUGH = Manners(
    resolution=timedelta(seconds=1),
    lag=timedelta(seconds=3),
    origin_field=False,
    audit=False,
    serial=False,
)


@dataclass
class Day:
    """The names of a day's tickets and comments."""

    world: World
    printer: str = ""
    laptop: str = ""
    reworded: str = ""
    slip: str = ""

    def morning(self) -> None:
        """Tickets on both sides, two of which name each other, with comments."""
        left, right = self.world.desks.left, self.world.desks.right
        self.printer = left.open({"title": "Printer", "status": "New", "where": "Annex"}, ADA).id
        left.say(self.printer, "It smells", ADA)
        left.say(self.printer, "It smells", ADA, public=False)
        self.reworded = left.say(self.printer, "Room 3", ADA).id
        self.slip = left.say(self.printer, "Bob's grades", ADA).id
        self.laptop = right.open({"short": "Laptop", "state": "New"}, TECH).id
        right.say(self.laptop, "Which one?", TECH)
        named = left.open({"title": "Beamer", "status": "New"}, ADA)
        right.open({"short": "Beamer", "state": "New", "sibling": named.id}, TECH)

    def noon(self) -> None:
        """Edits on one side, on both sides of one ticket, and of one field of one ticket."""
        left, right = self.world.desks.left, self.world.desks.right
        far, near = self.copy(Side.RIGHT, self.printer), self.copy(Side.LEFT, self.laptop)
        left.edit(self.printer, {"title": "Printer on fire", "status": "Closed"}, ADA)
        right.edit(far, {"place": "Cellar"}, TECH)
        right.say(far, "On my way", TECH)
        left.reword(self.printer, self.reworded, "Room 4")
        left.turn_internal(self.printer, self.slip)
        left.edit(near, {"title": "Laptop of Ada"}, ADA)
        right.edit(self.laptop, {"short": "Laptop of Bob"}, TECH)

    def copy(self, side: Side, original: str) -> str:
        """Give the id of the copy that carries the original's key."""
        key = f"test:desk:{side.far}:{original}"
        return next(one.id for one in self.world.desks.of(side).records.values() if one.key == key)


def play(manners: Sides[Manners], fuse: int | None) -> Day:
    """Play the day, crashing once after so many points."""
    world = World(manners.left, manners.right, match=(Sides("number", "sibling"),))
    day = Day(world)
    day.morning()
    world.clock.tick(10)  # past the rough desk's index lag
    world.fuse = fuse
    world.settle()
    day.noon()
    world.clock.tick(10)
    world.settle()
    world.clock.tick(60)
    world.fuse = None
    world.settle()
    return day


def judge(day: Day) -> None:
    """Find every ticket, comment and edit exactly once, or its value in a conflict."""
    world = day.world
    far, near = day.copy(Side.RIGHT, day.printer), day.copy(Side.LEFT, day.laptop)
    assert {3} == {len(world.desks.of(side).records) for side in Side}, "a ticket twice or never"
    left, right = world.desks.left.records, world.desks.right.records
    kept = {value for _, value in world.kept_values()}

    for fields, name, value in (
        (right[far].fields, "short", "Printer on fire"),
        (right[far].fields, "state", "Closed"),
        (left[day.printer].fields, "title", "Printer on fire"),
        (left[near].fields, "title", "Laptop of Ada"),
        (right[day.laptop].fields, "short", "Laptop of Ada"),
    ):
        assert value == fields[name] or {value, fields[name]} <= kept
    assert "Laptop of Bob" in kept, "the loser's value is kept"
    assert right[far].fields["place"] in {"Cellar", "Annex"}, "the target of a one-way line"

    assert TALK == _said(left[day.printer])
    assert TALK == _said(right[far])
    assert Counter({"Which one?": 1}) == _said(left[near])
    grades = [one for one in right[far].comments if "grades" in one.body and not one.deleted]
    assert all(isinstance(one, InternalNote) for one in grades), "it was turned internal"
    internal = [isinstance(c, InternalNote) for c in right[far].comments if "smells" in c.body]
    assert [False, True] == sorted(internal), "an internal note became public"


def _said(record: object) -> Counter[str]:
    """Count the words of comments, without signature and marker."""
    bodies = [one.body for one in record.comments]  # type: ignore[attr-defined]
    return Counter(body.split("\n\n")[-1].split("\n[sync ")[0] for body in bodies)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "manners",
    [Sides(KIND, STRICT), Sides(ROUGH, ROUGH), Sides(ROUGH, STRICT)],
    ids=["kind desks", "rough desks", "one of each"],
)
def test_a_crash_at_any_point_then_a_sync_equals_a_sync(
    manners: Sides[Manners], record_property: Callable[[str, object], None]
) -> None:
    """Promises 3 to 5; R16, R17, R19, R21: every enumerated point, none left out."""
    undisturbed = play(manners, None)
    judge(undisturbed)
    points = undisturbed.world.points
    assert points > 60

    for point in range(points):
        day = play(manners, point)
        try:
            judge(day)
        except AssertionError as error:
            raise AssertionError(f"crash at point {point} of {points}: {error}") from error

    record_property("crash_points", points)
    sys.stdout.write(f"\n{points} crash points\n")
