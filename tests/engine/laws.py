"""The promises, held against what both desks show after a history."""

from __future__ import annotations

import itertools
from collections import Counter

from sync_service.adapters.memory import US
from sync_service.adapters.memory.desk import Record
from sync_service.core.pair import Made, Pair, State
from sync_service.core.values import Key, Side, Value
from tests.engine.laws_of_talk import Talk
from tests.engine.people import HOME, TWINS
from tests.engine.play import Play


class Judge:
    """Hold a play against the promises."""

    def __init__(self, play: Play) -> None:
        self.world, self.diary = play.world, play.diary
        self.pairs = list(self.world.store.iterate("desk"))

    def judge(self) -> None:
        """Hold all promises."""
        self.never_loops()
        self.never_twice()
        self.never_silent()
        for pair in self.pairs:
            if self.flows(pair):
                Talk(self.world, self.diary, pair).judge()
                self.agrees(pair)
                self.never_lost(pair)
                self.never_overwritten(pair)

    def never_loops(self) -> None:
        """Once level, a cycle makes zero writes (promise 2)."""
        before = self.world.writes()
        self.world.clock.tick(120)
        assert self.world.run(), "not level after rest"
        assert before == self.world.writes(), "a further cycle wrote"

    def never_twice(self) -> None:
        """Find one copy of each person's ticket, and no copy of a copy (promise 3)."""
        for side in Side:
            copies: Counter[str] = Counter()
            for record in self._records(side):
                if record.by != US:
                    continue
                key = Key.parse(record.key)
                assert key is not None
                original = self.world.desks.of(side.far).records[key.ticket]
                assert original.by != US, "a copy of a copy"
                # A copy that was gone for a while may have been made anew, if a person said so.
                if (side, record.id) not in self.diary.lost:
                    copies[key.ticket] += 1
            assert all(count == 1 for count in copies.values()), f"copied twice: {copies}"

    def never_silent(self) -> None:
        """Find each ticket in a whole pair, or a reason that a person can be told (promise 6)."""
        whole = {(side, pair.ids.of(side)) for pair in self.pairs if pair.whole for side in Side}
        half = {
            (side, pair.ids.of(side)): pair
            for pair in self.pairs
            if not pair.whole
            for side in Side
        }
        told = {row.problem.pair for row in self.world.store.problems(closed=True)}
        for side in Side:
            buried = set(self.world.store.buried("desk", side, [r.id for r in self._records(side)]))
            for record in self._records(side):
                place = (side, record.id)
                if place in whole or place in self.diary.parted or record.id in buried:
                    continue
                if _is_gone(record) or self._not_selected(side, record):
                    continue
                pair = half.get(place)
                if record.key and (pair is None or pair.id not in told):
                    assert self._key_is_told(side, record), f"{record.id} was not adopted"
                    continue
                assert pair is not None, f"{record.id} has no pair"
                assert pair.id in told, f"{record.id} has no copy, and nobody knows"
        self._blocked_is_told()

    def _key_is_told(self, side: Side, record: Record) -> bool:
        """Tell whether a copy that is in no pair is a person's business."""
        key = Key.parse(record.key)
        assert key is not None
        named = (side.far, key.ticket)
        original = self.world.desks.of(side.far).records[key.ticket]
        codes = {row.problem.code for row in self.world.store.problems(closed=True)}
        parted = named in self.diary.parted or named in self.diary.lost or _is_gone(original)
        return parted or bool({"cloned-key", "not-adopted"} & codes)

    def _blocked_is_told(self) -> None:
        """Whatever a pair holds back, a problem or a conflict says so, or a person has seen it."""
        problems = {
            (row.problem.pair, row.problem.item) for row in self.world.store.problems(closed=True)
        }
        conflicts = {
            (row.conflict.pair, row.conflict.line)
            for row in self.world.store.conflicts("desk", closed=True)
        }
        for pair in self.pairs:
            for refusal in pair.refusals:
                assert (pair.id, refusal.item) in problems, f"{refusal} is told nowhere"
            if pair.state is State.PARKED:
                assert (pair.id, "") in problems, f"pair {pair.id} is parked, and nobody knows"
            elif not self._withheld(pair):
                lines = {line.split(" [")[0] for line in pair.contested}
                missing = {line for line in lines if (pair.id, line) not in conflicts}
                assert not missing, f"{missing} contested, and nobody knows"

    def flows(self, pair: Pair) -> bool:
        """Tell whether a pair is at work now."""
        if not pair.whole or pair.state is State.PARKED or self._withheld(pair):
            return False
        return not any(_is_gone(self._record(pair, side)) for side in Side)

    def agrees(self, pair: Pair) -> None:
        """Both sides show the same, or a conflict or problem says why not (promise 1)."""
        here, there = (self._record(pair, side).fields for side in Side)
        disputed = self._disputed(pair)
        for line in self.world.lines:
            (name,), (twin,) = line.names.left, line.names.right
            near, far = here.get(name), there.get(twin)
            shown = self.world.desks.right.fit(twin, near) == far
            back = self.world.desks.left.fit(name, far) == near
            if not (shown or (back and Side.LEFT in line.to) or self._drifted(pair, name)):
                assert line.name in disputed, f"{name}: {near!r} and {far!r}, and nobody knows"

    def _drifted(self, pair: Pair, name: str) -> bool:
        """Tell whether an edit of a one-way line's target came after its source's (R9)."""
        if name != "where":
            return False
        near = self.diary.last(Side.LEFT, pair.ids.left or "", name)
        far = self.diary.last(Side.RIGHT, pair.ids.right or "", TWINS[name])
        moved = far is not None and (near is None or near.at <= far.at)
        return moved or self._apart(pair)  # and tickets that were joined late keep what they have

    def _apart(self, pair: Pair) -> bool:
        """Tell whether the pair was made of tickets with a life of their own."""
        return (
            self.diary.lost_store
            or pair.made is not Made.CREATED
            or any((side, pair.ids.of(side)) in self.diary.parted for side in Side)
        )

    def never_lost(self, pair: Pair) -> None:
        """A later edit loses only to a conflict that lists it (promise 4)."""
        for name in ("title", "status"):
            edits = [
                edit
                for side, field in ((Side.LEFT, name), (Side.RIGHT, TWINS[name]))
                if (edit := self.diary.last(side, pair.ids.of(side) or "", field))
            ]
            last = max(edits, key=lambda e: e.at, default=None)
            if last is None:
                continue
            shown = self._record(pair, last.side).fields.get(last.name)
            filled = last.value is None and self._apart(pair)  # R7: the empty side
            if shown != last.value and not filled:
                assert last.value in self.diary.kept, f"{last} was lost; now {shown!r}"

    def never_overwritten(self, pair: Pair) -> None:
        """What we wrote over a person's value was shown on the far side before, or is kept (R8)."""
        for side in Side:
            for name in ("title", "status") if side is Side.LEFT else ("short", "state"):
                for value, since, at in self._replaced(pair, side, name):
                    if value is None and self._apart(pair):
                        continue  # R7: the empty side is filled
                    seen = self._shown_far(pair, side, name, value, since, at)
                    kept = value in self.diary.kept
                    assert seen or kept, f"{side} {name}: {value!r} was overwritten unseen"

    def _replaced(self, pair: Pair, side: Side, name: str) -> list[tuple[Value, float, float]]:
        """List a person's values that writes of ours replaced: value, since when, and when."""
        record, found = self._record(pair, side), []
        trail = [entry for entry in record.trail if entry.field == name]
        for before, entry in itertools.pairwise(trail):
            back = (side, record.id, name, entry.new) in self.diary.restored
            if entry.ours and not before.ours and not back:
                found.append((before.new, before.at.timestamp(), entry.at.timestamp()))
        return found

    def _shown_far(
        self, pair: Pair, side: Side, name: str, value: Value, since: float, at: float
    ) -> bool:
        """Tell whether the far side showed a value, as it shows values, in a span of time."""
        twin = TWINS.get(name) or next(one for one, two in TWINS.items() if two == name)
        far, desk = self._record(pair, side.far), self.world.desks.of(side.far)
        offset = (self.world.skew.of(side.far) - self.world.skew.of(side)).total_seconds()
        wanted = desk.fit(twin, value)
        trail = [entry for entry in far.trail if entry.field == twin]
        moments = [entry.at.timestamp() - offset for entry in trail]
        for n, entry in enumerate(trail):
            until = moments[n + 1] if n + 1 < len(trail) else float("inf")
            if entry.new == wanted and moments[n] <= at and until >= since:
                return True
        return not trail and wanted is None

    def _disputed(self, pair: Pair) -> set[str]:
        contested = {line.split(" [")[0] for line in pair.contested}
        return contested | {refusal.item for refusal in pair.refusals}

    def _withheld(self, pair: Pair) -> bool:
        """Tell whether a pair stops because its original is deselected."""
        left = pair.ids.left and self.world.desks.left.records[pair.ids.left]
        if not left or not self.world.changes.get("stop_when_deselected"):
            return False
        right = pair.ids.right and self.world.desks.right.records[pair.ids.right]
        by_right = bool(right) and right.by != US  # type: ignore[union-attr]
        return left.fields.get("where") == HOME and not by_right and left.by != US

    def _not_selected(self, side: Side, record: Record) -> bool:
        """A ticket that was deselected before it was copied gets no copy."""
        selects = "select" in self.world.changes and side is Side.LEFT
        return selects and record.fields.get("where") == HOME

    def _records(self, side: Side) -> list[Record]:
        return list(self.world.desks.of(side).records.values())

    def _record(self, pair: Pair, side: Side) -> Record:
        return self.world.desks.of(side).records[pair.ids.of(side) or ""]


def _is_gone(record: Record) -> bool:
    return record.deleted or record.merged_into is not None
