"""Tell what a changed configuration may write, and what its plan would write (R27).

`seen` holds the vendors' own values, so a changed value table changes nothing by itself (R6). What
can write by itself is a line without a past, a wider selection, or a policy that held writes back.
The surprise: a plan also shows ordinary news, which anybody's edit would bring. Only what the
changed parts are the cause of makes a link wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sync_service.core.actions import Action, AddNote, AddReply, Hide, Rewrite, Update

#: Parts that say which tickets start a pair.
_STARTS = frozenset({"systems", "since", "select", "create", "match", "forward", "sensitive"})
#: Parts that say what may flow in a pair at all, or what two tickets do that have just been joined.
_WHOLE = frozenset({
    "systems", "sensitive", "when_deselected", "on_adopt", "attachments", "redact",
})  # fmt: skip
#: With `edits: ignore` an edit of a comment waits for ever, and so for another word.
_WORDS = frozenset({"comments"})
_LINE, _ROWS, _LINES = "line: ", "rows: ", "lines"
#: The loss of so many rows or lines is a choice, whatever there were.
_FEW = 3


def risky(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """List the parts whose change may write by itself, by name; the arguments are fingerprints.

    A removed line writes nothing, nor does a changed value table.
    """
    changed = sorted(name for name, mark in after.items() if before.get(name) != mark)
    return tuple(name for name in changed if reach([name]).anything)


def lost(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Say which tables, or the mapping itself, lost most of what they had: a file was cut (R26).

    Nothing is written by that, but values would stay where they are, and problems come in heaps.
    """
    return tuple(
        _less(name, now, had)
        for name, size in sorted(before.items())
        if _is_size(name) and _same_line(name, after)
        if (had := int(size)) - (now := int(after.get(name, "0"))) >= _FEW and 2 * now < had
    )


def _is_size(name: str) -> bool:
    return name == _LINES or name.startswith(_ROWS)


def _same_line(name: str, after: Mapping[str, str]) -> bool:
    """A line that was removed takes its table along, which is no loss of the table's."""
    return name == _LINES or f"{_LINE}{name.removeprefix(_ROWS)}" in after


def _less(name: str, now: int, had: int) -> str:
    if name == _LINES:
        return f"the mapping has {now} of its {had} lines"
    return f"the table of `{name.removeprefix(_ROWS)}` has {now} of its {had} rows"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a change may write: these `lines`, copies of tickets that now start a pair, edits of
    comments that were held back (`words`), or anything (`whole`).
    """

    lines: frozenset[str] = frozenset()
    starts: bool = False
    words: bool = False
    whole: bool = False

    @property
    def anything(self) -> bool:
        """Tell whether it may write at all."""
        return bool(self.lines) or self.starts or self.words or self.whole


def reach(parts: Iterable[str]) -> Reach:
    """Say what a change of these parts of a link may write."""
    named = frozenset(parts)
    return Reach(
        lines=frozenset(part.removeprefix(_LINE) for part in named if part.startswith(_LINE)),
        starts=bool(named & _STARTS),
        words=bool(named & _WORDS),
        whole=bool(named & _WHOLE),
    )


def caused(actions: Sequence[Action], reach: Reach, *, half: bool) -> tuple[Action, ...]:
    """Keep of a pair's plan what the change is the cause of; `half`: there was no far ticket."""
    if reach.whole:
        return tuple(actions)
    if half:
        return tuple(actions) if reach.starts else ()
    kept = (_caused(action, reach) for action in actions)
    return tuple(one for one in kept if one is not None)


def _caused(action: Action, reach: Reach) -> Action | None:
    match action:
        case Update():
            lines = tuple(one for one in action.lines if one.line.name in reach.lines)
            return replace(action, lines=lines) if lines else None
        case Rewrite() | Hide():
            return action if reach.words else None
        case AddReply() | AddNote() if reach.words and "~" in action.origin.comment:
            return action  # an appended wording (R21)
    return None
