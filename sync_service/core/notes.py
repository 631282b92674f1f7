"""Turn a plan into notes before its writes, and drop those of writes that surely did not happen (R16, R17).

The surprise: a rewrite and a hiding are noted too. Both may be repeated, but one that is still on
the wire could land after the next one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sync_service.core.actions import (
    Action,
    AddNote,
    AddReply,
    Carry,
    Create,
    Hide,
    Rewrite,
    Update,
)
from sync_service.core.pair import Intent, Making, Pair, Sent
from sync_service.core.values import NEVER, Side, Sides, Ticket, Version


def note(
    pair: Pair,
    actions: tuple[Action, ...],
    now: Sides[Ticket | None],
    at: datetime,
    until: datetime,
) -> Pair:
    """Note every write before it is made, with the last moment it can be on the wire (R16, R17)."""
    sent, intents = list(pair.sent), list(pair.intents)
    for action in actions:
        match action:
            case Create():
                intents.append(_of_create(action, at, until))
            case AddReply() | AddNote():
                intents.append(_of_comment(action, at, until))
            case Update():
                target = now.of(action.to)
                version = target.version if target else NEVER
                sent += (_of_line(one, action.to, version, at, until) for one in action.lines)
            case Rewrite() | Hide():
                intents.append(_of_rewrite(action, at, until))
    return replace(pair, sent=tuple(sent), intents=tuple(intents))


def _of_create(action: Create, at: datetime, until: datetime) -> Intent:
    return Intent(
        Making.TICKET,
        action.to,
        action.draft.key,
        at,
        until,
        values=action.fields(action.to),
        sources=action.fields(action.to.far),
    )


def _of_comment(action: AddReply | AddNote, at: datetime, until: datetime) -> Intent:
    return Intent(
        Making.COMMENT,
        action.to,
        str(action.origin),
        at,
        until,
        normal=action.normal,
        public=isinstance(action, AddReply),
        present=action.present,
    )


def _of_rewrite(action: Rewrite | Hide, at: datetime, until: datetime) -> Intent:
    """Both may be repeated, since they name the very comment; the pair rests all the same."""
    return Intent(Making.REWRITE, action.to, str(action.origin), at, until)


def _of_line(one: Carry, to: Side, version: Version, at: datetime, until: datetime) -> Sent:
    return Sent(one.line.name, to, one.before, one.after, version, at, until, one.hops)


def answered(pair: Pair, action: Action, at: datetime) -> Pair:
    """Keep the notes of a write that was refused, or put off, `at` a moment: its call has ended (R16).

    That nothing was written is the word of whoever answered, and a gateway may be wrong. So a create
    is looked up before the next attempt, and an update that did land is no edit of somebody's. A
    rewrite and a hiding may be repeated, so their notes are dropped.
    """
    match action:
        case Rewrite() | Hide():
            return unsent(pair, action)
        case Create() | AddReply() | AddNote():
            key = action.draft.key if isinstance(action, Create) else str(action.origin)
            notes = (replace(n, wire_until=at) if n.key == key else n for n in pair.intents)
            return replace(pair, intents=tuple(notes))
        case Update():
            names = {one.line.name for one in action.lines}
            sent = (
                replace(n, wire_until=at, answered=True)
                if n.to is action.to and n.line in names
                else n
                for n in pair.sent
            )
            return replace(pair, sent=tuple(sent))


def unsent(pair: Pair, action: Action) -> Pair:
    """Drop the notes of a write that surely did not happen."""
    match action:
        case Create() | AddReply() | AddNote() | Rewrite() | Hide():
            key = action.draft.key if isinstance(action, Create) else str(action.origin)
            return replace(pair, intents=tuple(n for n in pair.intents if n.key != key))
        case Update():
            names = {one.line.name for one in action.lines}
            kept = tuple(n for n in pair.sent if n.to is not action.to or n.line not in names)
            return replace(pair, sent=kept)
