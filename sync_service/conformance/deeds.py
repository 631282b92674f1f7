"""The writes that tests repeat: how each is sent, and how one tells that it landed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sync_service.adapters.base import Traits
from sync_service.conformance.bench import Bench, internal, new_key, new_origin, public, unique
from sync_service.conformance.harness import NotClaimed
from sync_service.core.values import Comment, Origin, Ticket

Send = Callable[[datetime], Awaitable[object]]
FIRST = "the first word"
KINDS = ("create", "update", "reply", "note", "rewrite", "hide")


@dataclass(frozen=True, slots=True)
class Deed:
    """One write, ready to be sent. `landed` counts its effect, judged without the adapter."""

    ticket: Ticket
    key: str
    origin: Origin
    send: Send
    landed: Callable[[], Awaitable[int]]


def possible(traits: Traits, kind: str) -> bool:
    """Tell whether the vendor has such a write at all."""
    can = {"rewrite": traits.edits_comments, "hide": traits.hides_comments}
    return can.get(kind, True)


@dataclass
class Stage:
    """A ticket on which writes of one kind are tried, again and again."""

    desk: Bench
    kind: str
    ticket: Ticket
    copy: Comment

    @classmethod
    async def of(cls, desk: Bench, kind: str) -> Stage:
        """Set the stage; look-ups are done, so that the writes to come cost few requests."""
        if not possible(desk.traits, kind):
            raise NotClaimed(f"by the adapter's traits this vendor cannot {kind} a comment")
        ticket, title = await desk.made(), unique("Warm")
        await desk.adapter.update(ticket, {desk.sample.title: title}, desk.soon())
        copy = await desk.adapter.reply(ticket, public(FIRST), desk.soon())
        return cls(desk, kind, await desk.read(ticket.id), copy)

    async def deed(self) -> Deed:
        """Make a write that was never sent."""
        desk, kind, adapter = self.desk, self.kind, self.desk.adapter
        if kind == "update":  # an older reading could be stale
            self.ticket = await desk.read(self.ticket.id)
        if kind == "hide":
            self.copy = await adapter.reply(self.ticket, public(FIRST), desk.soon())
        ticket, copy, title, word = self.ticket, self.copy, desk.sample.title, unique("Deed")
        key, origin = new_key(), new_origin()
        draft = desk.draft(key=key, title=word)
        again, reply, note = public(word, copy.origin), public(word, origin), internal(word, origin)
        sends: dict[str, Send] = {
            "create": lambda by: adapter.create(draft, by),
            "update": lambda by: adapter.update(ticket, {title: word}, by),
            "reply": lambda by: adapter.reply(ticket, reply, by),
            "note": lambda by: adapter.note(ticket, note, by),
            "rewrite": lambda by: adapter.rewrite(ticket, copy.id, again, by),
            "hide": lambda by: adapter.hide(ticket, copy.id, by),
        }
        shown = await _shown(desk, ticket.id) if kind == "hide" else 0

        async def landed() -> int:
            if kind == "hide":
                return shown - await _shown(desk, ticket.id)
            return await _landed(desk, kind, ticket.id, word)

        return Deed(ticket, key, origin, sends[kind], landed)


async def _shown(desk: Bench, ticket: str) -> int:
    """Count the comments with our first words that everybody sees."""
    return sum(openly for text, openly in await desk.system.said(ticket) if FIRST in text)


async def _landed(desk: Bench, kind: str, ticket: str, word: str) -> int:
    if kind in ("create", "update"):
        return len(await desk.system.titled(word))
    said, wanted = await desk.system.said(ticket), kind != "note"
    return sum(word in text and openly is wanted for text, openly in said)
