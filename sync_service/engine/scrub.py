"""Redact what the store holds already, once a link's rules have changed (R13).

Redaction is stable, so what was stored under the present rules is left as it is; a walk that a
crash cut short is simply made again.
"""

from __future__ import annotations

from functools import partial

import structlog

from sync_service.core.redaction import Kinds
from sync_service.core.remembered import redacted, redacted_conflict
from sync_service.core.values import Sides
from sync_service.engine.link import LinkAtWork
from sync_service.store.notes import Save

log = structlog.get_logger(__name__)

_CHUNK = 200


async def scrub(link: LinkAtWork) -> None:
    """Redact all that is stored of a link; nothing is written to a system."""
    redaction, store = link.rules.redaction, link.store
    if not redaction:
        return
    kinds: Sides[Kinds] = Sides.build(lambda side: link.adapters.of(side).kind)
    place = changed = 0
    while pairs := await store.run(store.store.pairs_after, link.name, place, _CHUNK):
        place = pairs[-1].id
        both = [(one, redacted(one, redaction, kinds)) for one in pairs]
        saves = [Save(before, after) for before, after in both if before != after]
        if saves:
            await store.run(store.store.save, link.run, saves)
            changed += len(saves)
    told = partial(redacted_conflict, redaction=redaction)
    await store.run(store.store.rewrite_reports, link.run, link.name, redaction.anything, told)
    log.info("link.scrubbed", link=link.name, pairs=changed)
