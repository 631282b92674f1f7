"""What `plan` shows beside a daemon."""

from __future__ import annotations

import asyncio

from sync_service.core.pair import Pair
from sync_service.engine.cycle import cycle
from sync_service.engine.preview import News, chosen, preview
from tests.engine.acts import ADA
from tests.engine.world import World


async def _resting(world: World) -> tuple[list[Pair], int]:
    link = world.start()
    await cycle(link)
    pairs = await chosen(link, News(), world.clock(), every=False)
    shown = await preview(link, pairs)
    return pairs, sum(len(one.actions) for one in shown)


def test_what_rests_after_a_start_is_planned_too() -> None:
    """Found by a newcomer: of eleven tickets on their way `plan` showed the one that did not rest."""
    world = World()
    world.desks.left.open({"title": "Printer", "status": "New"}, ADA)

    pairs, actions = asyncio.run(_resting(world))

    assert {} == world.desks.right.records
    assert (1, 1) == (len(pairs), actions)
