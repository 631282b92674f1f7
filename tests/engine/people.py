"""What people do at two desks, written into a diary for the judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from sync_service.adapters.memory import US, MemoryDesk
from sync_service.adapters.memory.desk import Record
from sync_service.core.values import Comment, InternalNote, PublicComment, Side, Value
from tests.engine.history import Step
from tests.engine.world import World

PEOPLE = {
    Side.LEFT: ("ada@school.example", "bob@school.example"),
    Side.RIGHT: ("tech@city.example",),
}
FIELDS = {Side.LEFT: ("title", "status", "where"), Side.RIGHT: ("short", "state", "place")}
TWINS = {"title": "short", "status": "state", "where": "place"}
REFUSED = "Printer on ice"
WORDS = ("New", "Printer on fire", "Closed", REFUSED, "  Open ", "")
STATUS = ("New", "Open", "Closed", "Closed", "Odd")
TALK = ("hi", "hi", "It smells of smoke", "done")
HOME = "Home"


@dataclass
class Edit:
    """What a person typed, where and when, by our clock."""

    side: Side
    ticket: str
    name: str
    value: Value
    at: float


@dataclass
class Diary:
    """What people did and what the store once knew, as the judge remembers it.

    `secrets` are the words typed into a ticket while nothing of it may flow. `meddled` are copies
    of ours that somebody hid, published or erased by hand. `lost` are tickets that were gone for a
    while, `parted` those that were unpaired or joined by hand. `restored` are values that a command
    put back, with side, ticket and field.
    """

    edits: list[Edit] = field(default_factory=list)
    kept: set[object] = field(default_factory=set)
    secrets: dict[tuple[Side, str], list[str]] = field(default_factory=dict)
    meddled: set[tuple[Side, str]] = field(default_factory=set)
    lost: set[tuple[Side, str]] = field(default_factory=set)
    parted: set[tuple[Side, str]] = field(default_factory=set)
    restored: set[tuple[Side, str, str, object]] = field(default_factory=set)
    lost_store: bool = False

    def last(self, side: Side, ticket: str, name: str) -> Edit | None:
        """Give the last edit of a field."""
        mine = [e for e in self.edits if (e.side, e.ticket, e.name) == (side, ticket, name)]
        return mine[-1] if mine else None


class People:
    """Everybody at both desks; `does` tells whether there was anything to do."""

    def __init__(self, world: World, diary: Diary) -> None:
        self.world, self.diary = world, diary
        self._numbers = 0
        self._on_comments: dict[str, Callable[[MemoryDesk, str, str], object]] = {
            "hush": lambda desk, ticket, one: desk.turn_internal(ticket, one),
            "loud": lambda desk, ticket, one: desk.turn_public(ticket, one),
            "erase": lambda desk, ticket, one: desk.erase(ticket, one),
            "hide copy": lambda desk, ticket, one: desk.turn_internal(ticket, one),
            "publish copy": lambda desk, ticket, one: desk.turn_public(ticket, one),
        }

    def does(self, step: Step) -> bool:
        """Let a person act on a ticket."""
        done = self._does(step)
        self.open_up()
        return done

    def _does(self, step: Step) -> bool:
        desk = self.world.desks.of(step.side)
        by = PEOPLE[step.side][step.pick % len(PEOPLE[step.side])]
        if step.what == "undelete":
            return self._undelete(desk, step)
        there = [one.id for one in desk.records.values() if not (one.deleted or one.merged_into)]
        if step.what == "open" or not there:
            self._open(desk, step, by)
            return True
        ticket = there[step.pick % len(there)]
        if step.what in self._on_comments:
            return self._comment(desk, step, ticket)
        return self._ticket(desk, step, ticket, there, by)

    def _ticket(self, desk: MemoryDesk, step: Step, ticket: str, there: list[str], by: str) -> bool:
        record = desk.records[ticket]
        match step.what:
            case "edit":
                return self._edit(step, ticket, by)
            case "home" | "back":
                name = FIELDS[step.side][2]
                return self.type(step.side, ticket, name, HOME if step.what == "home" else "", by)
            case "say" | "whisper" | "robot":
                body = self._secret(step.side, ticket, TALK[step.word % len(TALK)])
                made = desk.say(ticket, body, by, public=step.what != "whisper")
                if step.what == "robot":
                    record.comments[-1] = replace(made, automation=True)
            case "reword":
                return self._reword(desk, step, record)
            case "flag" | "unflag":
                changed = record.sensitive == (step.what == "unflag")
                desk.mark_sensitive(ticket, sensitive=step.what == "flag")
                return changed
            case "delete" | "merge":
                self.diary.lost.add((step.side, ticket))
                (desk.delete(ticket) if step.what == "delete" else desk.merge(ticket, there[0]))
        return True

    def _open(self, desk: MemoryDesk, step: Step, by: str) -> None:
        names = FIELDS[step.side]
        values: dict[str, Value] = {names[0]: WORDS[step.word % len(WORDS)] or "x", names[1]: "New"}
        if step.word % 4 == 3:  # it names a ticket of the other desk, for `match:`
            others = list(self.world.desks.of(step.side.far).records)
            values["sibling"] = others[step.pick % len(others)] if others else None
        made = desk.open(values, by)
        for name, value in made.fields.items():
            self._note(step.side, made.id, name, value)

    def _undelete(self, desk: MemoryDesk, step: Step) -> bool:
        gone = [one for one in desk.records.values() if one.deleted or one.merged_into]
        if gone:
            desk.bring_back(gone[step.pick % len(gone)].id)
        return bool(gone)

    def _edit(self, step: Step, ticket: str, by: str) -> bool:
        desk, name = self.world.desks.of(step.side), FIELDS[step.side][step.word % 3]
        status = desk.manners.status == name
        words = STATUS if status else WORDS
        word = words[(step.word + step.pick) % len(words)]
        typed = word if status else self._secret(step.side, ticket, word)
        return self.type(step.side, ticket, name, typed, by)

    def _reword(self, desk: MemoryDesk, step: Step, record: Record) -> bool:
        mine = [c for c in record.comments if not c.ours and not c.deleted]
        if mine:
            body = self._secret(step.side, record.id, f"edited {step.word}")
            desk.reword(record.id, mine[step.word % len(mine)].id, body)
        return bool(mine)

    def _comment(self, desk: MemoryDesk, step: Step, ticket: str) -> bool:
        """Change what becomes of a person's comment, or of a copy of ours."""
        copy = step.what.endswith("copy")
        kind = InternalNote if step.what in {"loud", "publish copy"} else PublicComment
        wanted: tuple[type[Comment], ...] = (kind,)
        if step.what == "erase":
            wanted = (InternalNote, PublicComment)
        fit = [
            one
            for one in desk.records[ticket].comments
            if one.ours is copy and not one.deleted and isinstance(one, wanted)
        ]
        if fit:
            chosen = fit[step.word % len(fit)].id
            self._on_comments[step.what](desk, ticket, chosen)
            if copy:
                self.diary.meddled.add((step.side, chosen))
        return bool(fit)

    def _secret(self, side: Side, ticket: str, word: str) -> str:
        """Give the word, or a word of its own while nothing of the ticket may flow."""
        if not self.closed(side, ticket):
            return word
        self._numbers += 1
        secret = f"{self._numbers}s{ticket}"
        self.diary.secrets.setdefault((side, ticket), []).append(secret)
        return secret

    def closed(self, side: Side, ticket: str) -> bool:
        """Tell whether nothing of a ticket may flow, as it is now."""
        record = self.world.desks.of(side).records[ticket]
        chosen = side is Side.RIGHT or record.fields.get("where") != HOME
        stops = self.world.changes.get("stop_when_deselected", False) and record.by != US
        parted = (side, ticket) in self.diary.parted
        return record.sensitive or (stops and not chosen and not parted)

    def unflag_all(self, side: Side) -> None:
        """Let all tickets of a side flow that are held back for being sensitive."""
        for record in self.world.desks.of(side).records.values():
            if record.sensitive:
                self.world.desks.of(side).mark_sensitive(record.id, sensitive=False)
        self.open_up()

    def open_up(self) -> None:
        """Forget the secrets of tickets that may flow again, once they were kept so far."""
        opened = [key for key in self.diary.secrets if not self.closed(*key)]
        if opened:
            self.secrets_are_kept()
        for key in opened:
            del self.diary.secrets[key]

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

    def type(self, side: Side, ticket: str, name: str, word: str, by: str) -> bool:
        """Type a word into a field."""
        desk = self.world.desks.of(side)
        value = desk.fit(name, word)
        changed = desk.records[ticket].fields.get(name) != value
        if changed:
            desk.edit(ticket, {name: value}, by)
            self._note(side, ticket, name, value)
        return changed

    def _note(self, side: Side, ticket: str, name: str, value: Value) -> None:
        at = self.world.clock().timestamp()
        self.diary.edits.append(Edit(side, ticket, name, value, at))
