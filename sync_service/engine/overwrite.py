"""Ask what an update replaced, where the ticket's counter moved by more than our write (R20)."""

from __future__ import annotations

from datetime import timedelta

from sync_service.core.actions import Update
from sync_service.core.overwritten import overwritten
from sync_service.core.values import Ticket
from sync_service.engine import read
from sync_service.engine.job import Job
from sync_service.engine.link import LinkAtWork

#: Audit trails may be cut to seconds.
_COARSE = timedelta(seconds=2)


async def look_back(
    link: LinkAtWork, job: Job, action: Update, before: Ticket, shown: Ticket | None
) -> None:
    """Keep as conflicts what people wrote between our read and our write.

    A vendor without a counter gives no reason to ask; its README states the window that remains.
    """
    if shown is None or shown.version.serial <= before.version.serial + 1 or job.began is None:
        return
    since = job.began - _COARSE
    trail = await read.entries(link, action.to, shown, since)
    for one in action.lines:
        found = overwritten(
            job.key, one.line.name, action.to, one.before, one.after, trail or (), since
        )
        if found is not None:
            job.conflicts.append(found)
