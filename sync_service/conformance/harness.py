"""What an adapter's author writes, so that the suite can prove the adapter.

A `Harness` opens a `System`: one server under test, the people who work there, and adapters for
it. What only some vendors have is an *ability*: a small protocol each, which a system implements
or its harness declares absent, in words (`not_claimed`). Neither, or both, is an error, so that
nothing is left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sync_service.adapters.base import Adapter
from sync_service.conformance.proxy import Call, Fault
from sync_service.core.values import Value

Clock = Callable[[], datetime]


class NotClaimed(Exception):
    """The vendor, or the system under test, has no such thing; says why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Names and values for tests to use, in the vendor's own words.

    `title` is a one-line text of every ticket, `body` a text of several lines. `choice` is a field
    and two values that it takes, `status` a status that new tickets have and a legal next one.
    `person` is a field that takes a person, `people` two people whom the system knows by these
    addresses, `stranger` an address that nobody has. `moment` is a field of date and time, ""
    where there is none. `match` is a text field that tickets can be found by. `refused` is a field
    and a value that the vendor never takes, `fixed` a field that cannot be written. `extras` is what
    a create needs besides fields, `only_on_create` names fields that an update cannot carry.
    `many_comments` is more than the vendor shows of a ticket's comments on one page.
    """

    title: str
    body: str
    choice: tuple[str, Value, Value]
    status: tuple[str, str]
    person: str
    people: tuple[str, str]
    stranger: str
    match: str
    refused: tuple[str, Value]
    fixed: str
    moment: str = ""
    extras: Mapping[str, Any] = field(default_factory=dict)
    only_on_create: frozenset[str] = frozenset()
    many_comments: int = 120


@dataclass(frozen=True, slots=True)
class Wish:
    """How a test wants the adapters of a system made.

    `page`: few rows on a page, as few as the adapter can. `timeout`: the longest that one call may
    be on the wire. `lag`: how long a write may be missing from the index.
    """

    page: bool = False
    timeout: timedelta = timedelta(seconds=10)
    lag: timedelta = timedelta(0)


class Wire(Protocol):
    """What lies between adapter and system; `FaultProxy` is one."""

    def strike(self, *faults: Fault) -> None:
        """Set faults; raise `NotClaimed` for one that cannot happen here."""

    def clear(self) -> None:
        """Let everything pass from now on."""

    def calls(self) -> list[Call]:
        """Give the calls that came by since the last `forget`."""

    def forget(self) -> None:
        """Forget the calls so far."""

    def refuse(self) -> None:
        """Refuse connections from now on."""

    def accept(self) -> None:
        """Take connections again."""


class System(Protocol):
    """One system under test. People are named by e-mail address; ids are the vendor's own."""

    @property
    def url(self) -> str:
        """Where its API is served; "" where it is not spoken to over HTTP (see `OwnWire`)."""

    @property
    def page(self) -> int:
        """Rows on a page of its adapters, or a little more."""

    @property
    def secrets(self) -> Sequence[str]:
        """What must never stand in an error: tokens, passwords."""

    def adapter(self, url: str, clock: Clock) -> Adapter:
        """Make an adapter that speaks to `url` instead of our own; it is not started yet.

        `clock` is our clock. Called again for "the daemon was started anew".
        """

    def is_write(self, method: str, path: str) -> bool:
        """Tell whether such a request changes anything."""

    def now(self) -> datetime:
        """Tell the system's own time, aware."""

    async def open(self, title: str, by: str = "") -> str:
        """Open a ticket as a person (the first of `Sample.people`); give its id."""

    async def open_together(self, titles: Sequence[str]) -> list[str]:
        """Open tickets whose change stamps are one and the same."""

    async def edit(self, ticket: str, values: Mapping[str, Value], by: str = "") -> None:
        """Change fields as a person; names and values are those of `Sample`."""

    async def comment(self, ticket: str, text: str, *, public: bool, by: str = "") -> None:
        """Say something as a person."""

    async def delete(self, ticket: str) -> None:
        """Delete a ticket as a person."""

    async def titled(self, title: str) -> Sequence[str]:
        """Give the ids of the tickets of that title, judged without the adapter."""

    async def said(self, ticket: str) -> Sequence[tuple[str, bool]]:
        """Give each comment's raw text and whether it is public, judged without the adapter."""


class Harness(Protocol):
    """One adapter's harness."""

    @property
    def name(self) -> str:
        """The adapter's name, as configurations have it."""

    @property
    def lasting(self) -> bool:
        """Whether the system outlives a test and stays at one address, so that adapters may too."""

    @property
    def sample(self) -> Sample:
        """Names and values to use."""

    @property
    def not_claimed(self) -> Mapping[type[Any], str]:
        """The abilities that the vendor, or the system under test, lacks, each with its reason."""

    def open(self, wish: Wish) -> AbstractAsyncContextManager[System]:
        """Give a system for one test."""
