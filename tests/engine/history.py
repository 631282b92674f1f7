"""Random histories: what people, faults and crashes do, and the laws that hold afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import strategies as st

from sync_service.adapters.memory import US, Manners, MemoryDesk
from sync_service.core.values import InternalNote, Key, Origin, PublicComment, Side, Value
from tests.engine.world import World

PEOPLE = {
    Side.LEFT: ("ada@school.example", "bob@school.example"),
    Side.RIGHT: ("tech@city.example",),
}
FIELDS = {Side.LEFT: ("title", "status", "where"), Side.RIGHT: ("short", "state", "place")}
TWINS = {"title": "short", "status": "state", "where": "place"}
WORDS = ("New", "Printer on fire", "Closed", "Printer on ice", "  Open ", "")
TALK = ("hi", "hi", "It smells of smoke", "done")


@dataclass(frozen=True)
class Step:
    """One thing that happens: `what` by somebody on a side, chosen by numbers."""

    what: str
    side: Side = Side.LEFT
    pick: int = 0
    word: int = 0


def steps() -> st.SearchStrategy[list[Step]]:
    """Give histories of people, restarts and crashes."""
    sides = st.sampled_from(list(Side))
    acts = st.builds(
        Step,
        st.sampled_from(["open", "edit", "edit", "say", "whisper", "say", "reword"]),
        sides,
        st.integers(0, 5),
        st.integers(0, 11),
    )
    runs = st.builds(Step, st.just("run"), pick=st.integers(0, 3))
    crash = st.builds(Step, st.just("crash"), pick=st.integers(0, 40), word=st.integers(0, 3))
    between = st.builds(Step, st.just("between"), sides, st.integers(0, 9), st.integers(0, 11))
    tick = st.builds(Step, st.just("tick"), pick=st.integers(0, 3))
    return st.lists(
        st.one_of(acts, acts, acts, runs, crash, between, tick), min_size=3, max_size=14
    )


def manners() -> st.SearchStrategy[Manners]:
    """Give desks of all tempers."""
    return st.builds(
        Manners,
        cut=st.sampled_from([0, 0, 4, 9]),
        resolution=st.sampled_from([timedelta(0), timedelta(seconds=1)]),
        lag=st.sampled_from([timedelta(0), timedelta(seconds=3)]),
        origin_field=st.booleans(),
        audit=st.booleans(),
        serial=st.booleans(),
        edits=st.booleans(),
        page_size=st.sampled_from([2, 50]),
    )


@dataclass
class Edit:
    """What a person typed, where and when."""

    side: Side
    ticket: str
    name: str
    value: Value
    at: float


@dataclass
class Diary:
    """What people did, as the judge remembers it."""

    edits: list[Edit] = field(default_factory=list)
    said: list[tuple[Side, str, str, bool]] = field(default_factory=list)
    reworded: set[str] = field(default_factory=set)


class Play:
    """Play a history in a world, then judge it."""

    def __init__(self, world: World, history: list[Step]) -> None:
        self.world, self.history, self.diary = world, history, Diary()
        self.pending: list[Step] = []
        world.between = self._between

    def play(self) -> None:
        """Let everything happen, then let the sync come to rest undisturbed."""
        for step in self.history:
            self.act(step)
            self.world.clock.tick(0.3)
        self.world.fuse = None
        self.pending.clear()
        self.world.clock.tick(60)
        self.world.settle()

    def act(self, step: Step) -> None:
        world = self.world
        match step.what:
            case "tick":
                world.clock.tick(10**step.pick / 10)
            case "run":
                world.run(minutes=5)
            case "crash":
                world.fuse = step.pick
                world.run(minutes=5)
                world.fuse = None
                world.clock.tick(step.word * 3)
            case "between":
                self.pending.append(step)
            case _:
                self.person(step)

    def person(self, step: Step) -> None:
        desk = self.world.desks.of(step.side)
        by = PEOPLE[step.side][step.pick % len(PEOPLE[step.side])]
        if step.what == "open" or not desk.records:
            self._open(desk, step, by)
            return
        ticket = list(desk.records)[step.pick % len(desk.records)]
        match step.what:
            case "edit":
                name = FIELDS[step.side][step.word % 3]
                self.edit(step.side, ticket, name, WORDS[(step.word + step.pick) % len(WORDS)], by)
            case "say" | "whisper":
                public = step.what == "say"
                made = desk.say(ticket, TALK[step.word % len(TALK)], by, public=public)
                self.diary.said.append((step.side, ticket, made.id, public))
            case "reword":
                mine = [c for c in desk.records[ticket].comments if c.author.email != US]
                if mine:
                    comment = mine[step.word % len(mine)]
                    desk.reword(ticket, comment.id, f"edited {step.word}")
                    self.diary.reworded.add(comment.id)

    def _open(self, desk: MemoryDesk, step: Step, by: str) -> None:
        names = FIELDS[step.side]
        values = {names[0]: WORDS[step.word % len(WORDS)] or "x", names[1]: "New"}
        made = desk.open(values, by)
        for name, value in made.fields.items():
            self._note(step.side, made.id, name, value)

    def edit(self, side: Side, ticket: str, name: str, word: str, by: str) -> None:
        desk = self.world.desks.of(side)
        value = desk.fit(name, word)
        if desk.records[ticket].fields.get(name) != value:
            desk.edit(ticket, {name: value}, by)
            self._note(side, ticket, name, value)

    def _note(self, side: Side, ticket: str, name: str, value: Value) -> None:
        at = self.world.clock().timestamp()
        self.diary.edits.append(Edit(side, ticket, name, value, at))

    def _between(self, side: str, when: str, what: str) -> None:
        """Let a person type while a write is on its way, outside the stated window (R20)."""
        manners = self.world.desks.of(Side(side)).manners
        if self.pending and (when == "after" or manners.serial or what != "update"):
            step = self.pending.pop()
            self.person(Step("edit", step.side, step.pick, step.word))

    # The laws

    def judge(self) -> None:
        """Hold the promises against what both desks show now."""
        self.never_loops()
        pairs = self.never_twice()
        self.talks(pairs)
        for left, right in pairs:
            self.agrees(left, right)
        self.never_lost(pairs)

    def never_loops(self) -> None:
        before = self.world.writes()
        self.world.clock.tick(120)
        assert self.world.run(), "not level after rest"
        assert before == self.world.writes(), "a further cycle wrote"

    def never_twice(self) -> list[tuple[str, str]]:
        """One copy of each person's ticket, and no copy of a copy."""
        pairs: list[tuple[str, str]] = []
        for side in Side:
            for record in self.world.desks.of(side).records.values():
                key = Key.parse(record.key)
                if record.by == US:
                    assert key is not None
                    assert key.ticket in self.world.desks.of(side.far).records
                    pair = (key.ticket, record.id)
                    pairs.append(pair if side is Side.RIGHT else (pair[1], pair[0]))
        originals = [one for pair in pairs for one in pair]
        assert len(originals) == len(set(originals)), f"copied twice: {pairs}"
        people = sum(
            record.by != US
            for side in Side
            for record in self.world.desks.of(side).records.values()
        )
        assert people == len(pairs), f"{people} tickets by people, {len(pairs)} copies"
        return pairs

    def talks(self, pairs: list[tuple[str, str]]) -> None:
        """Each public comment once a side; internal notes only where they may go; no leaks."""
        for left, right in pairs:
            copies: Counter[tuple[Side, str]] = Counter()
            for side, ticket in ((Side.LEFT, left), (Side.RIGHT, right)):
                for comment in self.world.desks.of(side).records[ticket].comments:
                    if comment.ours:
                        origin = self._origin(side, comment.body, comment.origin)
                        assert origin is not None, "a copy without origin"
                        copies[
                            side,
                            origin.comment.split("~")[0] + ("~" if "~" in origin.comment else ""),
                        ] += 1
                        self._no_leak(side, comment, origin)
            for (_, name), count in copies.items():
                assert name.endswith("~") or count == 1, f"comment copied twice: {copies}"
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

    def never_lost(self, pairs: list[tuple[str, str]]) -> None:
        """A later edit loses only to a conflict that lists it (promise 4)."""
        kept = self.world.kept_values()
        for left, right in pairs:
            for name in ("title", "status"):
                near = self._last(Side.LEFT, left, name)
                far = self._last(Side.RIGHT, right, TWINS[name])
                last = max(
                    (one for one in (near, far) if one), key=lambda one: one.at, default=None
                )
                if last is None:
                    continue
                shown = self.world.desks.of(last.side).records[last.ticket].fields.get(last.name)
                if shown != last.value:
                    assert (left, last.value) in kept, (
                        f"{last} was lost; shown {shown!r}, kept {kept}"
                    )

    def _last(self, side: Side, ticket: str, name: str) -> Edit | None:
        mine = [e for e in self.diary.edits if (e.side, e.ticket, e.name) == (side, ticket, name)]
        return mine[-1] if mine else None
