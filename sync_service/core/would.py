"""What an action would write, before and after, for a person who is asked about it.

Texts are cut here: the whole of them stands in the source ticket, and `plan` shows it.
"""

from __future__ import annotations

from sync_service.core.actions import Action, AddNote, AddReply, Create, Hide, Rewrite, Update
from sync_service.core.fold import value_text
from sync_service.core.values import Fields, Value

#: The longest text of one value that is kept in a problem, in characters.
LONGEST = 1000

_NOTHING: Fields = {}


def would_write(action: Action) -> tuple[Fields, Fields]:
    """Give what stands there now and what would be written, by the target's field names.

    A comment stands under its kind or id instead of a field's name.
    """
    match action:
        case Create():
            return _NOTHING, action.draft.fields
        case Update():
            before = {
                name: value
                for one in action.lines
                for name, value in one.before.of(action.to).items()
            }
            return before, action.changes
        case AddReply():
            return _NOTHING, {"public reply": action.reply.body}
        case AddNote():
            return _NOTHING, {"internal note": action.note.body}
        case Rewrite():
            return _NOTHING, {f"comment {action.comment_id}": action.text.body}
        case Hide():
            name = f"comment {action.comment_id}"
            return {name: "public"}, {name: "hidden"}


def as_text(fields: Fields) -> str:
    """Write values as JSON, each text cut; "" for none."""
    return value_text({name: _cut(value) for name, value in fields.items()}) if fields else ""


def both_texts(action: Action | None) -> tuple[str, str]:
    """Give what a problem about the action carries: `before` and `value`; "" for no action."""
    before, after = would_write(action) if action else (_NOTHING, _NOTHING)
    return as_text(before), as_text(after)


def _cut(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(_cut(item) for item in value)
    if isinstance(value, str) and len(value) > LONGEST:
        return value[: LONGEST - 1] + "…"
    return value
