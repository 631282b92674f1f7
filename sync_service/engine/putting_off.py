"""Put a pair off after an attempt that failed: later, by the kind of the error, and at last with a problem.

The surprise: nothing is ever given up. A pair that a person is asked about is still tried, every
quarter of an hour, since most of what goes wrong for long goes right again by itself.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from sync_service.core.actions import Action
from sync_service.core.pair import Problem, Scope
from sync_service.core.retry import Kind, Later, decide
from sync_service.core.would import both_texts
from sync_service.engine.job import Job
from sync_service.engine.link import LinkAtWork
from sync_service.errors import place

log = structlog.get_logger(__name__)

#: How often a pair is tried that a person was asked about.
SELDOM = timedelta(minutes=15)


#: What only a person can tell.
_WAY_ON = {
    Kind.OLDER: " If what it shows is the truth, since its database was put back, retry this"
    " problem: then that is synced."
}


def _what(kind: Kind, action: Action | None) -> str:
    if kind is Kind.OLDER:
        return "shows an older state than it has shown before, also"
    return "did not settle" if action or kind is Kind.STALE else "could not be read"


def put_off(
    link: LinkAtWork,
    job: Job,
    kind: Kind,
    answer: str,
    action: Action | None = None,
    wish: timedelta | None = None,
) -> None:
    """Back off by the kind of the error; ask a person once it has been tried often (R18, R25).

    `answer` quotes the system; `action` is what was attempted, None where it was a read; `wish`
    the wait that the system asked for.
    """
    now, tried = link.clock(), job.tried
    decision = decide(kind, job.work.attempts, now, link.jitter(), wish)
    if isinstance(decision, Later):
        job.failed(now, decision.due, str(kind), answer)
        return
    job.failed(now, now + max(SELDOM, wish or SELDOM), str(kind), answer)
    before, would = both_texts(action)
    job.problems.append(
        Problem(
            Scope.PAIR,
            "many-attempts",
            f"{link.name}: pair {job.key} {_what(kind, action)} after {job.work.attempts} attempts."
            " It is still tried, slowly. The last answer and those before it are below."
            f"{_WAY_ON.get(kind, '')}",
            link=link.name,
            pair=job.key,
            words=answer,
            kind=str(kind),
            tried=tried,
            before=before,
            value=would,
        )
    )


def put_off_bug(link: LinkAtWork, job: Job, error: Exception) -> None:
    """Say what failed and where, but not in what words: they may quote the ticket."""
    what = place(error)
    log.error("pair.failed", link=link.name, pair=job.key, what=what)
    now = link.clock()
    decision = decide(Kind.BUG, job.work.attempts, now, link.jitter())
    before, would = both_texts(job.actions[0] if job.actions else None)
    job.problems.append(
        Problem(
            Scope.PAIR,
            "bug",
            f"{link.name}: pair {job.key} failed in a way that nobody foresaw. It is tried again,"
            " ever more slowly. Please report it with that line of the log.",
            link=link.name,
            pair=job.key,
            words=what,
            kind=str(Kind.BUG),
            before=before,
            value=would,
        )
    )
    job.failed(now, decision.due if isinstance(decision, Later) else now + SELDOM, "bug", what)
