"""Compare a whole pair with what is remembered of it, without any feed saying that it changed.

What the ordinary plan would do about a pair that no feed showed is a change that was missed. The
surprise: a plan of a level pair is empty even where its sides differ (R7, first row), so what
stands apart is found by asking each line that has nothing to do whether its far side shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sync_service.core.actions import AddNote, AddReply, Hide, Plan, Rewrite, Update
from sync_service.core.mapping import Drift, Keep, Line, Translation
from sync_service.core.merge import Values, past_of
from sync_service.core.pair import Pair, Row, Seen, State
from sync_service.core.plan import Knowledge, plan
from sync_service.core.rules import Rules
from sync_service.core.unshown import unshown
from sync_service.core.values import Gone, Merged, Reading, Side, Sides, Ticket, Version


class Kind(StrEnum):
    """What a sweep finds."""

    GONE = "gone"
    """A ticket is no longer there (R5)."""
    MERGED = "merged"
    BACK = "back"
    """Both tickets of a parked pair are there again."""
    MISSED = "missed"
    """A change that moved the ticket's version, and that the feed has not shown."""
    SILENT = "silent"
    """A change that left the ticket's version as it was."""
    COMMENT = "comment"
    """A comment, or an edit of one, that nobody has looked at."""
    APART = "apart"
    """Both sides are as at the last sync, and do not show the same (R7, first row)."""
    DRIFT = "drift"
    """The target of a one-way line shows something else, which the line lets be (R9)."""
    LOST_COPY = "lost copy"
    """A copy of a comment is no longer there, while its original is."""
    LOST_ORIGINAL = "lost original"
    """A comment is no longer there, while its copy is."""
    BUSY = "busy"
    """Nothing: the pair has work, so the ordinary rules come to it by themselves."""
    UNFED = "unfed"
    """A ticket that may start a pair, and that the feed has not shown (R14)."""
    UNREADABLE = "unreadable"
    """The system cannot answer for this ticket, though it does for others."""


#: What the next look at the pair settles by the ordinary rules.
LOOKS = frozenset({
    Kind.GONE, Kind.MERGED, Kind.BACK, Kind.MISSED, Kind.SILENT, Kind.COMMENT, Kind.UNREADABLE,
})  # fmt: skip

#: Why a comment row gets no copy any more, once it was told of; also the memory that it was.
COPY_GONE = "its copy was deleted"
ORIGINAL_GONE = "the original was deleted"


@dataclass(frozen=True, slots=True)
class Found:
    """One finding: its kind, the side it is on, and the line or comment origin that it is about."""

    kind: Kind
    side: Side
    item: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """How a link is swept: a whole round as often as `every`, on at most `requests` an hour and
    side. With `repair`, what stands apart is settled as at an adoption; else it is reported.
    """

    every: timedelta = timedelta(hours=24)
    requests: int = 600
    repair: bool = False


def lost(pair: Pair, shown: Sides[Reading | None]) -> tuple[Found, ...]:
    """Find tickets that are gone or merged, and parked pairs whose tickets are back (R5)."""
    found: list[Found] = []
    for side in Side:
        match shown.of(side):
            case Gone():
                found.append(Found(Kind.GONE, side))
            case Merged():
                found.append(Found(Kind.MERGED, side))
    if pair.state is State.PARKED:
        return () if found else (Found(Kind.BACK, Side.LEFT),)
    return tuple(found)


def compare(
    pair: Pair, now: Sides[Ticket], rules: Rules, known: Knowledge, unheard: Sides[bool]
) -> tuple[Found, ...]:
    """Find what differs from what is remembered of a whole, active pair with no open note.

    `unheard` tells per side whether the ticket's last change is so young that its feed has not had
    its time to show it: such a pair is left to the feed. What must stay home is let be (R13).
    """
    moved = Sides.build(lambda side: _version(pair, side) != now.of(side).version)
    if any(moved.of(side) and unheard.of(side) for side in Side):
        return ()
    made = plan(pair, now, rules, known)
    if made.withheld:
        return ()
    lines = {name: line for line in rules.lines if (name := line.name) in _news(pair, made, rules)}
    changed = [
        Found(_how(moved, now, side), side, line.name)
        for line in lines.values()
        for side in _changed(pair, line, known)
    ]
    apart = [
        one
        for line in rules.lines
        if line.name not in lines and not line.on_create_only and not _unseen(line, now)
        for one in _apart(pair, line, known)
    ]
    return (*changed, *_talk(pair, made), *apart, *_missing(pair, now))


def _unseen(line: Line, now: Sides[Ticket]) -> bool:
    absent = unshown(line, now)
    return bool(absent.left or absent.right)


def _version(pair: Pair, side: Side) -> Version | None:
    seen = pair.seen.of(side)
    return seen.version if seen else None


def _how(moved: Sides[bool], now: Sides[Ticket], side: Side) -> Kind:
    silent = not moved.of(side) and now.of(side).version.certain
    return Kind.SILENT if silent else Kind.MISSED


def _news(pair: Pair, made: Plan, rules: Rules) -> frozenset[str]:
    """Name the lines of which the plan writes or remembers anything."""
    written = {
        one.line.name for act in made.actions if isinstance(act, Update) for one in act.lines
    }
    folded = {line.name for line in rules.lines if _past(pair, line) != _past(made.pair, line)}
    return frozenset(written | folded | (made.pair.contested - pair.contested))


def _past(pair: Pair, line: Line) -> Sides[Values | None]:
    def past(side: Side) -> Values | None:
        seen = pair.seen.of(side)
        return past_of(seen.fields if seen else None, line.source_names(side))

    return Sides.build(past)


def _changed(pair: Pair, line: Line, known: Knowledge) -> Iterable[Side]:
    """Give the sides on which a line's values are not its past."""
    past = _past(pair, line)
    return (side for side in Side if past.of(side) != tuple(known.values(line, side).values()))


def _talk(pair: Pair, made: Plan) -> Iterable[Found]:
    """Find comments that have no row yet or want a copy, and edits that nobody has looked at."""
    before = {row.origin: row for row in pair.rows}
    spoken = {
        act.origin for act in made.actions if isinstance(act, AddReply | AddNote | Rewrite | Hide)
    }
    for row in made.pair.rows:
        if before.get(row.origin) != row or row.origin in spoken:
            yield Found(Kind.COMMENT, row.home, str(row.origin))


def _apart(pair: Pair, line: Line, known: Knowledge) -> Iterable[Found]:
    """Find a line that has nothing to do although its sides do not show the same.

    One of which a person is asked already, since it is contested, was refused or has no
    counterpart, is no finding, nor is a person whom the far side does not know (R10).
    """
    if line.name in pair.contested or any(one.item == line.name for one in pair.refusals):
        return
    sources = [side for side in Side if side.far in line.to]
    said = [known.language.translate(line, side) for side in sources]
    if any(isinstance(one, Keep) for one in said) or list(_changed(pair, line, known)):
        return
    if not any(isinstance(one, Translation) for one in said):
        return
    if any(known.language.shows(line, side) for side in sources):
        return
    one_way = len(sources) == 1 and line.drift is Drift.LEAVE
    for side in sources[:1]:
        yield Found(Kind.DRIFT if one_way else Kind.APART, side, line.name)


def _missing(pair: Pair, now: Sides[Ticket]) -> Iterable[Found]:
    """Find comments of which one side is no longer there, once each (R21).

    An original that its system shows as deleted is none: the ordinary rules hide its copy.
    """
    shown = {side: {one.id: one for one in now.of(side).comments or ()} for side in Side}
    for row in pair.rows:
        if row.skipped or row.deleted or None in (row.ids.left, row.ids.right):
            continue
        there = {side: shown[side].get(row.ids.of(side) or "") for side in Side}
        absent = [side for side, one in there.items() if one is None or one.deleted]
        if len(absent) != 1:
            continue
        if absent[0] is not row.home:
            yield Found(Kind.LOST_COPY, absent[0], str(row.origin))
        elif there[row.home] is None:
            yield Found(Kind.LOST_ORIGINAL, absent[0], str(row.origin))


def mark(pair: Pair, found: Iterable[Found]) -> Pair:
    """Remember which lost comments were told of, so that each is told of once."""
    why = {
        one.item: COPY_GONE if one.kind is Kind.LOST_COPY else ORIGINAL_GONE
        for one in found
        if one.kind in (Kind.LOST_COPY, Kind.LOST_ORIGINAL)
    }
    rows = tuple(
        replace(row, skipped=why[str(row.origin)]) if str(row.origin) in why else row
        for row in pair.rows
    )
    return replace(pair, rows=rows)


def copy_again(pair: Pair) -> Pair:
    """Forget the copies that were deleted, so that the next look makes them anew."""
    return replace(
        pair, rows=tuple(_bare(row) if row.skipped == COPY_GONE else row for row in pair.rows)
    )


def _bare(row: Row) -> Row:
    to = row.home.far
    return replace(
        row,
        ids=row.ids.put(to, None),
        digests=row.digests.put(to, ""),
        versions=row.versions.put(to, ""),
        skipped="",
    )


def forget_past(pair: Pair, names: Iterable[str], lines: Iterable[Line]) -> Pair:
    """Take the past of these lines away, so that the merge decides as at an adoption (R7)."""
    wanted = set(names)
    chosen = [line for line in lines if line.name in wanted]

    def seen(side: Side) -> Seen | None:
        base = pair.seen.of(side)
        dropped = {name for line in chosen for name in line.source_names(side)}
        if base is None:
            return None
        return replace(base, fields={n: v for n, v in base.fields.items() if n not in dropped})

    return replace(pair, seen=Sides.build(seen))


_NO_REQUESTS = Sides(0, 0)


@dataclass(frozen=True, slots=True)
class Round:
    """One walk over all pairs of a link, and what it came upon.

    `place` is the pair id that it has come to, `looks` how many pairs were asked to be looked at.
    `requests` counts per side, `found` per kind and side. `next_at` is when the budget allows more;
    an `asked` round does not wait for that. After the pairs, each side is scanned for tickets without
    one: `scanning`, at `cursor`.
    """

    began: datetime
    asked: bool = False
    repair: bool = False
    place: int = 0
    pairs: int = 0
    looks: int = 0
    requests: Sides[int] = _NO_REQUESTS
    found: Mapping[tuple[Kind, Side], int] = field(default_factory=dict)
    next_at: datetime | None = None
    scanning: Side | None = None
    cursor: str | None = None

    def counted(self, found: Iterable[Found]) -> Round:
        """Add what was found."""
        counts = Counter(self.found)
        counts.update((one.kind, one.side) for one in found)
        return replace(self, found=dict(counts))

    def of(self, kind: Kind) -> int:
        """Count one kind on both sides."""
        return sum(count for (one, _), count in self.found.items() if one is kind)
