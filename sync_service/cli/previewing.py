"""A plan in words: which ticket, which field, from what to what.

Only `plan` uses it, since it shows what tickets say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sync_service.core.actions import Action, Carry
    from sync_service.core.values import Comment, Sides, Value
    from sync_service.engine.preview import Preview

_LONGEST = 72


def as_data(one: Preview, systems: Sides[str]) -> dict[str, Any]:
    """Give one pair's part as plain data."""
    from sync_service.core.values import Side

    return {
        "tickets": {systems.of(side): name_of(one, side) for side in Side},
        "writes": [_action(action, systems) for action in one.actions],
        "conflicts": [
            {
                "line": conflict.line,
                "values": {systems.of(side): list(conflict.values.of(side)) for side in Side},
                "winner": systems.of(conflict.winner) if conflict.winner else None,
                "why": conflict.why,
            }
            for conflict in one.conflicts
        ],
        "problems": [problem.message for problem in one.problems],
        "not_created": one.why,
    }


def name_of(one: Preview, side: Any) -> str | None:
    """Give the number people know a ticket by; its id where it was not read."""
    ticket = one.tickets.of(side)
    return (ticket.number or ticket.id) if ticket else one.pair.ids.of(side)


def _action(action: Action, systems: Sides[str]) -> dict[str, Any]:
    from sync_service.core.actions import AddNote, AddReply, Create, Hide, Rewrite, Update

    to = systems.of(action.to)
    match action:
        case Create():
            fields = {name: [None, value] for name, value in action.draft.fields.items()}
            return {"do": "create", "in": to, "fields": fields, "needs": dict(action.draft.extras)}
        case Update():
            return {"do": "update", "in": to, "fields": _changes(action.lines, action)}
        case AddReply() | AddNote():
            kind = "public reply" if isinstance(action, AddReply) else "internal note"
            return {"do": kind, "in": to, **_spoken(action.source)}
        case Rewrite():
            return {"do": "rewrite comment", "in": to, **_spoken(action.source)}
        case Hide():
            return {"do": "hide comment", "in": to}


def _changes(lines: Sequence[Carry], action: Any) -> dict[str, list[Any]]:
    changes = {
        name: [one.before.of(action.to).get(name), value]
        for one in lines
        for name, value in one.after.of(action.to).items()
    }
    sent: Mapping[str, Any] = action.changes
    return changes | {name: [None, sent[name]] for name in sent if name not in changes}


def _spoken(comment: Comment) -> dict[str, Any]:
    from sync_service.core.text import html_to_text

    text = html_to_text(comment.body) if comment.html else comment.body
    return {"author": comment.author.name, "text": text}


def lines_of(told: Mapping[str, Any]) -> Iterator[str]:
    """Write one pair's part for people; nothing for a pair with nothing to tell."""
    if not (told["writes"] or told["conflicts"] or told["problems"] or told["not_created"]):
        return
    yield "  " + " = ".join(
        f"{system} {ticket}" if ticket else f"{system} (new)"
        for system, ticket in told["tickets"].items()
    )
    for one in told["writes"]:
        yield from _write(one)
    for one in told["conflicts"]:
        both = ", ".join(f"{system} {shown(value)}" for system, value in one["values"].items())
        end = f"{one['winner']} wins" if one["winner"] else "waits for you"
        yield f"    conflict in {one['line']}: {both}; {end} ({one['why'] or 'both sides changed'})"
    for message in told["problems"]:
        yield f"    problem: {message}"
    if told["not_created"]:
        yield f"    not copied: {told['not_created']}"


def _write(one: Mapping[str, Any]) -> Iterator[str]:
    if "fields" not in one:
        by = f" of {one['author']}: {shown(one['text'])}" if "author" in one else ""
        yield f"    {one['in']}  + {one['do']}{by}"
        return
    if one["do"] == "create":
        yield f"    {one['in']}  + new ticket"
    for name, (before, after) in one["fields"].items():
        change = shown(after) if one["do"] == "create" else f"{shown(before)} -> {shown(after)}"
        yield f"    {one['in']}  {name}: {change}"
    for name, value in one.get("needs", {}).items():
        yield f"    {one['in']}  {name}: {shown(value)}"


def shown(value: Value | Any) -> str:
    """Write a value in one short line."""
    if value is None or value in ("", ()):
        return "(empty)"
    if isinstance(value, list | tuple):
        return " / ".join(shown(one) for one in value)
    if isinstance(value, Mapping):
        return " or ".join(shown(one) for key, one in value.items() if key != "lookup")
    text = " ".join(str(value).split())
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return f'"{text}"' if isinstance(value, str) else text
