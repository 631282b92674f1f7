"""Ask what an update replaced, where the ticket's counter moved by more than our write (R20)."""

from __future__ import annotations

from datetime import timedelta

from sync_service.core.actions import Update
from sync_service.core.overwritten import overwritten
from sync_service.core.pair import Conflict
from sync_service.core.values import Ticket
from sync_service.engine import read
from sync_service.engine.job import Job
from sync_service.engine.link import LinkAtWork
from sync_service.errors import SyncServiceError, UnknownOutcome

#: Audit trails may be cut to seconds.
_COARSE = timedelta(seconds=2)


async def look_back(
    link: LinkAtWork, job: Job, action: Update, before: Ticket, shown: Ticket | None
) -> list[Conflict]:
    """Give as conflicts what people wrote between our read and our write; `before` is that read.

    A vendor without a counter gives no reason to ask; its README states the window that remains.
    Raises `UnknownOutcome` if the trail cannot be read now: the write's note must stay, so that
    settling asks again.
    """
    calls = 1 + len(action.path)
    if shown is None or shown.version.serial <= before.version.serial + calls or job.began is None:
        return []
    since = job.began - _COARSE
    try:
        trail = await read.entries_by_now(link, action.to, shown, since) or ()
    except SyncServiceError as error:
        raise UnknownOutcome(f"it landed; what it replaced is not known yet: {error}") from error
    told = (
        overwritten(job.key, one.line.name, action.to, one.before, one.after, trail, since)
        for one in action.lines
    )
    return [one for one in told if one is not None]
