"""Random histories: what people, faults and crashes do to two desks with a daemon between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import strategies as st

from sync_service.adapters.memory import US, Manners, MemoryDesk
from sync_service.core.comments import CommentRules, Edits
from sync_service.core.merge import Policy
from sync_service.core.values import Side, Value
from sync_service.errors import UnknownOutcome
from tests.engine.world import Backup, World

PEOPLE = {
    Side.LEFT: ("ada@school.example", "bob@school.example"),
    Side.RIGHT: ("tech@city.example",),
}
FIELDS = {Side.LEFT: ("title", "status", "where"), Side.RIGHT: ("short", "state", "place")}
TWINS = {"title": "short", "status": "state", "where": "place"}
REFUSED = "Printer on ice"
WORDS = ("New", "Printer on fire", "Closed", REFUSED, "  Open ", "")
TALK = ("hi", "hi", "It smells of smoke", "done")


@dataclass(frozen=True)
class Step:
    """One thing that happens: `what` by somebody on a side, chosen by numbers."""

    what: str
    side: Side = Side.LEFT
    pick: int = 0
    word: int = 0


def steps() -> st.SearchStrategy[list[Step]]:
    """Give histories of people, restarts, faults, crashes and stores that are lost or restored."""
    sides, picks = st.sampled_from(list(Side)), st.integers(0, 5)
    said = st.sampled_from(["open", "edit", "edit", "say", "whisper", "say", "reword"])
    acts = st.builds(Step, said, sides, picks, st.integers(0, 11))
    runs = st.builds(Step, st.just("run"), pick=st.integers(0, 3))
    crash = st.builds(Step, st.just("crash"), pick=st.integers(0, 40), word=st.integers(0, 3))
    between = st.builds(Step, st.just("between"), sides, st.integers(0, 9), st.integers(0, 11))
    tick = st.builds(Step, st.just("tick"), pick=st.integers(0, 3))
    faults = st.sampled_from(["flag", "unflag", "delete", "merge", "unknown", "unknown", "refuse"])
    rare = st.builds(Step, faults, sides, picks, st.integers(0, 3))
    stores = st.builds(Step, st.sampled_from(["backup", "restore", "lose"]))
    kinds = st.one_of(acts, acts, acts, runs, crash, between, tick, rare, stores)
    return st.lists(kinds, min_size=3, max_size=14)


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
        guarded=st.booleans(),
        edits=st.booleans(),
        page_size=st.sampled_from([2, 50]),
    )


def policies() -> st.SearchStrategy[Policy]:
    """Give every way to decide a conflict."""
    sides = st.sampled_from([Side.LEFT, Side.LEFT, Side.RIGHT, None])
    return st.builds(Policy, conflict=sides, adopt=st.none(), newest=st.booleans())


def talk_rules() -> st.SearchStrategy[CommentRules]:
    """Give every way to treat an edited comment; notes go to the right only."""
    return st.builds(
        CommentRules, internal=st.just(frozenset({Side.RIGHT})), edits=st.sampled_from(list(Edits))
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
    """What people did and what the store once knew, as the judge remembers it.

    `secrets` are the words typed into a ticket while it is sensitive.
    """

    edits: list[Edit] = field(default_factory=list)
    said: list[tuple[Side, str, str, bool]] = field(default_factory=list)
    kept: set[tuple[str | None, object]] = field(default_factory=set)
    secrets: dict[tuple[Side, str], list[str]] = field(default_factory=dict)
    lost_store: bool = False

    def last(self, side: Side, ticket: str, name: str) -> Edit | None:
        """Give the last edit of a field."""
        mine = [e for e in self.edits if (e.side, e.ticket, e.name) == (side, ticket, name)]
        return mine[-1] if mine else None


class Play:
    """Play a history in a world; `tests.engine.laws` judges it."""

    def __init__(self, world: World, history: list[Step]) -> None:
        self.world, self.history, self.diary = world, history, Diary()
        self.pending: list[Step] = []
        self.unknown: list[Step] = []
        self.saved: Backup | None = None
        world.between = self._between

    def play(self) -> None:
        """Let everything happen, then let the sync come to rest undisturbed."""
        for step in self.history:
            self.act(step)
            self.world.clock.tick(0.3)
        self.world.fuse = None
        self.pending.clear()
        self.unknown.clear()
        for side, ticket in list(self.diary.secrets):
            self._unflag(side, ticket)
        self.world.clock.tick(60)
        self.world.settle()
        self.diary.kept |= self.world.kept_values()

    def act(self, step: Step) -> None:
        """Let one thing happen."""
        world = self.world
        match step.what:
            case "tick":
                world.clock.tick(10**step.pick / 10)
            case "run":
                self._run()
            case "crash":
                world.fuse = step.pick
                self._run()
                world.fuse = None
                world.clock.tick(step.word * 3)
            case "between":
                self.pending.append(step)
            case "unknown":
                self.unknown.append(step)
            case "refuse":
                desk = world.desks.of(step.side)
                desk.refuses = lambda _name, value: "no ice" if value == REFUSED else ""
            case "backup" | "restore" | "lose":
                self._store(step.what)
            case _:
                self.person(step)

    def _run(self) -> None:
        self.world.run(minutes=5)
        self.secrets_are_kept()

    def _store(self, what: str) -> None:
        """Copy the store, put the copy back, or lose it; the judge remembers what it knew."""
        if what == "backup":
            self.saved = self.world.backup()
            return
        if what == "restore" and self.saved is None:
            return
        self.diary.kept |= self.world.kept_values()
        self.diary.lost_store = True
        if what == "restore" and self.saved is not None:
            self.world.restore(self.saved)
        else:
            self.world.lose_store()

    def person(self, step: Step) -> None:
        """Let a person act on a ticket."""
        desk = self.world.desks.of(step.side)
        by = PEOPLE[step.side][step.pick % len(PEOPLE[step.side])]
        there = [one.id for one in desk.records.values() if not (one.deleted or one.merged_into)]
        if step.what == "open" or not there:
            self._open(desk, step, by)
            return
        ticket = there[step.pick % len(there)]
        match step.what:
            case "edit":
                name = FIELDS[step.side][step.word % 3]
                word = WORDS[(step.word + step.pick) % len(WORDS)]
                self.edit(step.side, ticket, name, self._secret(step.side, ticket, word), by)
            case "say" | "whisper":
                body = self._secret(step.side, ticket, TALK[step.word % len(TALK)])
                made = desk.say(ticket, body, by, public=step.what == "say")
                self.diary.said.append((step.side, ticket, made.id, step.what == "say"))
            case "reword":
                mine = [c for c in desk.records[ticket].comments if c.author.email != US]
                if mine:
                    body = self._secret(step.side, ticket, f"edited {step.word}")
                    desk.reword(ticket, mine[step.word % len(mine)].id, body)
            case "flag":
                desk.mark_sensitive(ticket)
                self.diary.secrets.setdefault((step.side, ticket), [])
            case "unflag":
                self._unflag(step.side, ticket)
            case "delete":
                desk.delete(ticket)
            case "merge":
                desk.merge(ticket, there[0])

    def _open(self, desk: MemoryDesk, step: Step, by: str) -> None:
        names = FIELDS[step.side]
        values = {names[0]: WORDS[step.word % len(WORDS)] or "x", names[1]: "New"}
        made = desk.open(values, by)
        for name, value in made.fields.items():
            self._note(step.side, made.id, name, value)

    def _secret(self, side: Side, ticket: str, word: str) -> str:
        """Give the word, or a word of its own while the ticket is sensitive."""
        words = self.diary.secrets.get((side, ticket))
        if words is None:
            return word
        secret = f"{len(self.diary.edits) + len(self.diary.said)}s{ticket}"
        words.append(secret)
        return secret

    def _unflag(self, side: Side, ticket: str) -> None:
        self.secrets_are_kept()
        self.world.desks.of(side).mark_sensitive(ticket, sensitive=False)
        self.diary.secrets.pop((side, ticket), None)

    def secrets_are_kept(self) -> None:
        """Find no word on the far side that was typed while its ticket was sensitive (promise 5)."""
        for (side, _), words in self.diary.secrets.items():
            for word in words:
                mark = word.split("s")[0] + "s"
                shown = [text for text in self._texts(side.far) if text.startswith(mark)]
                assert [] == shown, f"{word} left {side}"

    def _texts(self, side: Side) -> Iterator[str]:
        for record in self.world.desks.of(side).records.values():
            yield from (value for value in record.fields.values() if isinstance(value, str))
            yield from (c.body.split("\n\n")[-1] for c in record.comments if c.ours)

    def edit(self, side: Side, ticket: str, name: str, word: str, by: str) -> None:
        """Type a word into a field."""
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
        told = manners.serial and (manners.guarded or manners.audit)
        if self.pending and (when == "after" or told or what != "update"):
            step = self.pending.pop()
            self.person(Step("edit", step.side, step.pick, step.word))
        if self.unknown and (when == "after") == bool(self.unknown[0].word % 2):
            self.unknown.pop(0)
            raise UnknownOutcome("silence")
