"""What the store costs a change, and whether that grows with the number of pairs.

    python benchmarks/store.py [--url sqlite:////var/tmp/bench.db] [--sizes 1000 100000]

For each size it fills a store and then measures, in one run and so comparable:
note + record of one pair a transaction, of 50 pairs a transaction, and claim and look-up of a
page of 100. CPU is this process's (a PostgreSQL server's is not in it). The last line is the
cost at the largest size over that at the smallest.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sync_service.core.pair import Event, Pair, Row, Seen, Sent, Work
from sync_service.core.values import Fields, Origin, Side, Sides, Version
from sync_service.store import Done, Feed, PageNote, Run, Save, StartNote, Store

LINK = "bench"
SYSTEMS = Sides("incidentiq", "servicenow")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
LATER = NOW + timedelta(days=10_000)
#: Fields of a usual ticket: about 600 characters a side.
FIELDS = {
    "Subject": "Chromebook cart does not charge", "IssueDescription": "It stays dark. " * 30,
    "Status": "In Progress", "PriorityLevel": "Medium", "AssignedToUser": "kim@school.example",
}  # fmt: skip
COMMENTS = 3
PAGE = 100


@dataclass(frozen=True)
class Cost:
    """Milliseconds a pair (or a page): wall and CPU."""

    wall: float
    cpu: float


def main() -> None:
    """Fill, measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", help="an EMPTY store; default: a file in a temporary folder")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--changes", type=int, default=1_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(asked.url or f"sqlite:///{Path(folder) / 'bench.db'}")
        store.migrate()
        print(f"{'ms, wall / cpu':<28}{'pairs':>9}" + "".join(f"{name:>20}" for name in MEASURED))
        found = [_measured(store, size, asked.changes) for size in sorted(asked.sizes)]
        store.close()
    ratios = [found[-1][name].cpu / found[0][name].cpu for name in MEASURED]
    print(f"{'cpu, largest / smallest':<37}" + "".join(f"{ratio:>20.2f}" for ratio in ratios))


def _measured(store: Store, size: int, changes: int) -> dict[str, Cost]:
    run = store.begin_run(NOW, "benchmark")
    seconds = _filled(store, run, size)
    costs = {name: measure(store, run, changes) for name, measure in MEASURED.items()}
    shown = "".join(f"{costs[name].wall:>12.3f} /{costs[name].cpu:>6.3f}" for name in MEASURED)
    print(f"{f'(filled in {seconds:.0f} s)':<28}{size:>9}{shown}", flush=True)
    return costs


def _filled(store: Store, run: Run, size: int) -> float:
    began = time.perf_counter()
    have = store.count_pairs(LINK)
    for first in range(have, size, 500):
        ids = [f"t{number}" for number in range(first, min(first + 500, size))]
        starts = [StartNote(name, NOW) for name in ids]
        store.take_page(run, LINK, Side.LEFT, PageNote(SYSTEMS, starts=starts))
        claimed = store.claim(run, LINK, LATER, 500)
        store.save(run, [Save(pair, _made(pair, run), work=Done(work.seq))
                         for pair, work in claimed])  # fmt: skip
    return time.perf_counter() - began


def _made(pair: Pair, run: Run) -> Pair:
    ticket = str(pair.ids.left)
    rows = tuple(
        Row(Origin("incidentiq", ticket, f"c{n}"), Side.LEFT, Sides(f"c{n}", f"n{n}"),
            Sides("d" * 40, "d" * 40))
        for n in range(COMMENTS)
    )  # fmt: skip
    seen = Seen(Version(NOW, 1), FIELDS, provisional=False)
    return replace(
        pair, ids=Sides(ticket, f"far-{ticket}"), seen=Sides(seen, seen), rows=rows,
        run=run.id, recorded_at=NOW,
    )  # fmt: skip


def _change(store: Store, run: Run, changes: int, batch: int) -> Cost:
    """Take a page of looks, then note and record each pair, as a cycle does."""
    claimed = _asked(store, run, changes)

    def record() -> None:
        for first in range(0, len(claimed), batch):
            some = claimed[first : first + batch]
            noted = [(pair, _noted(pair), work) for pair, work in some]
            store.save(run, [Save(pair, note) for pair, note, _ in noted])
            store.save(run, [
                Save(note, _recorded(note, run), [Event("wrote", {"fields": ["Status"]})],
                     work=Done(work.seq))
                for _, note, work in noted
            ])  # fmt: skip

    return _timed(record, len(claimed))


def _asked(store: Store, run: Run, changes: int) -> list[tuple[Pair, Work]]:
    """Ask for work on pairs spread over the whole store, and claim it."""
    step = max(store.count_pairs(LINK) // changes, 1)
    looks = [(1 + number * step, Version(NOW, 2)) for number in range(changes)]
    store.take_page(run, LINK, Side.LEFT, PageNote(SYSTEMS, looks=looks, feed=Feed("w")))
    return store.claim(run, LINK, LATER, changes)


def _noted(pair: Pair) -> Pair:
    before: Sides[Fields] = Sides({"Status": "New"}, {"state": "1"})
    sent = Sent("Status", Side.RIGHT, before, before, Version(NOW, 1), NOW, NOW)
    return replace(pair, sent=(sent,))


def _recorded(pair: Pair, run: Run) -> Pair:
    left, right = pair.seen.left, pair.seen.right
    assert left is not None
    assert right is not None
    moved = Version(NOW, left.version.serial + 1)
    seen: Sides[Seen | None] = Sides(replace(left, version=moved), replace(right, version=moved))
    return replace(pair, sent=(), seen=seen, run=run.id, recorded_at=NOW)


def _claim(store: Store, run: Run, changes: int) -> Cost:
    """Claim pages of due pairs, whole, from a backlog of all the changes."""
    claimed = _asked(store, run, changes)
    store.release(run, [pair.id for pair, _ in claimed])
    taken: list[tuple[Pair, Work]] = []

    def claim() -> None:
        for _ in range(changes // PAGE):
            taken.extend(store.claim(run, LINK, LATER, PAGE))

    cost = _timed(claim, max(changes // PAGE, 1))
    store.save(run, [Save(pair, pair, work=Done(work.seq)) for pair, work in taken])
    return cost


def _known(store: Store, _run: Run, changes: int) -> Cost:
    """Look up pages of tickets, spread over the whole store."""
    step = max(store.count_pairs(LINK) // changes, 1)
    ids = [f"t{number * step}" for number in range(changes)]

    def look() -> None:
        for first in range(0, changes, PAGE):
            assert store.known(LINK, Side.LEFT, ids[first : first + PAGE])

    return _timed(look, max(changes // PAGE, 1))


def _timed(work: Callable[[], None], count: int) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(
        (time.perf_counter() - wall) / count * 1000, (time.process_time() - cpu) / count * 1000
    )


MEASURED: dict[str, Callable[[Store, Run, int], Cost]] = {
    "change, alone": lambda store, run, changes: _change(store, run, changes, 1),
    "change, 50 at once": lambda store, run, changes: _change(store, run, changes, 50),
    "claim of 100": _claim,
    "look-up of 100": _known,
}

if __name__ == "__main__":
    main()
