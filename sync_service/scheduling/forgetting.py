"""`forget`: erase what the store holds of a ticket, and say what remains elsewhere (R13, R14)."""

from __future__ import annotations

from collections.abc import Sequence

from sync_service.core.pair import Pair
from sync_service.core.values import Side
from sync_service.scheduling.opening import Opened
from sync_service.store.erasing import Erased


async def forget(opened: Opened, names: Sequence[str], link: str) -> Erased:
    """Erase a ticket by its names, on one link or all."""
    store = opened.service.store
    return await opened.store.run(store.erase, names, link)


def told(opened: Opened, erased: Erased, name: str) -> str:
    """Say what was erased, and what must be erased by hand."""
    counts = ", ".join(f"{count} {what}" for what, count in erased.counts.items())
    lines = [
        f"Erased from the store: {len(erased.pairs)} pairs with all their texts, {counts}.",
        *(f"  {one.link}: {_where(opened, one)}; no new pair by itself" for one in erased.pairs),
    ]
    lines.append(
        f"What {name} says still stands in those systems, their copies and mails, and in"
        " backups of this store; delete it there. The store keeps the ids, so that no copy is made."
    )
    if not opened.service.store.database.is_sqlite:
        lines.append(
            "PostgreSQL keeps deleted rows in its files until it needs the room; run VACUUM FULL"
            " on the tables seen, conflict, problem and history where that matters."
        )
    return "\n".join(lines)


def _where(opened: Opened, pair: Pair) -> str:
    link = opened.service.config.links.get(pair.link)
    both = [
        f"{link.systems.of(side) if link else side} {_called(pair, side, name)}"
        for side in Side
        if (name := pair.ids.of(side)) is not None
    ]
    return " and ".join(both)


def _called(pair: Pair, side: Side, name: str) -> str:
    seen = pair.seen.of(side)
    return f"{seen.number} ({name})" if seen and seen.number and seen.number != name else name
