"""What may be written to a system, and what the core must know of it to decide.

A public sink takes a `Reply`; a `Reply` holds `PublicWords`, and those are made from a
`PublicComment` and of nothing else: the argument's type is the privacy check (R13, ADR 0004).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NewType

from sync_service.core.values import Comment, Fields, Origin, PublicComment, Value


class Kind(StrEnum):
    """What a field holds, which decides how the mapping converts it."""

    TEXT = "text"
    HTML = "html"
    CHOICE = "choice"
    PERSON = "person"
    NUMBER = "number"
    BOOL = "bool"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Traits:
    """What the engine must know of a system, as constants of its adapter and configuration.

    `resolution` is how coarse version stamps are; `index_lag` how long a write may be missing from
    `changed`, `find` and `match`; `timeout` the longest that one call can be on the wire.
    `exact_version`: an unmoved version proves that nothing was written (a counter, not a stamp).
    `batch`: ids that one `get` reads in a bounded number of requests.
    `origin_field`: comments carry their origin in a vendor field rather than in a marker line.
    `html_comments`: comment bodies are written as HTML. `status_field`: the field that
    `Ticket.workflow` speaks of.
    """

    resolution: timedelta = timedelta(0)
    index_lag: timedelta = timedelta(0)
    timeout: timedelta = timedelta(seconds=30)
    exact_version: bool = False
    batch: int = 50
    origin_field: bool = True
    edits_comments: bool = True
    hides_comments: bool = True
    audit: bool = False
    html_comments: bool = False
    status_field: str = ""


@dataclass(frozen=True, slots=True)
class Births:
    """What `on_create` may say of a system's new tickets, for a check before any is made.

    `needs` are the names without which there is no ticket, each with the mapped field that gives it
    too and an example. `lookups` are the words after `lookup:`, each with the setting that holds
    what to look for. With `fields`, any field of the system may be named besides; else, with
    `others`, any name at all.
    """

    needs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    lookups: Mapping[str, str] = field(default_factory=dict)
    fields: bool = False
    others: bool = True


@dataclass(frozen=True, slots=True)
class Draft:
    """A ticket to be made: vendor field values, and the key that must go inside the call (R15)."""

    fields: Fields
    key: str
    extras: Mapping[str, Any] = field(default_factory=dict)


#: Words that a requester may read. Nothing but `Reply.of` makes them (a test of the house).
PublicWords = NewType("PublicWords", str)
#: Puts a comment into the form that a system takes: the words, and whether they are HTML.
Shape = Callable[[Comment], tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Reply:
    """A public comment on its way to a system; made only from a `PublicComment` (R13)."""

    body: PublicWords
    html: bool
    origin: Origin

    @classmethod
    def of(cls, comment: PublicComment, origin: Origin, shape: Shape) -> Reply:
        """Make the copy of `comment`, of its own words; the argument's type is the privacy check."""
        body, html = shape(comment)
        return cls(PublicWords(body), html, origin)


@dataclass(frozen=True, slots=True)
class Note:
    """An internal note on its way to a system; every comment may become one."""

    body: str
    html: bool
    origin: Origin

    @classmethod
    def of(cls, comment: Comment, origin: Origin, shape: Shape) -> Note:
        """Make the internal copy of `comment`."""
        body, html = shape(comment)
        return cls(body, html, origin)


@dataclass(frozen=True, slots=True)
class Touch:
    """One entry of an audit trail: who changed which field when. `by` is an e-mail or name."""

    field: str
    at: datetime
    ours: bool
    old: Value = None
    new: Value = None
    by: str = ""
