"""Three-way merge of one mapping line.

A side has *changed* if its values differ from what that same side showed at the last sync; clocks
play no part. Comparing each side with its own past, and never near with far, is what lets a side
shorten or reformat what we write without setting off a ping-pong (R7).
The surprise: a line in conflict stays contested, and a contested line counts as changed on both
sides, until both agree or a write of it is recorded (R8).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sync_service.core.mapping import Drift, Keep, Line, Translation, Unmapped
from sync_service.core.values import Fields, Side, Sides, Value

Values = tuple[Value, ...]
REDACTED = "the original holds words that are redacted, and its copy must not replace it"
_NEITHER = Sides(False, False)
_UNKNOWN: Sides[float | None] = Sides(None, None)


class Verdict(StrEnum):
    """What the table of R7 says about a line."""

    IDLE = "idle"
    """Nothing changed: nothing is written and nothing recorded, even if the sides differ."""
    LEVEL = "level"
    """Nothing to write; what both sides show becomes their past."""
    CARRY = "carry"
    CLASH = "clash"
    BLOCKED = "blocked"
    """The value has no counterpart (R10) or is not shown (R4): nothing is written or recorded."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about one line.

    `to` and `translation` are set where something is carried, also after a clash that a policy
    decided. `why` is for people. A clash without `to` waits for a person.
    """

    line: Line
    verdict: Verdict
    to: Side | None = None
    translation: Translation | None = None
    unmapped: Unmapped | None = None
    why: str = ""


class Language(Protocol):
    """The mapping at work between two readings of a pair."""

    def translate(self, line: Line, source: Side) -> Translation | Unmapped | Keep:
        """Put the source's present values into the far side's words."""

    def shows(self, line: Line, source: Side) -> bool:
        """Tell whether the far side already shows the source's present values, through `fit`."""

    def cut(self, line: Line, source: Side) -> bool:
        """Tell whether the source shows only a part of what the far side holds (R12)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one line.

    `past` is None for a side without one. `doubtful`: a side that shows its past but whose version
    moved while nobody watched (R16). `latest` is the last change by the audit trail, in seconds
    since the epoch, None where unknown. `born` is the side of a newborn pair's first ticket, whose
    copy we made and have not recorded since; None for every other pair. `touched`: that copy was found
    after its create was lost, and has moved since it was made, so that what it shows may be a person's. `asked`: a contested line
    whose winner only a person may name. `masked`: a side that holds more than it shows here, since it
    was redacted; what came of it must not go over it (R12).
    """

    past: Sides[Values | None]
    now: Sides[Values]
    contested: bool = False
    asked: bool = False
    doubtful: Sides[bool] = _NEITHER
    latest: Sides[float | None] = _UNKNOWN
    born: Side | None = None
    touched: bool = False
    masked: Sides[bool] = _NEITHER


@dataclass(frozen=True, slots=True)
class Policy:
    """Who wins (R7, R8). `conflict` and `adopt` are None for `ask`."""

    conflict: Side | None
    adopt: Side | None
    newest: bool = False
    skew: float = 5.0


def merge(line: Line, evidence: Evidence, language: Language, policy: Policy) -> Decision:
    """Decide one line by the table of R7; pick a winner only where both sides changed apart."""
    if None in (evidence.past.left, evidence.past.right):
        return _without_past(line, evidence, language, policy)
    if evidence.now == evidence.past and not evidence.contested:
        return Decision(line, Verdict.IDLE)
    movers = [side for side in Side if _changed(evidence, side)]
    sources = [side for side in movers if side.far in line.to]
    if not sources:
        return _drift(line, movers[0], language)
    if any(language.shows(line, side) for side in Side if side.far in line.to):
        return Decision(line, Verdict.LEVEL)
    lossy = language.cut(line, sources[0]) or _hides(line, evidence, sources[0].far)
    if len(sources) == 2 or lossy:
        return _clash(line, evidence, language, policy)
    return _carry(line, sources[0], language, Verdict.CARRY)


def _drift(line: Line, target: Side, language: Language) -> Decision:
    """Leave an edit on the target of a one-way line, or undo it if the line says so (R9)."""
    if line.drift is Drift.RESTORE and not language.shows(line, target.far):
        return _carry(line, target.far, language, Verdict.CARRY)
    return Decision(line, Verdict.LEVEL, why="drift: edited on the target of a one-way line")


def _really_changed(evidence: Evidence, side: Side) -> bool:
    return evidence.now.of(side) != evidence.past.of(side)


def _changed(evidence: Evidence, side: Side) -> bool:
    """Tell whether the side counts as changed: it differs, is contested, or is in doubt."""
    if _really_changed(evidence, side) or evidence.contested:
        return True
    return evidence.doubtful.of(side) and _really_changed(evidence, side.far)


def _without_past(line: Line, evidence: Evidence, language: Language, policy: Policy) -> Decision:
    """Level, fill an empty side, or leave the choice to `on_adopt` (R7)."""
    sources = [side for side in Side if side.far in line.to]
    if any(language.shows(line, side) for side in sources):
        return Decision(line, Verdict.LEVEL)
    filled = [side for side in Side if not _empty(evidence.now.of(side))]
    if len(filled) < 2:
        givers = [side for side in filled if side in sources]
        if not givers:
            return Decision(line, Verdict.LEVEL)
        return _carry(line, givers[0], language, Verdict.CARRY)
    if evidence.born is not None:  # whatever its copy shows by itself, nobody put it there
        if evidence.born in sources:
            verdict = Verdict.CLASH if evidence.touched else Verdict.CARRY  # what gives way is kept
            return _carry(line, evidence.born, language, verdict)
        return Decision(line, Verdict.LEVEL, why="a one-way line's target had a value at birth")
    taken = policy.adopt if policy.adopt in sources else None
    if taken is not None and not _hides(line, evidence, taken.far):  # what gives way is kept
        return _carry(line, taken, language, Verdict.CLASH)
    return Decision(line, Verdict.CLASH, why="both sides were filled before they were joined")


def _clash(line: Line, evidence: Evidence, language: Language, policy: Policy) -> Decision:
    """Let the policy choose; in doubt about what changed, nobody but a person can (R16)."""
    if evidence.asked:
        return Decision(line, Verdict.CLASH, why="a person is asked")
    if any(evidence.doubtful.of(side) and not _really_changed(evidence, side) for side in Side):
        return Decision(line, Verdict.CLASH, why="no audit trail tells which side changed last")
    winner = _newest(evidence, policy) if policy.newest else None
    winner = winner or policy.conflict
    if winner is None or winner.far not in line.to:
        return Decision(line, Verdict.CLASH, why="both sides changed")
    if _hides(line, evidence, winner.far):
        return Decision(line, Verdict.CLASH, why=REDACTED)
    return _carry(line, winner, language, Verdict.CLASH)


def _hides(line: Line, evidence: Evidence, to: Side) -> bool:
    """Tell whether side `to` holds an original of which the other side was shown a part (R12)."""
    return evidence.masked.of(to) and to.far in line.to


def _newest(evidence: Evidence, policy: Policy) -> Side | None:
    left, right = evidence.latest.left, evidence.latest.right
    if left is None or right is None or abs(left - right) <= policy.skew:
        return None
    return Side.LEFT if left > right else Side.RIGHT


def _carry(line: Line, source: Side, language: Language, verdict: Verdict) -> Decision:
    said = language.translate(line, source)
    match said:
        case Unmapped():
            return Decision(line, Verdict.BLOCKED, unmapped=said)
        case Keep():
            return Decision(line, Verdict.LEVEL, why="no counterpart; left as it is")
    return Decision(line, verdict, to=source.far, translation=said)


def _empty(values: Values) -> bool:
    return all(value is None or value in ("", ()) for value in values)


def values_of(fields: Fields, names: tuple[str, ...]) -> Values:
    """Give the named fields' values; a field that the ticket has not is empty."""
    return tuple(fields.get(name) for name in names)


def past_of(fields: Fields | None, names: tuple[str, ...]) -> Values | None:
    """Give what the side showed at the last sync; None if one of the fields has no past (R7)."""
    if fields is None or any(name not in fields for name in names):
        return None
    return values_of(fields, names)


def shortest_path(
    workflow: Mapping[str, tuple[str, ...]], start: str, goal: str
) -> tuple[str, ...] | None:
    """Find the fewest legal hops from `start` to `goal`, the goal last; None if there is no way."""
    paths: deque[tuple[str, ...]] = deque([(start,)])
    seen = {start}
    while paths:
        path = paths.popleft()
        if path[-1] == goal:
            return path[1:]
        for step in workflow.get(path[-1], ()):
            if step not in seen:
                seen.add(step)
                paths.append((*path, step))
    return None
