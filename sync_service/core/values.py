"""The values that the core decides on: sides, versions, tickets and comments.

Everything here is frozen and means something alone.
A public reply and an internal note are two types, so that code which hands a note to a public
sink does not type-check (R13).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")

#: What a field can hold. People are e-mail addresses, choices and references are display names,
#: moments are ISO 8601 in UTC. `None` and `""` both mean empty; adapters deliver `None`.
Value = None | bool | int | float | str | tuple["Value", ...]
#: A ticket's values by vendor field name (R6).
Fields = Mapping[str, Value]


class Side(StrEnum):
    """One of the two systems of a link, in the order of its `between`."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def far(self) -> Side:
        """The other side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


@dataclass(frozen=True, slots=True)
class Sides(Generic[T]):
    """The same thing once per side."""

    left: T
    right: T

    def of(self, side: Side) -> T:
        """Give the value of `side`."""
        return self.left if side is Side.LEFT else self.right

    def put(self, side: Side, value: T) -> Sides[T]:
        """Give a copy in which `side` holds `value`."""
        return Sides(value, self.right) if side is Side.LEFT else Sides(self.left, value)

    def map(self, change: Callable[[T], U]) -> Sides[U]:
        """Apply `change` to both sides."""
        return Sides(change(self.left), change(self.right))

    @classmethod
    def build(cls, make: Callable[[Side], T]) -> Sides[T]:
        """Make a value for each side."""
        return cls(make(Side.LEFT), make(Side.RIGHT))


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """How far a ticket has come, by its own system's count.

    `stamp` is the moment of the last change in UTC; `serial` the vendor's counter, or 0 where it
    has none. `certain` is false where the stamp fell into the repeated hour of an autumn night:
    such a version proves nothing about order.
    """

    stamp: datetime
    serial: int = 0
    certain: bool = field(default=True, compare=False)


#: Older than every real version: nothing was read yet.
NEVER = Version(datetime(1, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Origin:
    """The person's original of a comment, handed on by copies of copies (R21)."""

    system: str
    ticket: str
    comment: str

    def __str__(self) -> str:
        return f"{self.system}:{self.ticket}:{self.comment}"

    @classmethod
    def parse(cls, text: str) -> Origin | None:
        """Read what `str()` wrote; anything else is no origin."""
        parts = text.split(":")
        return cls(*parts) if len(parts) == 3 and all(parts) else None


@dataclass(frozen=True, slots=True)
class Person:
    """A person as a system names them; `email` is lower-case, or empty where it is unknown."""

    name: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class CommentFacts:
    """What both kinds of comment have; use `PublicComment` or `InternalNote`.

    `html` tells how `body` is written. `ours` means that the token's own user wrote it;
    `automation` that a rule or robot did. `origin` is what the vendor's field or our marker says.
    `version` changes whenever the body or visibility does.
    """

    id: str
    body: str
    created: datetime
    author: Person
    html: bool = False
    ours: bool = False
    automation: bool = False
    origin: Origin | None = None
    deleted: bool = False
    version: str = ""


@dataclass(frozen=True, slots=True)
class PublicComment(CommentFacts):
    """A comment that the requester may read."""


@dataclass(frozen=True, slots=True)
class InternalNote(CommentFacts):
    """A comment for the staff only; no function that writes a public reply accepts one."""


Comment = PublicComment | InternalNote


class Sealed(Generic[T]):
    """Holds what must not be told: it says nothing of it, and only who sealed it opens it (R13)."""

    __slots__ = ("_held",)

    def __init__(self, held: T) -> None:
        self._held = held

    def __repr__(self) -> str:
        return "***"

    def opened(self) -> T:
        """Give what is held; for `adapters.redacting` alone (a test of the house)."""
        return self._held


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as one system shows it now.

    `fields` holds what a mapping line can name; `data` is the same ticket as a plain document for
    expressions (`ticket.Location.Name`). `comments` is None where they were not read (a page row).
    `key` is the content of the system's key field, `ours` whether our own user made the ticket.
    `closed`: nobody works on it any more, as far as the system tells.
    `workflow` gives the legal next values of each status, and is empty where any may follow any.
    `unshown` names the fields that the system has and whose value its answer did not show: nothing is
    known of them, while a field of which `fields` says nothing is empty (R4).
    `masked` names the fields that hold more than is shown here, because it was redacted; then
    `sealed` is the ticket as its system shows it, for that system's adapter alone.
    """

    id: str
    version: Version
    created: datetime
    fields: Fields
    comments: tuple[Comment, ...] | None = None
    key: str | None = None
    ours: bool = False
    sensitive: bool = False
    closed: bool = False
    number: str = ""
    url: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    workflow: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unshown: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()
    sealed: Sealed[Ticket] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Gone:
    """The system says that there is no such ticket, or that it was deleted (R4, R5)."""

    words: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The system answered under another ticket's id (R5)."""

    into: str


Reading = Ticket | Gone | Merged


@dataclass(frozen=True, slots=True)
class Key:
    """Whose copy a ticket is: `instance:link:system:ticket id`, in clear (R15)."""

    instance: str
    link: str
    system: str
    ticket: str

    def __str__(self) -> str:
        return f"{self.instance}:{self.link}:{self.system}:{self.ticket}"

    @classmethod
    def parse(cls, text: str | None) -> Key | None:
        """Read what `str()` wrote; anything else is no key."""
        parts = (text or "").strip().split(":", 3)
        return cls(*parts) if len(parts) == 4 and all(parts) else None
