"""Trip where something answers our writes again and again: a field, or a conversation (R26).

First copies are never counted. A comment counts as an answer if it was made on a side within
seconds of our own copy there, which people seldom manage six times in ten minutes, and two
autoresponders always do. What was counted is forgotten with the process.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta

from sync_service.core.actions import Action, AddNote, AddReply, Rewrite, Update
from sync_service.core.fold import refuse, value_text
from sync_service.core.guard import tripped
from sync_service.core.pair import Problem, Scope
from sync_service.core.text import digest
from sync_service.core.values import Side
from sync_service.core.would import both_texts
from sync_service.engine.job import Job
from sync_service.engine.link import LinkAtWork

#: A comment so soon after our copy is an answer to it.
_AT_ONCE = timedelta(seconds=30)
#: Every so many marks they are looked through for old ones, so that memory stays flat over years.
_REMEMBERED = 1000
_TALK = "comments"


def rewritten_too_often(link: LinkAtWork, job: Job, action: Update) -> bool:
    """Refuse a line that was rewritten again and again; tell whether there is one."""
    for one in action.lines:
        if _trips(link, (job.key, one.line.name, action.to)):
            value = value_text(one.after.of(action.to))
            alone = replace(action, lines=(one,))
            _refuse(link, job, alone, one.line.name, value)
            return True
    return False


def rewrote(link: LinkAtWork, job: Job, action: Update) -> None:
    """Count an update that landed: one that was not sent rewrote nothing."""
    for one in action.lines:
        _count(link, (job.key, one.line.name, action.to))


def answered_too_often(link: LinkAtWork, job: Job, action: AddReply | AddNote) -> bool:
    """Refuse a comment that answers our copy at once, as others did before; tell whether it does."""
    if not _answers(link, job, action) or not _trips(link, (job.key, _TALK, action.to)):
        return False
    words = digest(action.source.body, html=action.source.html)
    _refuse(link, job, action, str(action.origin), words)
    return True


def _answers(link: LinkAtWork, job: Job, action: AddReply | AddNote) -> bool:
    last = link.spoke.get((job.key, action.to.far))
    if last is None:
        return False
    since = action.source.created - link.vendor_time(action.to.far, last)
    return timedelta(seconds=-1) <= since <= _AT_ONCE


def spoke(link: LinkAtWork, job: Job, action: AddReply | AddNote | Rewrite) -> None:
    """Remember when we last commented on a side of a pair, and count what answered us at once."""
    now = link.clock()
    if isinstance(action, AddReply | AddNote) and _answers(link, job, action):
        _count(link, (job.key, _TALK, action.to))
    link.spoke[job.key, action.to] = now
    if len(link.spoke) % _REMEMBERED == 0:
        recent = {mark: at for mark, at in link.spoke.items() if now - at <= link.breaker.within}
        link.spoke = recent


def _trips(link: LinkAtWork, mark: tuple[int, str, Side]) -> bool:
    past = link.rewrites.get(mark, ())
    if not tripped(past, link.clock(), link.breaker):
        return False
    del link.rewrites[mark]
    return True


def _count(link: LinkAtWork, mark: tuple[int, str, Side]) -> None:
    now = link.clock()
    _forget_old(link, now)
    link.rewrites.setdefault(mark, deque(maxlen=link.breaker.writes + 1)).append(now)


def _forget_old(link: LinkAtWork, now: datetime) -> None:
    """What is older than the breaker's time can trip nothing."""
    if link.rewrites and len(link.rewrites) % _REMEMBERED == 0:
        link.rewrites = {
            mark: past
            for mark, past in link.rewrites.items()
            if past and now - past[-1] <= link.breaker.within
        }


def _refuse(link: LinkAtWork, job: Job, action: Action, item: str, value: str) -> None:
    to, (before, would) = action.to, both_texts(action)
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
            before=before,
            value=would,
        )
    )
