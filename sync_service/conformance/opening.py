"""Open a system for one test of the suite, and keep from test to test what is dear to make.

The surprise: where a system lasts, its proxy and a started adapter last too, so a test that
spoils its adapter must say so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import stamina

from sync_service.adapters.base import Adapter
from sync_service.conformance.abilities import OwnWire, undeclared
from sync_service.conformance.bench import Bench, OurClock
from sync_service.conformance.harness import Harness, Wish
from sync_service.conformance.proxy import FaultProxy


@dataclass
class _Kept:
    """What is kept from test to test where a system lasts: the proxy and a started adapter."""

    wire: FaultProxy
    clock: OurClock
    adapter: Adapter | None = None


_kept: dict[str, _Kept] = {}


async def let_go() -> None:
    """Close what was kept from test to test."""
    while _kept:
        _, kept = _kept.popitem()
        if kept.adapter is not None:
            await kept.adapter.close()
        kept.wire.__exit__()


@asynccontextmanager
async def opened(
    harness: Harness, wish: Wish | None = None, *, start: bool = True, own: bool = False
) -> AsyncIterator[Bench]:
    """Open a system for one test; retries wait for nothing while it lasts.

    `own` is for a test that spoils its adapter for others.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(stamina.set_testing(True, attempts=3, cap=True))
        system = await stack.enter_async_context(harness.open(wish or Wish()))
        assert not (wrong := undeclared(harness, system)), "\n".join(wrong)
        began = system.now() - timedelta(seconds=2)
        if isinstance(system, OwnWire):
            bench = Bench(harness, system, system.wire, OurClock(), began, "", stack)
        elif not harness.lasting or own:
            proxy = stack.enter_context(FaultProxy(system.url))
            bench = Bench(harness, system, proxy, OurClock(), began, proxy.url, stack)
        else:
            kept = _lasting(system.url)
            stack.push_async_callback(_clean, kept)
            bench = Bench(harness, system, kept.wire, kept.clock, began, kept.wire.url, stack)
            if start and wish is None:
                await _resume(bench, kept)
                start = False
        if start:
            await bench.start()
        yield bench


def _lasting(url: str) -> _Kept:
    if url not in _kept:
        _kept[url] = _Kept(FaultProxy(url).__enter__(), OurClock())
    return _kept[url]


async def _resume(bench: Bench, kept: _Kept) -> None:
    if kept.adapter is None:
        adapter = bench.system.adapter(kept.wire.url, kept.clock)
        try:
            await adapter.start()
        except BaseException:  # else every later test would meet one that never started
            await adapter.close()
            raise
        kept.adapter = adapter
    bench.use(kept.adapter)


async def _clean(kept: _Kept) -> None:
    """Make ready for the next test; an adapter whose calls failed may leave its host alone (R26)."""
    if kept.wire.meddled and kept.adapter is not None:
        await kept.adapter.close()
        kept.adapter = None
    kept.wire.clear()
    kept.wire.accept()
    kept.wire.forget()
    kept.wire.meddled = False
