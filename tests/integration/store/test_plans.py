"""The cost of a cycle is flat in the number of pairs, because no statement walks a table."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, event

from sync_service.core.pair import Conflict, Event, Made, Problem, Row, Scope, Solved
from sync_service.core.sweeping import Round
from sync_service.core.values import Origin, Side, Sides
from sync_service.store import (
    AdoptNote,
    Done,
    Feed,
    PageNote,
    Run,
    Save,
    StartNote,
    Store,
    SweepNote,
)
from tests.integration.store.world import LINK, NOW, SYSTEMS, claim_all, start, version

#: What may be walked: no table at all, and the pairs that two small indexes have already found.
FEW = ("SCAN CONSTANT ROW", "SCAN anon_1")


@contextmanager
def _statements() -> Iterator[dict[str, Any]]:
    """Collect every statement that is sent, with parameters that it was sent with."""
    sent: dict[str, Any] = {}

    def keep(_c: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        sent[sql] = parameters[0] if many else parameters

    event.listen(Engine, "before_cursor_execute", keep)
    yield sent
    event.remove(Engine, "before_cursor_execute", keep)


def _a_cycle(store: Store, run: Run) -> None:
    """Do once all that a cycle does."""
    page = PageNote(
        SYSTEMS, looks=[(1, version(2))], starts=[StartNote("new", NOW), StartNote("a", NOW)],
        adoptions=[AdoptNote("l", "r", Made.KEY)], feed=Feed("w"),
        problems=[Problem(Scope.LINK, "x", "m", link=LINK)], events=[("t", Event("x"))],
    )  # fmt: skip
    store.take_page(run, LINK, Side.LEFT, page)
    store.known(LINK, Side.LEFT, ["a", "b"])
    store.copies("incidentiq", ["a", "b"])
    for pair, work in claim_all(store, run):
        rows = (Row(Origin("incidentiq", "a", "c"), Side.LEFT, Sides("c", None)),)
        far = pair.ids.right or f"far {pair.id}"
        noted = replace(pair, rows=rows, contested=frozenset({"S"}))
        asked = Conflict(pair.id, "S", Sides(("x",), ("y",)), None)
        store.save(run, [Save(pair, noted, conflicts=[asked], events=[Event("noted")])])
        done = replace(
            noted, ids=pair.ids.put(Side.RIGHT, far), contested=frozenset(), run=run.id,
            rows=(replace(rows[0], ids=Sides("c", "n")),),
        )  # fmt: skip
        solved = Solved(Scope.ITEM, "x", pair=pair.id)
        store.save(run, [Save(noted, done, problems=[solved], work=Done(work.seq))])
    store.begin_sweep(run, LINK, Round(NOW))
    store.note_sweep(run, LINK, SweepNote(Round(NOW, place=1), [1]))
    store.sweep(LINK)
    store.waiting([1, 2])
    store.end_sweep(run, LINK, Round(NOW))
    store.backlog(LINK, NOW)
    store.open_notes(LINK)
    store.pairs_after(LINK, 0, 10)
    store.find_pairs("a")
    store.history("a")


def test_no_statement_of_a_cycle_walks_a_large_table(sqlite_url: str):
    """SQLite's own plans name an index for each (DESIGN section 10: flat in history)."""
    store = Store.open(sqlite_url)
    run = store.begin_run(NOW, "test")
    start(store, run, "a", "b")
    with _statements() as sent:
        _a_cycle(store, run)
    plans = {}
    with store.database.reading() as c:
        for sql, parameters in sent.items():
            if sql.split()[0] in {"SELECT", "UPDATE", "DELETE", "INSERT"}:
                told = c.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
                plans[sql] = [str(row[3]) for row in told]
    store.close()

    walks = {
        (step, sql)
        for sql, steps in plans.items()
        for step in steps
        if step.startswith("SCAN ") and not step.startswith(FEW)
    }

    assert walks == set()
