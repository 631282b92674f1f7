"""The store from an event loop: one thread hop a transaction.

Writes go through one thread, as the database takes one writer at a time anyway; reads through a
few others. The surprise is `save`: pairs that finish while the writer is busy are recorded
together in the next transaction, so that a commit's wait for the disk is shared.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from sync_service.store.database import READERS
from sync_service.store.notes import No, Run, Save
from sync_service.store.store import Store

P = ParamSpec("P")
R = TypeVar("R")

#: The most pairs that one shared transaction records.
_MOST = 200
_Waiting = tuple[Run, Save, "asyncio.Future[No | None]"]


class AsyncStore:
    """Run a `Store`'s methods in threads. Belongs to one event loop."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._waiting: list[_Waiting] = []
        self._saver: asyncio.Task[None] | None = None

    async def run(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a method of the store, as in `await db.run(store.claim, run, link, now, 50)`.

        A cancelled caller does not undo a transaction that has begun.
        """
        reads = getattr(method, "reads", False)
        threads = self._readers if reads else self._writer
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, lambda: method(*args, **kwargs))

    async def save(self, run: Run, save: Save) -> No | None:
        """Record one pair, in one transaction with whatever else waits to be recorded.

        Returns why it was refused, or None. A pair may wait only once at a time. What a cancelled
        caller asked to record is recorded nevertheless: it has happened.
        """
        future: asyncio.Future[No | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((run, save, future))
        if self._saver is None or self._saver.done():
            self._saver = asyncio.create_task(self._save_waiting())
        return await future

    async def close(self) -> None:
        """Let what was begun end, then close the store."""
        if self._saver is not None:
            await self._saver
        await asyncio.to_thread(self._writer.shutdown)
        await asyncio.to_thread(self._readers.shutdown)
        self.store.close()

    async def _save_waiting(self) -> None:
        while self._waiting:
            batch = self._waiting[:_MOST]
            del self._waiting[:_MOST]
            for run in dict.fromkeys(run for run, _, _ in batch):
                await self._save_batch(run, [one for one in batch if one[0] == run])

    async def _save_batch(self, run: Run, batch: list[_Waiting]) -> None:
        try:
            refused = await self.run(self.store.save, run, [save for _, save, _ in batch])
        except BaseException as error:
            for _, _, future in batch:
                if not future.done():
                    future.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for _, save, future in batch:
            if not future.done():
                future.set_result(refused.get(save.after.id))
