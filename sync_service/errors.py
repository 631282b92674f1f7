"""Errors, typed by what the caller should do.

    SyncServiceError
    +- ConfigError       stop at start, exit 2; lists every problem
    +- NeedsHuman        stop this side, alert once
    |  +- AuthFailed     the system refused our credentials
    |  +- Unbelievable   a reply that a guard will not act on
    |     +- Emptied     too many tickets are missing to be gone
    +- TryLater          the whole side backs off for `after` seconds
    |  +- Unreadable     an answer of a shape that is not the vendor's; a person is told at once
    +- Stale             the ticket moved under us: read again and plan anew
    +- Rejected          this item only: a problem that quotes the vendor
    +- NotSent           a write that never left: a failed connect, or past its deadline (R16)
    +- UnknownOutcome    a write that may have landed: settle it before anything else (R17, R18)
    +- StoreAway         the store cannot be used now: what was noted in it settles the rest later
    +- Fenced            another daemon has taken this store over: stop

Anything else is a bug: caught only at the worker's edge and logged with its trace.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Sequence
from pathlib import PurePath

_QUOTED = re.compile("(?:: )?\u201c[^\u201d]*\u201d?")


def quoted(said: str) -> str:
    """Put a system's own words between marks of their own: they may be what a ticket says.

    `unquoted` finds them by these marks, so every message that takes them in must quote them.
    """
    return f"\u201c{said.translate({0x201C: 34, 0x201D: 34})}\u201d" if said else "no words"


def unquoted(message: str) -> str:
    """Give the message without a system's own words: for logs, health and output of daemons (R13)."""
    return _QUOTED.sub(" (its words: `sync-service check`)", message).replace("  ", " ")


def place(error: BaseException) -> str:
    """Say what failed and where, but not in what words: they may quote the ticket."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {PurePath(frame.filename).name}:{frame.lineno}"


class SyncServiceError(Exception):
    """Base of every error that has a known next step; `system` is whose adapter raised it, if one."""

    system: str = ""


class ConfigError(SyncServiceError):
    """The configuration cannot be used; `problems` are lines `file:line:column: what to do`."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class NeedsHuman(SyncServiceError):
    """A person must act before this system or link can go on."""


class AuthFailed(NeedsHuman):
    """The system refused our credentials or rights."""


class Unbelievable(NeedsHuman):
    """A reply that cannot be true, such as a filter that was ignored (R3, R26).

    `code` is that of the problem it becomes, `value` what the problem is about.
    """

    def __init__(self, message: str, code: str = "unbelievable", value: str = "") -> None:
        self.code, self.value = code, value
        super().__init__(message)


class Refused(SyncServiceError):
    """A person's request that cannot be carried out; the message says why and what to do."""


class Emptied(Unbelievable):
    """So many tickets of one system are missing that it hides them rather (R26)."""

    def __init__(self, message: str, system: str) -> None:
        self.system = system
        super().__init__(message, "emptied")


class TryLater(SyncServiceError):
    """The system cannot answer now; `after` is its own wish in seconds, or None."""

    def __init__(self, message: str, after: float | None = None) -> None:
        self.after = after
        super().__init__(message)


class Unreadable(TryLater):
    """An answer of a shape that no value can be made of; the message tells place and no words."""


class Stale(SyncServiceError):
    """The ticket changed between our read and our write; nothing was written."""


class Rejected(SyncServiceError):
    """The system refused this one item; `words` are the vendor's own, `fields` what it named."""

    def __init__(self, message: str, words: str = "", fields: Sequence[str] = ()) -> None:
        self.words = words
        self.fields = tuple(fields)
        super().__init__(message)


class NotSent(SyncServiceError):
    """The write never left this machine; it may be planned again, after `after` seconds if they are told."""

    def __init__(self, message: str, after: float | None = None) -> None:
        self.after = after
        super().__init__(message)


class UnknownOutcome(SyncServiceError):
    """The write may or may not have landed; only a later read can tell."""


class StoreAway(SyncServiceError):
    """The store cannot be used now; what was written meanwhile is settled by its notes (R16, R17)."""


class Fenced(SyncServiceError):
    """The store has been taken over by a newer daemon; this one must stop writing."""
