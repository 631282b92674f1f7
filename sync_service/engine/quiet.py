"""Find comments that no change feed shows, at a slow pace and within a budget.

Whether a comment moves a ticket's modified date is not documented for Incident IQ (vendor docs:
ticket activities), so pairs are asked in turn for the marks of their comments. A mark that has no
row asks for a look; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync_service.adapters.base import QuietComments
from sync_service.core.pair import Pair
from sync_service.core.values import Side
from sync_service.engine.link import LinkAtWork


async def sweep_comments(link: LinkAtWork, batches: int | None = None) -> None:
    """Ask for the comments of the next pairs, `batches` calls a side; None for all pairs."""
    for side in Side:
        adapter = link.adapters.of(side)
        if isinstance(adapter, QuietComments):
            await _sweep(link, side, adapter, batches)


async def _sweep(link: LinkAtWork, side: Side, adapter: QuietComments, batches: int | None) -> None:
    """Walk the pairs by id; the place is kept in memory, since a restart may begin anew."""
    size = max(link.adapters.of(side).traits.batch, 1)
    done = 0
    while batches is None or done < batches:
        place = link.swept.get(side, 0)
        pairs = await link.store.run(link.store.store.pairs_after, link.name, place, size)
        link.swept[side] = pairs[-1].id if pairs else 0
        if not pairs:
            return
        await _ask(link, side, adapter, [pair for pair in pairs if pair.whole])
        done += 1


async def _ask(link: LinkAtWork, side: Side, adapter: QuietComments, pairs: Sequence[Pair]) -> None:
    ids = [one for pair in pairs if (one := pair.ids.of(side)) is not None]
    if not ids:
        return
    marks = await adapter.comment_marks(ids)
    new = [pair.id for pair in pairs if _news(pair, side, marks.get(pair.ids.of(side) or "", {}))]
    if new:
        store = link.store
        await store.run(store.store.enqueue, link.run, new, link.clock(), "a comment was found")


def _news(pair: Pair, side: Side, marks: Mapping[str, str]) -> bool:
    """Tell whether a comment is unknown, or has another version than the one that was read."""
    known = {row.ids.of(side): row.versions.of(side) for row in pair.rows}
    return any(known.get(name) != version for name, version in marks.items())
