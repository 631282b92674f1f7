"""The rules of a test's link, and the store as a dying daemon sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from sync_service.adapters.memory import MemoryAdapter
from sync_service.core.comments import CommentRules
from sync_service.core.mapping import Line
from sync_service.core.merge import Policy
from sync_service.core.rules import Rules
from sync_service.core.settle import Patience
from sync_service.core.values import Side, Sides
from sync_service.store import Store

CLAIM = timedelta(seconds=5)
_A = TypeVar("_A", bound=MemoryAdapter)
LINES = (
    Line("title = short", Sides(("title",), ("short",))),
    Line("status = state", Sides(("status",), ("state",))),
    Line("where = place", Sides(("where",), ("place",)), to=frozenset({Side.RIGHT})),
)


class Breaking:
    """The store, with a point to die before and after every writing transaction."""

    def __init__(self, store: Store, burn: Callable[[str], None]) -> None:
        self.store, self._burn = store, burn

    async def run(self, method, *args, **kwargs):
        if getattr(method, "reads", False):
            return method(*args, **kwargs)
        self._burn(f"before {method.__name__}")
        result = method(*args, **kwargs)
        self._burn(f"after {method.__name__}")
        return result

    async def save(self, run, save):
        return (await self.run(self.store.save, run, [save])).get(save.after.id)


def rules_for(link: str, adapters: Sides[_A], **changes: Any) -> Rules:
    """Give the rules of a link between two desks."""
    traits = adapters.map(lambda one: one.traits)
    wait = max(traits.left.timeout, traits.right.timeout)
    lag = max(traits.left.index_lag, traits.right.index_lag)
    rules = Rules(
        instance="test",
        link=link,
        systems=adapters.map(lambda one: one.system),
        lines=LINES,
        policy=Policy(Side.LEFT, None),
        comments=CommentRules(),
        traits=traits,
        fit=adapters.map(lambda one: one.fit),
        creatable=adapters.map(lambda one: one.creatable),
        select=Sides(lambda _: True, lambda _: True),
        patience=Patience(
            traits.map(lambda one: one.index_lag),
            CLAIM + wait + lag,
            traits.map(lambda one: one.exact_version),
        ),
        signature=lambda comment, system: f"{comment.author.name} ({system})",
    )
    return replace(rules, **changes)
