"""Play histories by number and judge them: `python -m tests.certify.run --histories 200 --seed 1`."""

from __future__ import annotations

import argparse
import gc
import logging
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field

import structlog

from tests.certify.judge import Judge
from tests.certify.play import Play
from tests.certify.steps import History, draw
from tests.certify.view import Broken
from tests.certify.world import Crash, world


@dataclass
class Verdict:
    """What one history came to."""

    number: int
    broken: str = ""
    kind: str = ""
    trace: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    excused: int = 0
    steps: int = 0
    cpu: float = 0.0


def judged(history: History, number: int = 0) -> Verdict:
    """Play and judge one history; whatever goes wrong is in the verdict."""
    verdict = Verdict(number)
    with world(history.scenery, history.seed) as made:
        play = Play(made, history)
        judge = Judge(play)
        try:
            play.play()
            play.rest()
            judge.judge()
        except Broken as error:
            verdict.broken, verdict.kind = str(error), error.kind
        except AssertionError as error:
            verdict.broken, verdict.kind = str(error), str(error).partition(":")[0]
        except (Exception, Crash) as error:  # noqa: BLE001 - a broken harness must not look well
            verdict.broken, verdict.kind = repr(error), "harness"
            verdict.trace = traceback.format_exc()
        verdict.steps = len(history.steps)
        try:
            verdict.counts = play.tally()
        except KeyError as error:
            verdict.broken, verdict.kind = f"no class is named for {error}", "harness"
        verdict.excused = judge.excused
    return verdict


def quiet() -> None:
    """Log nothing but errors."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def main() -> int:
    """Play a range of histories; print each that breaks a promise."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--histories", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--counts", action="store_true")
    parser.add_argument("--stop", action="store_true")
    options = parser.parse_args()
    quiet()
    gc.disable()
    began, cpu, kinds, counts = (
        time.perf_counter(),
        time.process_time(),
        Counter[str](),
        Counter[str](),
    )
    for number in range(options.first, options.first + options.histories):
        verdict = judged(draw(options.seed, number), number)
        counts += verdict.counts
        if verdict.broken:
            kinds[verdict.kind] += 1
            print(f"-- {number}: {verdict.broken[:1200]}", flush=True)
            if options.show:
                print(verdict.trace)
            if options.stop:
                break
        if number % 20 == 0:
            gc.collect()
    spent = time.process_time() - cpu
    print(
        f"{options.histories} histories, {sum(kinds.values())} broken {dict(kinds)};"
        f" {time.perf_counter() - began:.1f} s, {options.histories / spent:.2f} a second of CPU"
    )
    if options.counts:
        for name, count in sorted(counts.items()):
            print(f"{count:8} {name}")
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())
