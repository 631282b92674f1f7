"""Random histories as data: what people, faults, crashes and commands do to two desks.

A history is drawn by its number from a seed, so that it is the same on every machine and thousands
can be shared among processes. A failing one is made shorter by leaving out steps.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sync_service.adapters.memory import Manners
from sync_service.core.comments import CommentRules, Edits
from sync_service.core.merge import Policy
from sync_service.core.values import Side, Sides

WORKFLOW = {"New": ("Open",), "Open": ("New", "Closed"), "Closed": ("Open",)}
#: What people do to tickets and to their own comments.
ACTS = ("open", "edit", "say", "whisper", "reword", "hush", "loud", "erase", "robot")
#: What people do now and then: to our copies, to whole tickets, to the selection.
RARE = (
    "hide copy",
    "publish copy",
    "flag",
    "unflag",
    "delete",
    "undelete",
    "merge",
    "home",
    "back",
)
#: What people tell the daemon.
COMMANDS = ("unpair", "unpair --forget", "forget", "pair", "retry", "dismiss", "resolve", "restore")
#: What goes wrong on the wire, or in the store, at the next chance.
FAULTS = ("unknown", "unknown", "unsent", "busy", "token", "refuse", "store away")
STORES = ("backup", "put back", "lose")
#: Points at which a process dies; all others are met by counting.
POINTS = (
    *(
        f"{when} {what}"
        for when in ("before", "after")
        for what in ("create", "update", "reply", "note", "rewrite", "hide", "save", "take_page")
    ),
    *(
        "before find",
        "before match",
        "before touched",
        "within get",
        "after unpair",
        "after enqueue",
    ),
)
#: How often each kind of step comes, and what it may be.
KINDS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (30, ("edit", "edit", "edit", "say", "say", *ACTS)),
    (16, ("run", "go on", "go on")),
    (9, ("crash", "crash at", "crash at")),
    (10, ("between", "during")),
    (6, ("tick",)),
    (10, RARE),
    (10, FAULTS),
    (7, COMMANDS),
    (3, STORES),
)


@dataclass(frozen=True)
class Step:
    """One thing that happens: `what` by somebody on a side, chosen by numbers."""

    what: str
    side: Side = Side.LEFT
    pick: int = 0
    word: int = 0


#: What happened before a history that finds pairs already.
MORNING = (
    Step("open", Side.LEFT, 0, 0),
    Step("open", Side.RIGHT, 0, 1),
    Step("run"),
    Step("say", Side.LEFT, 0, 0),
    Step("whisper", Side.LEFT, 0, 1),
    Step("say", Side.RIGHT, 1, 3),
    Step("tick", pick=2),
    Step("go on"),
)


@dataclass(frozen=True)
class History:
    """Two desks, the rules between them, and what happens.

    `skew` is by how much the desks' clocks are ahead.
    """

    left: Manners
    right: Manners
    policy: Policy
    talk: CommentRules
    skew: Sides[timedelta]
    stop_when_deselected: bool
    matched: bool
    steps: tuple[Step, ...]


def drawn(seed: int, number: int) -> History:
    """Draw the history of this number."""
    dice = random.Random(f"{seed}:{number}")
    matched = dice.random() < 0.4
    steps = tuple(_step(dice) for _ in range(dice.randint(6, 14)))
    return History(
        replace(_manners(dice), status=""),
        _manners(dice),
        Policy(dice.choice([Side.LEFT, Side.LEFT, Side.RIGHT, None]), None, dice.random() < 0.4),
        CommentRules(
            internal=dice.choice(
                [frozenset({Side.RIGHT}), frozenset({Side.RIGHT}), frozenset(Side)]
            ),
            edits=dice.choice([Edits.FOLLOW, Edits.FOLLOW, Edits.APPEND, Edits.IGNORE]),
        ),
        Sides(_skew(dice), _skew(dice)),
        dice.random() < 0.5 and not matched,
        matched,
        (*MORNING, *steps) if dice.random() < 0.8 else steps,
    )


def _step(dice: random.Random) -> Step:
    (names,) = dice.choices([names for _, names in KINDS], [weight for weight, _ in KINDS])
    what, side = dice.choice(names), dice.choice(list(Side))
    if what in {"crash", "crash at"}:
        return Step(what, side, dice.randint(0, 70), dice.randint(0, 3))
    if what == "tick":
        return Step(what, side, dice.randint(0, 3))
    return Step(what, side, dice.randint(0, 5), dice.randint(0, 11))


def _manners(dice: random.Random) -> Manners:
    """Give a desk of any temper."""
    flags: dict[str, Any] = {
        name: dice.random() < 0.6
        for name in ("origin_field", "audit", "serial", "guarded", "edits")
    }
    return Manners(
        cut=dice.choice([0, 0, 0, 4, 9]),
        resolution=timedelta(seconds=dice.choice([0, 1])),
        lag=timedelta(seconds=dice.choice([0, 0, 3])),
        page_size=dice.choice([1, 2, 50]),
        status="state" if dice.random() < 0.3 else "",
        workflow=WORKFLOW,
        **flags,
    )


def _skew(dice: random.Random) -> timedelta:
    return timedelta(minutes=dice.choice([0, 0, 0, -7, 60]))


def shortest(history: History, fails: Callable[[History], bool]) -> History:
    """Leave out steps as long as the history fails."""
    steps: Sequence[Step] = history.steps
    size = max(len(steps) // 2, 1)
    while size:
        place = 0
        while place < len(steps):
            fewer = (*steps[:place], *steps[place + size :])
            if fails(replace(history, steps=fewer)):
                steps = fewer
            else:
                place += size
        size //= 2
    return replace(history, steps=tuple(steps))
