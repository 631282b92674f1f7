"""What becomes of what a sweep found: a look by the ordinary rules, a repair, or a word to a person.

The surprise: what a person is told of is one problem a link and line, or link and system, that
lists its tickets. A changed value table can set thousands apart at once (R6, R10).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sync_service.core.pair import Event, Pair, Problem, Scope, Solved
from sync_service.core.rules import Rules
from sync_service.core.sweeping import LOOKS, Found, Kind, Round, copy_again, forget_past, mark
from sync_service.core.values import Side

#: So many changes in one round that a feed did not show: it is deaf, and not only late.
DEAF = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """The pair as it is to be remembered, whether it wants a look, and what to say of it."""

    pair: Pair
    look: bool = False
    problems: tuple[Problem, ...] = ()
    events: tuple[Event, ...] = ()


def report(
    pair: Pair,
    found: Iterable[Found],
    rules: Rules,
    dismissed: Mapping[str, set[str]],
    *,
    repair: bool,
) -> Outcome:
    """Say what becomes of one pair's findings.

    `dismissed` holds by line the tickets that a person wants to stay apart. With `repair` a line
    that stands apart loses its past, and a copy that was deleted its id: the merge decides.
    """
    found = tuple(found)
    after = mark(pair, found)
    apart = [one.item for one in found if one.kind is Kind.APART]
    mended = False
    if repair:
        mended = bool(apart) or any(one.kind is Kind.LOST_COPY for one in found)
        after = forget_past(copy_again(after), apart, rules.lines)
    look = mended or any(one.kind in LOOKS for one in found)
    kinds = sorted({f"{one.kind} {one.side}" for one in found if one.kind is not Kind.DRIFT})
    told = Event("swept", {"found": kinds, "repair": repair})
    problems = tuple(_problems(pair, found, rules, dismissed, repair=repair))
    return Outcome(after, look, problems, (told,) if look or after != pair else ())


def _problems(
    pair: Pair,
    found: Iterable[Found],
    rules: Rules,
    dismissed: Mapping[str, set[str]],
    *,
    repair: bool,
) -> Iterable[Problem]:
    for one in found:
        near = pair.ids.left or pair.ids.right or ""
        if one.kind is Kind.APART and not repair and near not in dismissed.get(one.item, ()):
            yield _apart(one.item, near, rules)
        elif one.kind is Kind.LOST_ORIGINAL or (one.kind is Kind.LOST_COPY and not repair):
            yield _lost(one, pair.ids.of(one.side) or "", rules)


def _apart(line: str, ticket: str, rules: Rules) -> Problem:
    left, right = rules.systems.left, rules.systems.right
    return Problem(
        Scope.LINK,
        "apart",
        f"{rules.link}: {left} and {right} do not show the same in `{line}`, though neither has"
        " changed since the last sync. Nothing is written by itself: edit either ticket, or retry"
        " this problem to let `on_adopt` decide.",
        link=rules.link,
        item=line,
        tickets=(ticket,),
    )


def _lost(found: Found, ticket: str, rules: Rules) -> Problem:
    system, far = rules.systems.of(found.side), rules.systems.of(found.side.far)
    copy = found.kind is Kind.LOST_COPY
    what, rest = (
        "comments of which we made copies",
        (f"Their copies stay on {far}; delete those by hand if they should go as well."),
    )
    if copy:
        what, rest = (
            "copies that we made of comments",
            (
                f"Their originals are still on {far}: retry this problem to copy them again, or dismiss"
                " it if they were meant to go."
            ),
        )
    return Problem(
        Scope.LINK,
        "lost-copy" if copy else "lost-original",
        f"{rules.link}: {what} were deleted on {system}. {rest}",
        system=system,
        link=rules.link,
        tickets=(ticket,),
    )


def deaf(ended: Round, rules: Rules) -> list[Problem | Solved]:
    """Say of each side whether its feed shows the changes that the round found (R2)."""
    told: list[Problem | Solved] = []
    for side in Side:
        system = rules.systems.of(side)
        missed = sum(ended.found.get((kind, side), 0) for kind in (Kind.MISSED, Kind.UNFED))
        if missed < DEAF:
            told.append(Solved(Scope.LINK, "deaf-feed", system, rules.link))
            continue
        told.append(
            Problem(
                Scope.LINK,
                "deaf-feed",
                f"{rules.link}: {missed} changes or new tickets on {system} were found by the sweep and not by the"
                " search for what changed. They are synced now; later ones will be as late.",
                system=system,
                link=rules.link,
            )
        )
    return told
