"""Make a history that breaks a promise as short as it still breaks it.

`python -m tests.certify.shrink --seed 1 --number 4711` prints what is left, ready for `test_found.py`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from tests.certify.run import judged, quiet
from tests.certify.scenery import Scenery
from tests.certify.steps import History, draw

Breaks = Callable[[History], bool]


def shrunk(history: History, breaks: Breaks) -> History:
    """Leave out steps, one by one and in runs, then circumstances, while it still breaks."""
    size = len(history.steps)
    while size:
        shorter = _without(history, size, breaks)
        size = size // 2 if shorter is history else min(size, len(shorter.steps))
        history = shorter
    for plain in _plainer(history):
        if breaks(plain(history)):
            history = plain(history)
    return history


def _without(history: History, size: int, breaks: Breaks) -> History:
    for start in range(len(history.steps) - size, -1, -1):
        steps = [*history.steps[:start], *history.steps[start + size :]]
        if steps and breaks(shorter := replace(history, steps=steps)):
            return shorter
    return history


def _plainer(history: History) -> list[Callable[[History], History]]:
    """Give ways to say less: usual manners, policies, hour, clocks and latency."""
    ways: list[Callable[[History], History]] = [
        partial(_usual, name=name) for name in ("start", "skew", "latency", "policies")
    ]
    for side, table in history.scenery.switches.items():
        ways += [partial(_unturned, side=side, name=name) for name in table]
    return ways


def _usual(history: History, name: str) -> History:
    usual = {name: getattr(Scenery(), name)}
    return replace(history, scenery=replace(history.scenery, **usual))


def _unturned(history: History, side: str, name: str) -> History:
    switches = {one: dict(table) for one, table in history.scenery.switches.items()}
    switches[side].pop(name, None)
    return replace(history, scenery=replace(history.scenery, switches=switches))


def main() -> int:
    """Shrink one history."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--number", type=int, required=True)
    options = parser.parse_args()
    quiet()
    whole = draw(options.seed, options.number)
    kind = judged(whole).kind
    if not kind:
        print("it breaks no promise")
        return 1
    least = shrunk(whole, lambda one: judged(one).kind == kind)
    print(judged(least).broken)
    print(least.shown())
    return 0


if __name__ == "__main__":
    sys.exit(main())
