"""Histories as data, drawn by number: history 4711 of a seed is the same on every machine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

from tests.certify.scenery import Scenery

#: As `Step.pick`: the ticket that was acted on last, or its partner on the step's side.
SAME = -1


@dataclass(frozen=True)
class Step:
    """One thing that happens.

    `point` puts a person's act at a point of the wire: its name, or `@17` for the 17th from now.
    `fuse` lets the daemon die during the step, at the `nth` passing of a point ("*": of any).
    """

    what: str
    side: str = "incidentiq"
    name: str = ""
    pick: int = 0
    word: int = 0
    point: str = ""
    fuse: str = ""
    nth: int = 0
    more: Mapping[str, Any] = field(default_factory=dict)

    def short(self) -> str:
        """Write it down as the call that makes it, without what is as usual."""
        usual = asdict(Step(self.what))
        told = {name: value for name, value in asdict(self).items() if value != usual[name]}
        return f"Step({self.what!r}{''.join(f', {n}={v!r}' for n, v in told.items())})"


@dataclass(frozen=True)
class History:
    """Where it plays, and what happens; `seed` decides latencies and jitter."""

    scenery: Scenery
    steps: Sequence[Step]
    seed: int = 0

    def shown(self) -> str:
        """Write it down as the Python that makes it."""
        steps = "".join(f"\n    {step.short()}," for step in self.steps)
        return f"History(\n    {self.scenery!r},\n    [{steps}\n    ],\n    {self.seed},\n)"

    def dumps(self) -> str:
        """Write it down as JSON."""
        return json.dumps(asdict(self), ensure_ascii=True)

    @classmethod
    def loads(cls, text: str) -> History:
        """Read what `dumps` wrote."""
        told = json.loads(text)
        told["scenery"]["skew"] = tuple(told["scenery"]["skew"])
        return cls(Scenery(**told["scenery"]), [Step(**one) for one in told["steps"]], told["seed"])


def draw(seed: int, number: int) -> History:
    """Draw a history by number."""
    from tests.certify.scenes import scenes

    random = Random(f"{seed} {number}")
    scenery = Scenery.draw(random)
    return History(scenery, scenes(random), random.getrandbits(32))
