"""Carry out a job's actions in order, and record each by how it ended.

A write ends as landed, refused, not sent or unknown (R18). The first that does not land ends the
job's actions, except for a refusal, which blocks only its own item (R25): a refused comment does
not hold up later ones.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from sync_service.core import record
from sync_service.core.actions import Action, AddNote, AddReply, Create, Hide, Rewrite, Update
from sync_service.core.notes import answered, unsent
from sync_service.core.pair import Event
from sync_service.core.retry import Kind
from sync_service.core.values import Fields, Side, Ticket, Value
from sync_service.engine import breaker
from sync_service.engine.job import Job
from sync_service.engine.link import LinkAtWork
from sync_service.engine.overwrite import look_back
from sync_service.engine.putting_off import put_off
from sync_service.errors import NeedsHuman, NotSent, Rejected, Stale, TryLater, UnknownOutcome

log = structlog.get_logger(__name__)


async def apply(link: LinkAtWork, job: Job, deadline: datetime) -> None:
    """Write what was noted, until the deadline; what is left then is noted anew in another round.

    Raises `NeedsHuman` where a whole side must stop.
    """
    left = list(job.actions)
    while left:
        if link.clock() >= deadline:
            job.again = job.reread = True
            break
        action = left.pop(0)
        try:
            if await breaker.must_stop(link, job, action):
                job.pair = unsent(job.pair, action)
                break
            await _act(link, job, action, deadline)
        except Rejected as error:
            _refused(link, job, action, error)
            if job.again:
                break
        except Stale:
            job.pair = unsent(job.pair, action)
            job.again = job.reread = True
            break
        except (NotSent, TryLater, UnknownOutcome) as error:
            _put_off(link, job, action, error)
            break
        except NeedsHuman:
            job.pair = answered(job.pair, action, link.clock())
            _drop(job, left)
            raise
    _drop(job, left)


def _drop(job: Job, left: list[Action]) -> None:
    """Forget the notes of writes that were not begun."""
    for action in left:
        job.pair = unsent(job.pair, action)


async def _act(link: LinkAtWork, job: Job, action: Action, deadline: datetime) -> None:
    match action:
        case Create():
            await _create(link, job, action, deadline)
        case AddReply() | AddNote() | Rewrite():
            await _comment(link, job, action, deadline)
        case Hide():
            await link.adapters.of(action.to).hide(
                _target(job, action.to), action.comment_id, deadline
            )
            job.record(record.hidden(job.pair, action, link.rules))
            link.wrote("commented")
            job.landed += 1
        case Update():
            await _update(link, job, action, deadline)
    job.wrote.add(action.to)


async def _create(link: LinkAtWork, job: Job, action: Create, deadline: datetime) -> None:
    written = await link.adapters.of(action.to).create(action.draft, deadline)
    link.wrote("created")
    job.landed += 1
    if written.ticket is None:
        raise UnknownOutcome(f"{link.system(action.to)} did not show the ticket that it made")
    job.record(
        record.created(job.pair, action, written.ticket, link.rules, own_reply=written.own_reply)
    )
    born = replace(written.ticket, comments=written.ticket.comments or ())
    job.now = job.now.put(action.to, born)
    job.made = job.again = True  # its comments, and what a create cannot carry


async def _comment(
    link: LinkAtWork, job: Job, action: AddReply | AddNote | Rewrite, deadline: datetime
) -> None:
    adapter, ticket = link.adapters.of(action.to), _target(job, action.to)
    if isinstance(action, AddReply | AddNote) and breaker.answered_too_often(link, job, action):
        job.pair = unsent(job.pair, action)
        return
    match action:
        case AddReply(reply=reply):
            shown = await adapter.reply(ticket, reply, deadline)
        case AddNote(note=note):
            shown = await adapter.note(ticket, note, deadline)
        case Rewrite(comment_id=comment_id, text=text):
            shown = await adapter.rewrite(ticket, comment_id, text, deadline)
    link.wrote("commented")
    job.landed += 1
    breaker.spoke(link, job, action)
    job.record(record.commented(job.pair, action, shown, link.rules))


async def _update(link: LinkAtWork, job: Job, action: Update, deadline: datetime) -> None:
    """Write the lines, each hop of a status path a call of its own (R22)."""
    adapter = link.adapters.of(action.to)
    if breaker.rewritten_too_often(link, job, action):
        job.pair = unsent(job.pair, action)
        job.again = job.reread = True  # the other lines are planned anew
        return
    read = ticket = await _unmoved(link, job, action)
    if read is None or ticket is None:
        raise Stale("the written fields moved after our comments")
    for name, hop in action.path:
        ticket = await _step(link, job, action, ticket, name, hop, deadline)
    written = await adapter.update(ticket, action.changes, deadline)
    link.wrote("updated")
    job.landed += 1
    job.reread = True  # another round of this pass must not take the old values for an edit (R1)
    shown = written.ticket
    if shown is not None:  # else settling counts it
        breaker.rewrote(link, job, action)
    job.conflicts += await look_back(link, job, action, read, shown)
    job.record(record.updated(job.pair, action, shown, link.rules, own_reply=written.own_reply))


async def _step(
    link: LinkAtWork,
    job: Job,
    action: Update,
    ticket: Ticket,
    name: str,
    hop: Value,
    deadline: datetime,
) -> Ticket:
    """Make one hop of a status path; raise `Stale` where somebody moved the ticket on from it (R19)."""
    step = (await link.adapters.of(action.to).update(ticket, {name: hop}, deadline)).ticket
    if step is None:
        raise UnknownOutcome(f"{link.system(action.to)} did not show the status on its way")
    shown = step.fields.get(name)
    if shown != ticket.fields.get(name):
        job.pair = record.stepped(job.pair, action, name, hop)
        if shown != hop:
            raise Stale("the status was moved on while we were on our way")
    return step


async def _unmoved(link: LinkAtWork, job: Job, action: Update) -> Ticket | None:
    """Read the target again if we wrote to it since; None if a person changed our fields (R17)."""
    ticket = _target(job, action.to)
    if action.to not in job.wrote:
        return ticket
    again = (await link.adapters.of(action.to).get([ticket.id]))[ticket.id]
    if not isinstance(again, Ticket) or again.sensitive != ticket.sensitive:
        return None
    before: Fields = {n: v for one in action.lines for n, v in one.before.of(action.to).items()}
    moved = any(again.fields.get(name) != value for name, value in before.items())
    return None if moved else again


def _target(job: Job, side: Side) -> Ticket:
    ticket = job.now.of(side)
    if ticket is None:
        raise ValueError(f"pair {job.key} has no {side} ticket to write to")
    return ticket


def _refused(link: LinkAtWork, job: Job, action: Action, error: Rejected) -> None:
    """Block the refused item; split an update of several lines to find it (R25)."""
    log.warning("write.refused", link=link.name, pair=job.key, system=link.system(action.to))
    if isinstance(action, Update) and len(action.lines) > 1:
        named = [one for one in action.lines if set(one.after.of(action.to)) & set(error.fields)]
        if named:
            for one in named:
                _block(link, job, replace(action, lines=(one,)), error)
        else:
            job.solo = True
        job.pair = unsent(job.pair, action)
        job.again = job.reread = True
        return
    _block(link, job, action, error)


def _block(link: LinkAtWork, job: Job, action: Action, error: Rejected) -> None:
    """Refuse the item. A create may have landed all the same, so its note stays to be settled (R16)."""
    made = isinstance(action, Create | AddReply | AddNote)
    job.pair = answered(job.pair, action, link.clock()) if made else unsent(job.pair, action)
    job.record(record.refused(job.pair, action, error.words, str(error), link.rules))


def _put_off(
    link: LinkAtWork, job: Job, action: Action, error: NotSent | TryLater | UnknownOutcome
) -> None:
    """Try again later; only a call that never left leaves nothing to settle (R16, R18)."""
    if isinstance(error, NotSent):
        job.pair = unsent(job.pair, action)
    elif isinstance(error, TryLater):
        job.pair = answered(job.pair, action, link.clock())
    kind = Kind.UNKNOWN if isinstance(error, UnknownOutcome) else Kind.BUSY
    after = None if isinstance(error, UnknownOutcome) else error.after
    job.events.append(Event("put off", {"kind": str(kind)}))
    wish = timedelta(seconds=after) if after else None
    put_off(link, job, kind, f"{type(error).__name__}: {error}", action, wish)
