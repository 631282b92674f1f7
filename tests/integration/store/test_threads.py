"""The store from an event loop."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from sync_service.core.pair import Seen
from sync_service.core.values import Side, Sides
from sync_service.errors import Fenced
from sync_service.store import AsyncStore, Done, No, Run, Save, Store
from tests.integration.store.world import LINK, NOW, claim_all, start, version


async def test_methods_run_in_threads_and_give_what_they_give(store: Store, run: Run):
    """The loop stays free while the database works."""
    db = AsyncStore(store)

    await db.run(store.enqueue, run, [], NOW, reason="x")
    waits = asyncio.gather(*(db.run(store.backlog, LINK, NOW) for _ in range(20)))

    assert {found.due for found in await waits} == {0}
    await db.close()


async def test_saves_that_wait_are_recorded_together(
    store: Store, run: Run, monkeypatch: pytest.MonkeyPatch
):
    """Fifty pairs that end at once cost a few commits, and each caller gets its own answer."""
    start(store, run, *(f"t{number}" for number in range(50)))
    claimed = claim_all(store, run)
    batches: list[int] = []
    really = store.save

    def counted(run: Run, saves: Sequence[Save]) -> Mapping[int, No]:
        batches.append(len(saves))
        return really(run, saves)

    monkeypatch.setattr(store, "save", counted)
    db = AsyncStore(store)

    def after(number: int) -> Save:
        pair, work = claimed[number]
        far = "same" if number in {7, 8} else f"far{number}"
        changed = replace(
            pair, ids=pair.ids.put(Side.RIGHT, far),
            seen=Sides(Seen(version(number), {"n": number}), None),
        )  # fmt: skip
        return Save(pair, changed, work=Done(work.seq))

    answers = await asyncio.gather(*(db.save(run, after(number)) for number in range(50)))

    assert [answer for answer in answers if answer] == [No.TAKEN]
    assert answers[8] is No.TAKEN
    assert len(batches) < 5
    assert sum(batches) == 50
    loaded = store.load([pair.id for pair, _ in claimed])
    assert [pair for pair in loaded if not pair.whole] == [claimed[8][0]]
    assert store.backlog(LINK, NOW).later == 1
    await db.close()


async def test_a_save_of_an_overtaken_run_fails_alone(store: Store, run: Run):
    """Every caller hears of its own run only (R29)."""
    start(store, run, "a", "b")
    one, two = (pair for pair, _ in claim_all(store, run))
    newer = store.begin_run(NOW, "next")
    db = AsyncStore(store)

    answers = await asyncio.gather(
        db.save(run, Save(one, replace(one, run=1))),
        db.save(newer, Save(two, replace(two, run=2))),
        return_exceptions=True,
    )

    assert isinstance(answers[0], Fenced)
    assert answers[1] is None
    assert [pair.run for pair in store.load([one.id, two.id])] == [0, 2]
    await db.close()


async def test_what_a_cancelled_caller_asked_to_record_is_recorded(store: Store, run: Run):
    """It tells of something that has happened; forgetting it would be a lost write (R19)."""
    start(store, run, "a")
    ((pair, _),) = claim_all(store, run)
    db = AsyncStore(store)
    asked = asyncio.create_task(db.save(run, Save(pair, replace(pair, run=5))))
    await asyncio.sleep(0)
    asked.cancel()

    await db.close()

    reopened = Store.open(store.database.url.render_as_string(hide_password=False))
    assert reopened.load([pair.id])[0].run == 5
    reopened.close()
