"""Trip where something answers our writes again and again (R26): a field, a conversation, a whole
pair, or a side.

First copies are never counted. A comment counts as an answer if it was made on a side within
seconds of our own copy there, which people seldom manage six times in ten minutes, and two
autoresponders always do. What was counted stays counted once it tripped, since a robot's next
words are new ones; it is forgotten when a person retries. The counts are kept in memory, for the store
is hot; a start takes them up again from the history, which the same transaction writes as the record.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sync_service.core.actions import Action, AddNote, AddReply, Create, Hide, Rewrite, Update
from sync_service.core.fold import refuse, value_text
from sync_service.core.guard import RUNAWAY, WHOLE_PAIR, tripped
from sync_service.core.pair import Event, Problem, Scope, Sent
from sync_service.core.text import digest
from sync_service.core.values import Side
from sync_service.core.would import both_texts
from sync_service.engine.job import Job
from sync_service.engine.link import LinkAtWork
from sync_service.errors import Unbelievable

#: A comment so soon after our copy is an answer to it.
_AT_ONCE = timedelta(seconds=30)
#: Every so many marks they are looked through for old ones, so that memory stays flat over years.
_REMEMBERED = 1000
_TALK = "comments"
#: Lines of history that tell what counts; `record` and `settle` write the first three.
_UPDATED, _SETTLED, _COMMENTED = "updated", "settled", "commented"
_ANSWERED, _REWORDED = "answered at once", "reworded"
_COUNTED = (_UPDATED, _SETTLED, _COMMENTED, _ANSWERED, _REWORDED)


def rewritten_too_often(link: LinkAtWork, job: Job, action: Update) -> bool:
    """Refuse a line that was rewritten again and again; tell whether there is one."""
    for one in action.lines:
        if _trips(link, (job.key, one.line.name, action.to), link.breaker.writes):
            value = value_text(one.after.of(action.to))
            alone = replace(action, lines=(one,))
            _refuse(link, job, alone, one.line.name, value, f"`{one.line.name}`")
            return True
    return False


def rewrote(link: LinkAtWork, job: Job, action: Update) -> None:
    """Count an update that landed: one that was not sent rewrote nothing."""
    for one in action.lines:
        _count(link, (job.key, one.line.name, action.to), link.breaker.writes)
    _count_whole(link, job, action)


def settled(link: LinkAtWork, job: Job, notes: Iterable[Sent], events: Iterable[Event]) -> None:
    """Count updates that turn out to have landed, though their answers never came.

    One that is settled again, since the store could not be written, is counted once.
    """
    for note, event in zip(notes, events, strict=True):
        past = link.rewrites.get((job.key, note.line, note.to), ())
        if event.facts["landed"] and note.noted_at not in past:
            _take_up(link, job.key, note.noted_at, event)


async def must_stop(link: LinkAtWork, job: Job, action: Action) -> bool:
    """Stop a pair that was written again and again, whatever in it; tell whether it is.

    Raises `Unbelievable` where so much of a side was rewritten that the whole link must stop.
    """
    await _stop_runaway(link, action.to)
    if isinstance(action, Create | Hide) or not _trips(
        link, (job.key, WHOLE_PAIR, action.to), link.breaker.pair
    ):
        return False
    job.pair = refuse(job.pair, action.to, WHOLE_PAIR, "")
    job.problems.append(_whole(link, job, action))
    return True


def _whole(link: LinkAtWork, job: Job, action: Action) -> Problem:
    before, would = both_texts(action)
    return Problem(
        Scope.PAIR,
        "breaker",
        f"{link.name}: pair {job.key} was written on {link.system(action.to)} {link.breaker.pair}"
        f" times within {_minutes(link)}, as if something answered our writes; nothing of the pair"
        " is sent any more. Find what does, then retry this problem.",
        system=link.system(action.to),
        link=link.name,
        pair=job.key,
        item=WHOLE_PAIR,
        before=before,
        value=would,
    )


async def _stop_runaway(link: LinkAtWork, side: Side) -> None:
    """A side on which each pair is rewritten twice, on the average, is no news from people."""
    breaker = link.breaker
    count = link.rewritten[side].within(link.clock(), breaker.within)
    if count < max(breaker.side, 2 * link.pairs):
        return
    link.pairs = await link.store.run(link.store.store.count_pairs, link.name)
    if count < max(breaker.side, 2 * link.pairs):
        return
    raise Unbelievable(
        f"{link.name}: {count} writes to old tickets of {link.system(side)} within {_minutes(link)},"
        f" with {link.pairs} pairs, as if something answered them. The link writes nothing more."
        f" Find what does, then run `sync-service accept {link.name}`.",
        RUNAWAY,
    )


def _count_whole(link: LinkAtWork, job: Job, action: Action) -> None:
    """Count a write that is no first copy for its pair and for its side."""
    if job.pair.recorded_at is not None:
        _count(link, (job.key, WHOLE_PAIR, action.to), link.breaker.pair)
        link.rewritten[action.to].count(link.clock())


def answered_too_often(link: LinkAtWork, job: Job, action: AddReply | AddNote) -> bool:
    """Refuse a comment that answers our copy at once, as others did before; tell whether it does."""
    mark = (job.key, _TALK, action.to)
    if not _answers(link, job, action) or not _trips(link, mark, link.breaker.writes):
        return False
    words = digest(action.source.body, html=action.source.html)
    _refuse(link, job, action, str(action.origin), words, "an answer to our comment")
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
        _count(link, (job.key, _TALK, action.to), link.breaker.writes)
        _count_whole(link, job, action)
        job.events.append(_again(job, _ANSWERED, action))
    elif isinstance(action, Rewrite):
        _count_whole(link, job, action)
        job.events.append(_again(job, _REWORDED, action))
    link.spoke[job.key, action.to] = now
    if len(link.spoke) % _REMEMBERED == 0:
        recent = {mark: at for mark, at in link.spoke.items() if now - at <= link.breaker.within}
        link.spoke = recent


def _again(job: Job, what: str, action: AddReply | AddNote | Rewrite) -> Event:
    return Event(what, {"to": action.to, "again": job.pair.recorded_at is not None})


async def remember(link: LinkAtWork) -> None:
    """Count what earlier runs wrote a moment ago, but for what a person retried or accepted (R26).

    Else something that ends the process again and again, or runs it from a timer, would let one
    field be rewritten for ever.
    """
    store, begin = link.store, link.clock() - link.breaker.within
    lines = await store.run(store.store.written, link.name, begin, _COUNTED)
    if not lines:
        return
    accepted, retried = await _forgiven(link)
    for line in lines:
        if line.pair is None or not line.event.facts.get("landed", True):
            continue
        if line.at > retried.get(line.pair, begin):
            noted = line.event.facts.get("noted")
            at = datetime.fromisoformat(str(noted)) if noted else line.at
            _take_up(link, line.pair, at, line.event)
    for minutes in (rate.minutes for rate in link.rewritten.values()):
        for minute in [one for one in minutes if one < accepted.timestamp() // 60]:
            del minutes[minute]


async def _forgiven(link: LinkAtWork) -> tuple[datetime, dict[int, datetime]]:
    """Give when a person last let the link go on, and each pair that the breaker had stopped."""
    store, begin, pairs = link.store, link.clock() - link.breaker.within, dict[int, datetime]()
    rows = await store.run(store.store.problems, link=link.name, code="breaker", closed=True)
    for row in rows:
        if row.closed == "retried" and row.closed_at is not None and row.problem.pair is not None:
            pairs[row.problem.pair] = max(row.closed_at, pairs.get(row.problem.pair, begin))
    rows = await store.run(store.store.problems, link=link.name, code=RUNAWAY, closed=True)
    return max([begin, *(row.closed_at for row in rows if row.closed_at)]), pairs


def _take_up(link: LinkAtWork, pair: int, at: datetime, event: Event) -> None:
    """Count what a line of history tells; of one update that several lines tell of, the pair's once."""
    facts, breaker = event.facts, link.breaker
    to = Side(str(facts["to"]))
    if event.what == _COMMENTED:
        link.spoke[pair, to] = at
        return
    for name in _items(event):
        _mark(link, (pair, name, to), breaker.writes, at)
    whole = (pair, WHOLE_PAIR, to)
    if facts.get("again") and link.rewrites.get(whole, deque([None]))[-1] != at:
        _mark(link, whole, breaker.pair, at)
        link.rewritten[to].count(at)


def _items(event: Event) -> Sequence[str]:
    """Give the items of a pair that an event writes again."""
    if event.what == _SETTLED:
        return [str(event.facts["line"])]
    if event.what == _ANSWERED:
        return [_TALK]
    return [str(name) for name in event.facts.get("lines", ())]


def _trips(link: LinkAtWork, mark: tuple[int, str, Side], most: int) -> bool:
    past = link.rewrites.get(mark, ())
    return tripped(past, link.clock(), most, link.breaker.within)


def forget(link: LinkAtWork, pair: int) -> None:
    """Count a pair's writes anew, because a person retries what the breaker stopped."""
    link.rewrites = {mark: past for mark, past in link.rewrites.items() if mark[0] != pair}


def _count(link: LinkAtWork, mark: tuple[int, str, Side], most: int) -> None:
    now = link.clock()
    _forget_old(link, now)
    _mark(link, mark, most, now)


def _mark(link: LinkAtWork, mark: tuple[int, str, Side], most: int, at: datetime) -> None:
    link.rewrites.setdefault(mark, deque(maxlen=most + 1)).append(at)


def _forget_old(link: LinkAtWork, now: datetime) -> None:
    """What is older than the breaker's time can trip nothing."""
    if link.rewrites and len(link.rewrites) % _REMEMBERED == 0:
        link.rewrites = {
            mark: past
            for mark, past in link.rewrites.items()
            if past and now - past[-1] <= link.breaker.within
        }


def _minutes(link: LinkAtWork) -> str:
    return f"{link.breaker.within.total_seconds() / 60:g} minutes"


def _refuse(link: LinkAtWork, job: Job, action: Action, item: str, value: str, what: str) -> None:
    to, (before, would) = action.to, both_texts(action)
    job.pair = refuse(job.pair, to, item, value)
    job.problems.append(
        Problem(
            Scope.ITEM,
            "breaker",
            f"{link.name}: {what} of pair {job.key} was written on {link.system(to)}"
            f" {link.breaker.writes} times within {_minutes(link)}, as if something answered our"
            " writes; the next one is not sent. Find what does, then retry this problem; if it was a"
            " person, retry it at once.",
            system=link.system(to),
            link=link.name,
            pair=job.key,
            item=item,
            before=before,
            value=would,
        )
    )
