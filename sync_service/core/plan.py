"""Decide what to write for a pair of which both tickets are known.

Settling comes before, recording after; this module only turns two readings into a `Plan`.
Privacy is judged first and on these very readings (R13): a plan for a ticket that must stay home
has no actions at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sync_service.core import complaints
from sync_service.core.actions import Carry, Hide, Plan, Update
from sync_service.core.expressions import ExpressionError
from sync_service.core.fold import (
    agree,
    contest,
    fold,
    fold_side,
    is_asked,
    is_refused,
    lift,
    refuse,
    value_text,
)
from sync_service.core.guard import WHOLE_PAIR
from sync_service.core.mapping import Line
from sync_service.core.merge import (
    Decision,
    Evidence,
    Language,
    Values,
    Verdict,
    merge,
    past_of,
    shortest_path,
)
from sync_service.core.pair import Conflict, Event, Made, Pair, Problem, Scope, Solved
from sync_service.core.plan_comments import align, plan_comments
from sync_service.core.rules import Rules
from sync_service.core.unshown import tell as tell_unshown
from sync_service.core.unshown import unshown
from sync_service.core.values import Fields, Side, Sides, Ticket

_NO_WAY = "no way to "
_NEITHER = Sides(False, False)
_UNTOLD: Sides[float | None] = Sides(None, None)
_SAME_TIME = Sides(timedelta(0), timedelta(0))


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What was asked of the systems before deciding.

    `language` speaks the mapping between the two readings. `values` gives a line's values on a
    side, computed ones included. `doubts`: fields per side that may have changed and changed back
    unseen, None for all of them (R16). `latest`: last change of a field by the audit trail.
    `offsets`: the systems' clocks less ours. `made_now`: the copy was made a moment ago, so nobody
    but its vendor put there what it shows.
    """

    language: Language
    values: Callable[[Line, Side], Fields]
    doubts: Mapping[Side, frozenset[str] | None] = field(default_factory=dict)
    latest: Mapping[tuple[Side, str], float] = field(default_factory=dict)
    offsets: Sides[timedelta] = _SAME_TIME
    made_now: bool = False


def withheld(now: Sides[Ticket], rules: Rules) -> str:
    """Say why nothing of this pair may flow now; "" where it may (R13)."""
    for side in Side:
        if rules.keeps_home(now.of(side)):
            return f"{rules.systems.of(side)} marks the ticket as sensitive"
    return _deselected(now, rules) if rules.stop_when_deselected else ""


def _deselected(now: Sides[Ticket], rules: Rules) -> str:
    """Judge what people opened: a copy of ours never was selected, so it keeps nothing going."""
    opened = [side for side in Side if not now.of(side).ours]
    reason = "the ticket is no longer selected (when_deselected: stop)"
    for side in opened or Side:
        try:
            if rules.select.of(side)(now.of(side)):
                return ""
        except ExpressionError as error:
            reason = f"it cannot be told whether the ticket is still selected: {error}"
    return reason


def plan(pair: Pair, now: Sides[Ticket], rules: Rules, known: Knowledge) -> Plan:
    """Decide every line and comment of a whole pair."""
    pair = align(pair, now, rules)  # settles comments, also where the pair must stop (R20)
    reason = withheld(now, rules)
    if reason:
        return Plan(pair, problems=(complaints.stays_home(pair, reason),), withheld=reason)
    pair, spoken, notices, more = plan_comments(pair, now, rules, known.offsets)
    if any(one.item == WHOLE_PAIR for one in pair.refusals):
        hidden = tuple(one for one in spoken if isinstance(one, Hide))  # it goes on whatever stops
        return Plan(pair, hidden, withheld="the breaker stopped this pair (R26)")
    born = _born(pair, now)
    decisions = [
        _decide(line, pair, now, rules, known, born)
        for line in rules.lines
        if not line.on_create_only
    ]
    outcome = _weave(_unspoken(pair, decisions, known, born), now, rules, known, decisions)
    solved = Solved(Scope.PAIR, "withheld", link=rules.link, pair=pair.id)
    return Plan(
        outcome.pair,
        (*spoken, *outcome.updates),
        tuple(outcome.conflicts),
        (solved, *notices, *outcome.problems),
        tuple(outcome.events),
        more=more,
    )


def _decide(
    line: Line,
    pair: Pair,
    now: Sides[Ticket],
    rules: Rules,
    known: Knowledge,
    born: Side | None,
) -> Decision:
    """Decide one line; one of which a side does not show all waits: absent is not empty (R4)."""
    absent = unshown(line, now)
    if absent.left or absent.right:
        return Decision(line, Verdict.BLOCKED, why="a field is not shown")
    return merge(line, _evidence(line, pair, now, known, born), known.language, rules.policy)


def _born(pair: Pair, now: Sides[Ticket]) -> Side | None:
    """Give the first ticket's side of a pair whose copy was made and never recorded since."""
    if pair.made is not Made.CREATED or pair.recorded_at is not None:
        return None
    return next((side for side in Side if not now.of(side).ours), None)


def _touched(copy: Ticket) -> bool:
    return copy.version.stamp > copy.created


def _unspoken(
    pair: Pair, decisions: Iterable[Decision], known: Knowledge, born: Side | None
) -> Pair:
    """Give a newborn pair's lines whose value has no counterpart the past of one not written yet.

    Else the copy's own default would pass for something a person put there (R7, R10).
    """
    for one in decisions:
        if born is None or one.unmapped is None or one.unmapped.side is not born:
            continue
        near, far = known.values(one.line, born), known.values(one.line, born.far)
        if _past(pair, near, born) is None:
            late: Fields = dict.fromkeys(near)
            pair = fold_side(fold_side(pair, born, late), born.far, far)
    return pair


def _past(pair: Pair, values: Fields, side: Side) -> Values | None:
    seen = pair.seen.of(side)
    return past_of(seen.fields if seen else None, tuple(values))


def _evidence(
    line: Line, pair: Pair, now: Sides[Ticket], known: Knowledge, born: Side | None
) -> Evidence:
    left, right = known.values(line, Side.LEFT), known.values(line, Side.RIGHT)
    values = Sides(left, right)

    def doubtful(side: Side) -> bool:
        doubts = known.doubts.get(side, frozenset())
        return doubts is None or any(name in doubts for name in values.of(side))

    def latest(side: Side) -> float | None:
        moments = [known.latest.get((side, name)) for name in values.of(side)]
        return max((one for one in moments if one is not None), default=None)

    def masked(side: Side) -> bool:
        return any(name in now.of(side).masked for name in line.names.of(side))

    return Evidence(
        past=Sides(_past(pair, left, Side.LEFT), _past(pair, right, Side.RIGHT)),
        now=Sides(tuple(left.values()), tuple(right.values())),
        contested=line.name in pair.contested,
        asked=is_asked(pair, line.name),
        doubtful=Sides.build(doubtful) if _any_doubt(known.doubts) else _NEITHER,
        latest=Sides.build(latest) if known.latest else _UNTOLD,
        born=born,
        touched=born is not None and not known.made_now and _touched(now.of(born.far)),
        masked=Sides.build(masked) if now.left.masked or now.right.masked else _NEITHER,
    )


def _any_doubt(doubts: Mapping[Side, frozenset[str] | None]) -> bool:
    """Tell whether any field of any side is in doubt; None stands for all of them."""
    return any(fields is None or fields for fields in doubts.values())


@dataclass(slots=True)
class _Outcome:
    """What the decisions add up to; filled line by line."""

    pair: Pair
    updates: tuple[Update, ...] = ()
    conflicts: list[Conflict] = field(default_factory=list)
    problems: list[Problem | Solved] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def _weave(
    pair: Pair, now: Sides[Ticket], rules: Rules, known: Knowledge, decisions: Iterable[Decision]
) -> _Outcome:
    """Turn decisions into at most one update a side, and what to remember at once."""
    outcome = _Outcome(pair)
    carried: dict[Side, list[Carry]] = {Side.LEFT: [], Side.RIGHT: []}
    for decision in decisions:
        _remember(outcome, decision, now, rules, known)
        if decision.to is None or decision.translation is None:
            continue
        one, to = _carry(decision, known, rules), decision.to
        if is_refused(outcome.pair, to, one.line.name, value_text(one.after.of(to))):
            continue
        if (legal := _legal(one, to, now, rules, outcome)) is not None:
            carried[to].append(legal)
    outcome.updates = tuple(Update(side, tuple(carried[side])) for side in Side if carried[side])
    return outcome


def _remember(
    outcome: _Outcome, decision: Decision, now: Sides[Ticket], rules: Rules, known: Knowledge
) -> None:
    """Fold in a level line, mark a contested one, and name a value without a counterpart."""
    line = decision.line
    pair, notices = tell_unshown(outcome.pair, line, unshown(line, now), rules)
    outcome.pair, outcome.problems = pair, [*outcome.problems, *notices]
    if decision.verdict is Verdict.LEVEL:
        pair = fold(pair, Sides.build(lambda side: known.values(line, side)))
        outcome.pair = agree(pair, line.name)
    if decision.verdict in {Verdict.LEVEL, Verdict.IDLE}:
        outcome.problems += complaints.solved(outcome.pair, line.name, rules)
        outcome.pair = lift(outcome.pair, line.name)
    if decision.verdict is Verdict.CLASH:
        outcome.pair = contest(pair, line.name, ask=decision.to is None)
        outcome.conflicts.append(_conflict(pair, decision, known))
    if decision.unmapped is not None:
        said = decision.unmapped
        outcome.pair, told = complaints.without_counterpart(
            outcome.pair, line, said, now.of(said.side), rules
        )
        outcome.problems += told
    if decision.why:
        outcome.events.append(Event(str(decision.verdict), {"line": line.name}))


def _conflict(pair: Pair, decision: Decision, known: Knowledge) -> Conflict:
    values = Sides.build(lambda side: tuple(known.values(decision.line, side).values()))
    winner = decision.to.far if decision.to else None
    return Conflict(pair.id, decision.line.name, values, winner, decision.why)


def _carry(decision: Decision, known: Knowledge, rules: Rules) -> Carry:
    assert decision.to is not None and decision.translation is not None  # noqa: S101, PT018
    to, source = decision.to, decision.to.far
    before = Sides.build(lambda side: known.values(decision.line, side))
    fit = rules.fit.of(to)
    target = {n: fit(n, value) for n, value in decision.translation.values.items()}
    after = Sides.build(lambda side: before.of(source) if side is source else target)
    return Carry(decision.line, before, after, decision.translation.companions)


def _legal(
    one: Carry, to: Side, now: Sides[Ticket], rules: Rules, outcome: _Outcome
) -> Carry | None:
    """Give the line with the legal path of its status; None if there is no way (R22)."""
    ticket, status = now.of(to), rules.traits.of(to).status_field
    goal = one.after.of(to).get(status) if status and ticket.workflow else None
    present = ticket.fields.get(status)
    if not isinstance(goal, str) or not isinstance(present, str) or goal == present:
        return one
    hops = shortest_path(ticket.workflow, present, goal)
    if hops is not None:
        return replace(one, path=tuple((status, hop) for hop in hops[:-1]))
    outcome.problems.append(complaints.no_way(one.line, goal, ticket, to, rules, outcome.pair))
    outcome.pair = refuse(outcome.pair, to, one.line.name, f"{_NO_WAY}{goal}")
    return None
