"""The bare client: recorded calls on the product's own `Wire`, and nothing else.

No engine, no adapter, no store, no check of an answer. Calls leave in the order in which they were
recorded, as many at once to a system as the product has connections; a call waits only for the
create whose ticket it names.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.recording import Call, made_by
from sync_service.adapters.http.wire import Limits, Wire

LIMITS = Limits(connect=5.0, total=30.0, connections=8)
_NAME = re.compile(r"[0-9a-f]{32}|INC\d+")


@dataclass(slots=True)
class _Step:
    """A call and the recorded names in it that a create has yet to make anew."""

    call: Call
    named: tuple[str, ...]


@dataclass
class Replay:
    """Recorded calls, ready to be sent to fresh simulators."""

    urls: dict[str, str]
    steps: list[_Step]
    fresh: dict[str, asyncio.Future[str]] = field(default_factory=dict)
    received: int = 0

    async def run(self) -> float:
        """Send everything; give the seconds from the first call to the last answer."""
        loop = asyncio.get_running_loop()
        made = [name for step in self.steps for name in step.call.made]
        self.fresh = {name: loop.create_future() for name in made}
        wires = {system: Wire(url, LIMITS) for system, url in self.urls.items()}
        began = perf_counter()
        await asyncio.gather(
            *(
                self._work(wires[system], steps)
                for system in wires
                for steps in [iter([one for one in self.steps if one.call.system == system])]
                * LIMITS.connections
            )
        )
        seconds = perf_counter() - began
        for wire in wires.values():
            await wire.aclose()
        return seconds

    async def _work(self, wire: Wire, steps: Iterator[_Step]) -> None:
        for step in steps:
            call = step.call
            params, body, path = call.params, call.body, call.path
            for name in step.named:
                new = await self.fresh[name]
                path = path.replace(name, new)
                if params is not None:
                    params = {
                        k: v.replace(name, new) if isinstance(v, str) else v
                        for k, v in params.items()
                    }
                if body is not None:
                    body = body.replace(name.encode(), new.encode())
            answer = await wire.send(
                call.method, path, headers=call.headers, params=params, content=body
            )
            self.received += len(answer.content)
            if call.made:
                for name, new in zip(call.made, made_by(answer), strict=True):
                    self.fresh[name].set_result(new)


def prepare(calls: Sequence[Call], urls: dict[str, str]) -> Replay:
    """Find which recorded names each call carries; this is not part of what is timed."""
    made = {name for call in calls for name in call.made}
    steps = [_Step(call, tuple(sorted(made & set(_NAME.findall(_text(call)))))) for call in calls]
    return Replay(urls, steps)


def _text(call: Call) -> str:
    return f"{call.path} {call.params} {(call.body or b'').decode()}"
