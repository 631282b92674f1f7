"""Real servers for live tests. Each test session has queues of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync_service.adapters.request_tracker import RequestTracker, factory
from tests.live.request_tracker import BOT, Desk, prepare


def now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def soon() -> datetime:
    """Give a deadline for a write."""
    return now() + timedelta(seconds=30)


def connect(desk: Desk, who: str = BOT, **more: object) -> RequestTracker:
    """Make an adapter for the queue."""
    given = {"url": desk.url, "token": desk.tokens[who], "queue": desk.queue, **more}
    return factory("rt", given, now)


async def by(call: Callable[..., Any], *given: Any, **more: Any) -> Any:
    """Let a person do something while our own connections stay alive."""
    return await asyncio.to_thread(call, *given, **more)


@pytest.fixture(scope="session")
def desk() -> Desk:
    """Give a queue that this session made."""
    return prepare(f"Live {os.getpid()} {now():%H%M%S}")


@pytest.fixture
async def rt(desk: Desk) -> AsyncIterator[RequestTracker]:
    """Give a started adapter for the queue."""
    adapter = connect(desk)
    await adapter.start()
    yield adapter
    await adapter.close()
