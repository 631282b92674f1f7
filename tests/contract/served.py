"""One server a process, whose application each test replaces: starting one takes a tenth of a second."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from functools import cache
from typing import cast

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from sync_service.simulators.serve import running


class _Stage:
    """Hands every request to the application of the day."""

    app: Starlette

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@cache
def _served() -> tuple[_Stage, str]:
    stage, until_exit = _Stage(), ExitStack()
    atexit.register(until_exit.close)
    return stage, until_exit.enter_context(running(cast(Starlette, stage)))


def serve(app: Starlette) -> str:
    """Serve a simulator from now on; give its address."""
    stage, url = _served()
    stage.app = app
    return url
