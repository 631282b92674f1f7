"""Small pairs, tickets and rules to decide with, and a desk that takes what a plan writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sync_service.core import record
from sync_service.core.actions import AddNote, AddReply, Plan, Rewrite, Update
from sync_service.core.comments import CommentRules
from sync_service.core.mapping import Line
from sync_service.core.merge import Policy
from sync_service.core.notes import note
from sync_service.core.outgoing import Traits
from sync_service.core.pair import Pair, Seen
from sync_service.core.plan import Knowledge, plan
from sync_service.core.rules import Rules
from sync_service.core.settle import Patience
from sync_service.core.speak import Speaker
from sync_service.core.values import (
    Comment,
    Fields,
    InternalNote,
    Origin,
    Person,
    PublicComment,
    Side,
    Sides,
    Ticket,
    Value,
    Version,
)

AT = datetime(2026, 8, 3, 8, 0, tzinfo=UTC)
BOTH = Line("title = short", Sides(("title",), ("short",)))
STATUS = Line("status = state", Sides(("status",), ("state",)))
ONE_WAY = Line("where = place", Sides(("where",), ("place",)), to=frozenset({Side.RIGHT}))
LEFT, RIGHT = Side.LEFT, Side.RIGHT


def later(seconds: float) -> datetime:
    """Give a moment after `AT`."""
    return AT + timedelta(seconds=seconds)


def cut(longest: int) -> Any:
    """Give a `fit` that ends texts after so many characters; 0 for no end."""

    def fit(_name: str, value: Value) -> Value:
        if not isinstance(value, str):
            return value
        return (value[:longest] if longest else value).strip() or None

    return fit


def rules(*lines: Line, fit: Sides[Any] | None = None, **changes: Any) -> Rules:
    """Give the rules of a link between `left` and `right`."""
    given = Rules(
        instance="test",
        link="desk",
        systems=Sides("left", "right"),
        lines=lines or (BOTH, STATUS, ONE_WAY),
        policy=Policy(LEFT, None),
        comments=CommentRules(internal=frozenset({RIGHT})),
        traits=Sides(Traits(), Traits()),
        fit=fit or Sides(cut(0), cut(0)),
        creatable=Sides(lambda _: True, lambda _: True),
        select=Sides(lambda _: True, lambda _: True),
        patience=Patience(
            Sides(timedelta(seconds=2), timedelta(seconds=3)),
            timedelta(seconds=20),
            Sides(True, True),
        ),
        signature=lambda comment, system: f"{comment.author.name} ({system})",
    )
    return replace(given, **changes)


def ticket(side: Side, fields: Fields | None = None, *comments: Comment, **changes: Any) -> Ticket:
    """Give a ticket of a side."""
    one = Ticket(
        id=f"{side[0].upper()}1",
        version=Version(AT, 1),
        created=AT,
        fields=fields or {},
        comments=comments,
        data=dict(fields or {}),
    )
    return replace(one, **changes)


def pair(left: Fields | None = None, right: Fields | None = None, **changes: Any) -> Pair:
    """Give a whole pair whose sides looked like this at the last sync; None: they have no past."""
    seen = Sides(left, right).map(lambda one: None if one is None else Seen(Version(AT, 1), one))
    return replace(
        Pair(1, "desk", Sides("L1", "R1"), seen=seen, born_at=AT, recorded_at=AT), **changes
    )


def said(
    name: str,
    body: str = "hi",
    origin: Origin | None = None,
    *,
    public: bool = True,
    **changes: Any,
) -> Comment:
    """Give a comment; one with an origin is ours."""
    kind = PublicComment if public else InternalNote
    facts = {"ours": origin is not None, "origin": origin, "version": "1", **changes}
    return kind(name, body, facts.pop("created", AT), Person("Ada", "ada@school.example"), **facts)


def plan_for(one: Pair, now: Sides[Ticket], by: Rules, **known: Any) -> Plan:
    """Plan with a real mapping."""
    speaker = Speaker(Sides(now.left, now.right), by.systems, by.fit)
    return plan(one, now, by, Knowledge(speaker, speaker.values, **known))


def perform(made: Plan, now: Sides[Ticket], by: Rules) -> tuple[Pair, Sides[Ticket]]:
    """Let two obliging desks take what a plan writes, and record it."""
    one = note(made.pair, made.actions, Sides(now.left, now.right), AT, AT)
    for number, action in enumerate(made.actions):
        match action:
            case Update(to=to):
                fields = {
                    name: by.fit.of(to)(name, value) for name, value in action.changes.items()
                }
                there = replace(now.of(to), fields={**now.of(to).fields, **fields})
                now = now.put(to, there)
                one = record.updated(one, action, there, by, own_reply=True).pair
            case AddReply(to=to) | AddNote(to=to):
                body = action.reply.body if isinstance(action, AddReply) else action.note.body
                public = isinstance(action, AddReply)
                copy = said(
                    f"{to}{len(now.of(to).comments or ())}.{number}",
                    body,
                    action.origin,
                    public=public,
                )
                now = now.put(
                    to, replace(now.of(to), comments=(*(now.of(to).comments or ()), copy))
                )
                one = record.commented(one, action, copy, by).pair
            case Rewrite(to=to):
                comments = tuple(_reworded(now.of(to).comments or (), action))
                now = now.put(to, replace(now.of(to), comments=comments))
                copy = next(c for c in comments if c.id == action.comment_id)
                one = record.commented(one, action, copy, by).pair
    return one, now


def _reworded(comments: Iterable[Comment], action: Rewrite) -> Iterable[Comment]:
    for one in comments:
        yield replace(one, body=action.text.body) if one.id == action.comment_id else one
