"""The promises, held against what both desks show after a history."""

from __future__ import annotations

from collections import Counter

from sync_service.adapters.memory import US
from sync_service.adapters.memory.desk import Record
from sync_service.core.values import InternalNote, Key, Origin, PublicComment, Side
from tests.engine.history import TWINS, Play

#: Ticket ids of a pair, left and right.
Ids = tuple[str, str]


class Judge:
    """Hold a play against the promises."""

    def __init__(self, play: Play) -> None:
        self.world, self.diary = play.world, play.diary

    def judge(self) -> None:
        """Hold all promises."""
        self.never_loops()
        pairs = self.never_twice()
        whole = [ids for ids in pairs if not self._gone(*ids)]
        self.talks(whole)
        for ids in whole:
            self.agrees(*ids)
        self.never_lost(whole)

    def never_loops(self) -> None:
        """Once level, a cycle makes zero writes (promise 2)."""
        before = self.world.writes()
        self.world.clock.tick(120)
        assert self.world.run(), "not level after rest"
        assert before == self.world.writes(), "a further cycle wrote"

    def never_twice(self) -> list[Ids]:
        """Find one copy of each person's ticket, and no copy of a copy (promise 3)."""
        pairs: list[Ids] = []
        for side in Side:
            copies: Counter[str] = Counter()
            for record in self._records(side):
                if record.by != US:
                    continue
                key = Key.parse(record.key)
                assert key is not None
                original = self.world.desks.of(side.far).records[key.ticket]
                assert original.by != US, "a copy of a copy"
                # Without a store nobody knows of a copy that people have deleted.
                if not (self.diary.lost_store and _is_gone(record)):
                    copies[key.ticket] += 1
                    ids = (key.ticket, record.id)
                    pairs.append(ids if side is Side.RIGHT else (ids[1], ids[0]))
            assert all(count == 1 for count in copies.values()), f"copied twice: {copies}"
        self._each_has_a_copy()
        return pairs

    def _each_has_a_copy(self) -> None:
        keys = {side: [Key.parse(one.key) for one in self._records(side)] for side in Side}
        known = {
            side: {one.id for one in self._records(side) if one.by == US}
            | {key.ticket for key in keys[side.far] if key}
            for side in Side
        }
        refused = {pair.ids for pair in self.world.store.iterate("desk") if pair.refusals}
        stopped = {Side.LEFT: {i.left for i in refused}, Side.RIGHT: {i.right for i in refused}}
        for side in Side:
            for record in self._records(side):
                if not _is_gone(record) and record.id not in known[side] | stopped[side]:
                    raise AssertionError(f"{record.id} has no copy")

    def talks(self, pairs: list[Ids]) -> None:
        """Find each public comment once a side; internal notes only where they may go; no leaks."""
        for left, right in pairs:
            copies: Counter[tuple[Side, str]] = Counter()
            for side, ticket in ((Side.LEFT, left), (Side.RIGHT, right)):
                for comment in self.world.desks.of(side).records[ticket].comments:
                    if comment.ours:
                        origin = self._origin(side, comment.body, comment.origin)
                        assert origin is not None, "a copy without origin"
                        copies[side, origin.comment] += 1
                        self._no_leak(side, comment, origin)
            for (_, name), count in copies.items():
                assert count == 1, f"comment {name} copied twice: {copies}"
            for side, ticket, comment_id, public in self.diary.said:
                if ticket in (left, right):
                    wanted = public or side is Side.LEFT
                    assert copies[side.far, comment_id] == int(wanted), f"{comment_id}: {copies}"

    def _origin(self, side: Side, body: str, origin: Origin | None) -> Origin | None:
        if self.world.desks.of(side).manners.origin_field:
            return origin
        return Origin.parse(body.rpartition("[sync ")[2].rstrip("]"))

    def _no_leak(self, side: Side, copy: object, origin: Origin) -> None:
        source = self.world.desks.of(side.far).records[origin.ticket].comments
        original = next(c for c in source if c.id == origin.comment.split("~")[0])
        if isinstance(original, InternalNote):
            assert not isinstance(copy, PublicComment), "an internal note became public"
            assert side is Side.RIGHT, "an internal note went where none may go"

    def agrees(self, left: str, right: str) -> None:
        """Both sides show the same, or a conflict or problem says why not (promise 1)."""
        here = self.world.desks.left.records[left].fields
        there = self.world.desks.right.records[right].fields
        disputed = self.world.disputed()
        for name in ("title", "status"):
            near, far = here.get(name), there.get(TWINS[name])
            shown = self.world.desks.right.fit(name, near) == far
            back = self.world.desks.left.fit(name, far) == near
            if not (shown or back):
                assert (left, name) in disputed, f"{name}: {near!r} and {far!r}, and nobody knows"

    def never_lost(self, pairs: list[Ids]) -> None:
        """A later edit loses only to a conflict that lists it (promise 4)."""
        for left, right in pairs:
            for name in ("title", "status"):
                near = self.diary.last(Side.LEFT, left, name)
                far = self.diary.last(Side.RIGHT, right, TWINS[name])
                last = max((one for one in (near, far) if one), key=lambda e: e.at, default=None)
                if last is None:
                    continue
                shown = self.world.desks.of(last.side).records[last.ticket].fields.get(last.name)
                filled = last.value is None and self.diary.lost_store  # R7: the empty side
                if shown != last.value and not filled:
                    kept = self.diary.kept
                    assert (left, last.value) in kept, f"{last} was lost; now {shown!r}, {kept}"

    def _records(self, side: Side) -> list[Record]:
        return list(self.world.desks.of(side).records.values())

    def _gone(self, left: str, right: str) -> bool:
        desks = self.world.desks
        return _is_gone(desks.left.records[left]) or _is_gone(desks.right.records[right])


def _is_gone(record: Record) -> bool:
    return record.deleted or record.merged_into is not None
