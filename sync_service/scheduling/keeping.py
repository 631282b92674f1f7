"""Forgetting by age (`retention:`): now and then, in small transactions with room between them.

The surprise: what is deleted stands in the journal until that is emptied, so a round ends with it.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from sync_service.config.models import Retention
from sync_service.errors import Fenced, StoreAway
from sync_service.scheduling.opening import Opened
from sync_service.store.pruning import MANY

log = structlog.get_logger(__name__)

#: The first round is left until the links have had their first cycles.
_FIRST = 60.0
_EVERY = 3600.0
_PAUSE = 0.05


async def keep(opened: Opened) -> None:
    """Prune now and then until cancelled, or until another daemon has taken the store over."""
    await asyncio.sleep(_FIRST)
    while True:
        try:
            await prune(opened)
        except Fenced:
            return
        except StoreAway as error:
            opened.watch.away(error)
        except Exception:
            log.exception("pruning.failed")
        await asyncio.sleep(_EVERY)


async def prune(opened: Opened, rounds: int | None = None) -> dict[str, int]:
    """Forget what is too old; with `rounds`, at most so many transactions of each kind."""
    store, gone = opened.service.store, dict[str, int]()
    for what, age in ages(opened.service.config.retention).items():
        before, done = opened.service.clock() - age, 0
        while rounds is None or done < rounds:
            count = await opened.store.run(store.prune, opened.run, what, before)
            gone[what] = gone.get(what, 0) + count
            done += 1
            if count < MANY:
                break
            await asyncio.sleep(_PAUSE)
    if any(gone.values()):
        await opened.store.run(store.wipe)
        log.info("store.pruned", **gone)
    return gone


def ages(retention: Retention) -> dict[str, timedelta]:
    """Give the age that each kind may reach; kinds that are kept for ever are left out."""
    said = {name: getattr(retention, name) for name in Retention.model_fields}
    return {name: age for name, age in said.items() if age is not None}
