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
    """A ticket on which writes of one kind are tried, again and again; `copy` is a reply of ours."""

    desk: Bench
    kind: str
    ticket: Ticket
    copy: Comment | None = None

    @classmethod
    async def of(cls, desk: Bench, kind: str) -> Stage:
        """Set the stage with as few calls as the kind of write needs."""
        if not possible(desk.traits, kind):
            raise NotClaimed(f"by the adapter's traits this vendor cannot {kind} a comment")
        stage = cls(desk, kind, await desk.made())
        if kind in ("rewrite", "hide"):
            await stage.say()
        return stage

    async def say(self) -> None:
        """Add a reply of ours, which is then the copy to change."""
        first = public(FIRST)
        self.copy = await self.desk.adapter.reply(self.ticket, first, self.desk.soon())

    async def deed(self) -> Deed:
        """Make a write that was never sent."""
        desk, kind, adapter = self.desk, self.kind, self.desk.adapter
        if kind == "update":  # an older reading could be stale
            self.ticket = await desk.read(self.ticket.id)
        if kind == "hide":
            await self.say()
        ticket, title, word, key = self.ticket, desk.sample.title, unique("Deed"), new_key()
        copy, told = (self.copy.id, self.copy.origin) if self.copy else ("", None)
        origin, draft = new_origin(), desk.draft(key=key, title=word)
        again, reply, note = public(word, told), public(word, origin), internal(word, origin)
        sends: dict[str, Send] = {
            "create": lambda by: adapter.create(draft, by),
            "update": lambda by: adapter.update(ticket, {title: word}, by),
            "reply": lambda by: adapter.reply(ticket, reply, by),
            "note": lambda by: adapter.note(ticket, note, by),
            "rewrite": lambda by: adapter.rewrite(ticket, copy, again, by),
            "hide": lambda by: adapter.hide(ticket, copy, by),
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
