"""What the simulated site keeps. Tickets are frozen: a version in the search index stays as it was.

That is how a lagging index is honest here: it holds an older object, not a delayed copy of
the newest one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class User:
    """A person of the site. `role` is Agent, Staff or Student."""

    id: str
    name: str
    email: str
    role: str
    location: str

    @property
    def username(self) -> str:
        return self.email.partition("@")[0]


@dataclass(frozen=True, slots=True)
class Team:
    """A team and the ids of its members."""

    id: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Location:
    """A school or office with its rooms by id."""

    id: str
    name: str
    short: str
    kind: str
    rooms: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """A workflow step. `part` is what the shortcut routes look for: start, work, wait, resolve."""

    id: str
    workflow: str
    name: str
    status: str
    closed: bool
    part: str
    order: int
    color: str
    next: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow: the steps by id, first one first."""

    id: str
    name: str
    product: str
    steps: Mapping[str, Step]

    def part(self, part: str) -> Step | None:
        return next((step for step in self.steps.values() if step.part == part), None)

    @property
    def first(self) -> Step:
        return next(iter(self.steps.values()))


@dataclass(frozen=True, slots=True)
class Issue:
    """What can be wrong; it decides product and workflow."""

    id: str
    name: str
    category: str
    kind: str
    product: str
    workflow: str


@dataclass(frozen=True, slots=True)
class FieldType:
    """A custom field. `editor` 1 is a line of text, 4 a list of `options` (vendor: EditorTypeId)."""

    id: str
    name: str
    editor: int
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """A priority level: a band of scores (reference 3)."""

    id: str
    name: str
    low: int
    high: int
    color: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """One version of a ticket. References are ids; times are aware UTC with milliseconds."""

    id: str
    number: int
    subject: str
    description: str | None
    product: str
    owner: str
    requester: str
    location: str
    issue: str
    step: str
    created: datetime
    modified: datetime
    by_user: datetime
    active: datetime
    version: int = 1
    user: str | None = None
    team: str | None = None
    room: str | None = None
    details: str = ""
    priority: int = 50
    source: int = 3
    started: datetime | None = None
    closed: datetime | None = None
    due: datetime | None = None
    close_reason: str | None = None
    urgent: bool = False
    sensitive: bool = False
    confirmed: bool = False
    deleted: bool = False
    tags: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The ticket number as the vendor writes it: text with leading zeros."""
        return f"01234567{self.number:06d}"


@dataclass(frozen=True, slots=True)
class Activity:
    """An entry on a ticket. `kind` is comment, revision, rule or workflow."""

    id: str
    ticket: str
    kind: str
    text: str
    public: bool
    owner: str
    created: datetime
    modified: datetime
    deleted: bool = False
    external_id: str | None = None
