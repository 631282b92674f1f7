"""Trip where something answers our writes again and again: a field, or a conversation (R26).

First copies are never counted. A comment counts as an answer if it was made on a side within
seconds of our own copy there, which people seldom manage six times in ten minutes, and two
autoresponders always do. What was counted is forgotten with the process.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from sync_service.core.actions import AddNote, AddReply, Update
from sync_service.core.fold import refuse, value_text
from sync_service.core.guard import tripped
from sync_service.core.pair import Problem, Scope
from sync_service.core.text import digest
from sync_service.core.values import Side
from sync_service.engine.job import Job
from sync_service.engine.link import LinkAtWork

#: A comment so soon after our copy is an answer to it.
_AT_ONCE = timedelta(seconds=30)
#: Every so many marks they are looked through for old ones, so that memory stays flat over years.
_REMEMBERED = 1000
_TALK = "comments"


def rewritten_too_often(link: LinkAtWork, job: Job, action: Update) -> bool:
    """Refuse a line that is rewritten again and again; tell whether there is one."""
    for one in action.lines:
        if _trips(link, (job.key, one.line.name, action.to)):
            value = value_text(one.after.of(action.to))
            _refuse(link, job, action.to, one.line.name, value)
            return True
    return False


def answered_too_often(link: LinkAtWork, job: Job, action: AddReply | AddNote) -> bool:
    """Refuse a comment that answers our copy at once, as others did before; tell whether it does."""
    last = link.spoke.get((job.key, action.to.far))
    if last is None:
        return False
    since = action.source.created - link.vendor_time(action.to.far, last)
    if not timedelta(seconds=-1) <= since <= _AT_ONCE:
        return False
    if not _trips(link, (job.key, _TALK, action.to)):
        return False
    words = digest(action.source.body, html=action.source.html)
    _refuse(link, job, action.to, str(action.origin), words)
    return True


def spoke(link: LinkAtWork, job: Job, to: Side) -> None:
    """Remember when we last commented on a side of a pair."""
    now = link.clock()
    link.spoke[job.key, to] = now
    if len(link.spoke) % _REMEMBERED == 0:
        recent = {mark: at for mark, at in link.spoke.items() if now - at <= link.breaker.within}
        link.spoke = recent


def _trips(link: LinkAtWork, mark: tuple[int, str, Side]) -> bool:
    now = link.clock()
    _forget_old(link, now)
    past = link.rewrites.setdefault(mark, deque(maxlen=link.breaker.writes + 1))
    if tripped(past, now, link.breaker):
        past.clear()
        return True
    past.append(now)
    return False


def _forget_old(link: LinkAtWork, now: datetime) -> None:
    """What is older than the breaker's time can trip nothing."""
    if link.rewrites and len(link.rewrites) % _REMEMBERED == 0:
        link.rewrites = {
            mark: past
            for mark, past in link.rewrites.items()
            if past and now - past[-1] <= link.breaker.within
        }


def _refuse(link: LinkAtWork, job: Job, to: Side, item: str, value: str) -> None:
    job.pair = refuse(job.pair, to, item, value)
    job.problems.append(
        Problem(
            Scope.ITEM,
            "breaker",
            f"{link.name}: `{item}` of pair {job.key} was written on {link.system(to)} after"
            f" {link.breaker.writes} others within {link.breaker.within}. Something answers our"
            " writes; this is not sent again. Find what does, then retry this problem.",
            system=link.system(to),
            link=link.name,
            pair=job.key,
            item=item,
        )
    )
