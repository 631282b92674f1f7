"""Scenes in which the wire or a vendor fails: faults, lost answers, revoked tokens, outages."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from tests.certify.classes import ROUTE
from tests.certify.draws import act, go, maybe, provoked
from tests.certify.scenery import SYSTEMS
from tests.certify.steps import Step
from tests.certify.targets import READ_KINDS, WRITES

#: One or two ways of each class, so that each class is drawn as often as the others.
FAULTS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "delay": ({"kind": "delay", "seconds": 1.5}, {"kind": "delay", "seconds": 3.5}),
    "delay_after": (
        {"kind": "delay_after", "seconds": 1.5}, {"kind": "delay_after", "seconds": 6.0},
    ),
    "401": ({"kind": "status", "status": 401},),
    "403": ({"kind": "status", "status": 403},),
    "429": ({"kind": "status", "status": 429, "retry_after": 3}, {"kind": "status", "status": 429}),
    "500": ({"kind": "status", "status": 500},),
    "503": ({"kind": "status", "status": 503, "retry_after": 2},),
    "hang_up_before": ({"kind": "hang_up_before"},),
    "hang_up_after": ({"kind": "hang_up_after"},),
    "error_after": (
        {"kind": "error_after", "status": 500}, {"kind": "error_after", "status": 504},
    ),
    "429 after": (
        {"kind": "error_after", "status": 429, "retry_after": 3},
        {"kind": "error_after", "status": 429},
    ),
    "not_json": ({"kind": "not_json", "status": 502}, {"kind": "not_json", "status": 200}),
    "truncate": ({"kind": "truncate"},),
}  # fmt: skip


def fault(random: Random) -> list[Step]:
    """Calls of several kinds meet a fault, once or more often."""
    steps = [one for _ in range(4) for one in _struck(random)]
    restarts = [Step("restart")] if any("lists" in step.name for step in steps) else []
    after = maybe(random, act(random, random.choice(SYSTEMS)), go(random))
    return [*steps, *restarts, Step("level"), *after]


def _struck(random: Random) -> list[Step]:
    """Draw side, then direction, then class, so that each class is struck as often as the others."""
    side, kinds = random.choice(SYSTEMS), random.choice((WRITES, READ_KINDS))
    kind = random.choice([one for one in kinds if one.startswith(side) and "trail" not in one])
    method, route = ROUTE[kind]
    order = {
        **random.choice(FAULTS[random.choice((*FAULTS, "429", "429"))]),
        "method": method,
        "route": route,
    }
    order["times"] = random.choice((1, 1, 2))
    return [provoked(random, kind), Step("fault", side, name=kind, more=order)]


def unheard(random: Random) -> list[Step]:
    """Writes land, and the answers never come, or deny it: nobody may repeat them unlooked for."""
    steps: list[Step] = []
    for kind in random.sample(WRITES, 2):
        method, route = ROUTE[kind]
        how = random.choice(("delay_after",) * 4 + ("hang_up_after", "error_after", "429"))
        order = {"kind": how, "method": method, "route": route, "seconds": 6.0}
        order |= {"kind": "error_after", "status": 429} if how == "429" else {}
        steps += [provoked(random, kind), Step("fault", kind.partition(" ")[0], more=order)]
    return [*steps, Step("level"), *maybe(random, act(random, random.choice(SYSTEMS)))]


def revoked(random: Random) -> list[Step]:
    """A token is revoked half-way, and given back later; people go on."""
    side, times = random.choice(SYSTEMS), random.choice((3, 8, 20))
    order = {"kind": "status", "status": random.choice((401, 403)), "times": times}
    gone = Step("fault", side, more={**order, "after": random.randrange(12)})
    acts = [act(random, random.choice(SYSTEMS)) for _ in range(2)]
    return [act(random, random.choice(SYSTEMS)), gone, go(random), *acts, go(random)]


def outage(random: Random) -> list[Step]:
    """A side is away for a while, or for an hour of the daemon's life; people go on."""
    how = random.choice(("refused", "silent", "503"))
    down = Step("outage", random.choice(SYSTEMS), how, random.randrange(4))
    if down.pick == 3:
        lived = [Step("level", more={"minutes": 70}), act(random, random.choice(SYSTEMS))]
        return [act(random, random.choice(SYSTEMS)), down, go(random), *lived, go(random)]
    acts = [act(random, random.choice(SYSTEMS)) for _ in range(2)]
    return [act(random, random.choice(SYSTEMS)), down, go(random), *acts, go(random)]


def stale(random: Random) -> list[Step]:
    """A side shows tickets as they were before, once or for a while; people go on."""
    side = random.choice(SYSTEMS)
    old = Step("stale", side, pick=random.choice((1, 1, 2, 5)))
    acts = [act(random, random.choice((side, *SYSTEMS))) for _ in range(2)]
    return [
        act(random, side),
        Step("level"),
        *acts,
        old,
        go(random),
        *maybe(random, act(random, side)),
    ]
