"""What a history reached, by class: what the world passed, died at, struck and answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.certify.classes import point_class
from tests.certify.scenery import SYSTEMS, Scenery
from tests.certify.targets import WRITES, kind
from tests.certify.world import World


def tallied(world: World) -> Counter[str]:
    """Count all that a world saw; raise KeyError for a point of no class."""
    counts: Counter[str] = Counter()
    counts[f"start {world.scenery.start}"] += 1
    for point, number in world.passed.items():
        counts[f"point {point_class(point)}"] += number
    for point, number in world.crashes.items():
        counts[f"crash {point_class(point)}"] += number
    counts += Counter({f"outage {name}": n for name, n in world.network.outages.items()})
    for side, desk in world.desks.items():
        for call in desk.world.log.since(0):
            one = kind(side, call["method"], call["path"], b"{}")
            what = "write" if one in WRITES else "read"
            for name in filter(None, call["fault"].split("+")):
                numbered = name == "status" or (name, call["status"]) == ("error_after", 429)
                told = f"{name} {call['status']}" if numbered else name
                counts[f"fault {told} {side} {what}"] += 1
    counts += Counter({f"answer {name}": n for name, n in world.network.answers.items()})
    counts += Counter(f"manner {one}" for one in _manners(world.scenery))
    return counts


def _manners(scenery: Scenery) -> Iterator[str]:
    """Name how the vendors behave in a history, and what its policies say."""
    for side, table in scenery.switches.items():
        yield from (f"{side} {name} {option}" for name, option in table.items())
    yield from (f"policy {name} {option}" for name, option in scenery.policies.items())
    yield from (f"{side} skew {by}" for side, by in zip(SYSTEMS, scenery.skew, strict=True) if by)
