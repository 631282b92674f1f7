"""What only some vendors have: each ability a small protocol.

A system implements an ability, or its harness says in `not_claimed` why it is absent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from sync_service.conformance.harness import Harness, System, Wire


@runtime_checkable
class OwnWire(Protocol):
    """The system is not spoken to over HTTP, and brings its own wire."""

    @property
    def wire(self) -> Wire:
        """What counts its calls and lets them go wrong."""


@runtime_checkable
class SetsClock(Protocol):
    """The system's clock can be set, and stands still from then on."""

    async def set_clock(self, moment: datetime) -> None:
        """Stop the system's clock at a moment."""

    async def pass_time(self, seconds: float) -> None:
        """Move the stopped clock on."""


@runtime_checkable
class SetsZone(Protocol):
    """The system shows moments in a zone that its customers choose."""

    async def set_zone(self, zone: str) -> None:
        """Choose a zone, before adapters are made."""


@runtime_checkable
class Lags(Protocol):
    """Search shows writes later than they happen."""

    async def lag(self, seconds: float) -> None:
        """Let search lag by so much from now on."""


@runtime_checkable
class IgnoresFilters(Protocol):
    """A filter of search can be dropped without a word."""

    async def ignore_filters(self) -> None:
        """Drop the filters of every search from now on."""


@runtime_checkable
class IgnoresSorting(Protocol):
    """The order asked of search can be ignored without a word."""

    async def ignore_sorting(self) -> None:
        """Show rows in an order that nobody asked for from now on."""


@runtime_checkable
class ShortensPages(Protocol):
    """A page can be shorter than asked although it is not the last."""

    async def shorten_pages(self) -> None:
        """Give pages with fewer rows than asked from now on."""


@runtime_checkable
class HidesTickets(Protocol):
    """Our account can lose sight of single tickets."""

    async def hide(self, tickets: Sequence[str]) -> None:
        """Take these tickets from our account's sight."""


@runtime_checkable
class Merges(Protocol):
    """A person can merge tickets."""

    async def merge(self, ticket: str, into: str) -> None:
        """Merge a ticket into another."""


@runtime_checkable
class Clones(Protocol):
    """A person can copy a ticket, our key included."""

    async def clone(self, ticket: str) -> str:
        """Copy a ticket; give the copy's id."""


@runtime_checkable
class MarksSensitive(Protocol):
    """A ticket can be marked as sensitive."""

    async def mark(self, ticket: str, *, sensitive: bool) -> None:
        """Set or clear the mark as a person."""


@runtime_checkable
class RewordsComments(Protocol):
    """A person can change the words of a comment."""

    async def reword(self, ticket: str, comment: str, text: str) -> None:
        """Change a comment's words as a person."""


@runtime_checkable
class DeletesComments(Protocol):
    """A comment can be deleted."""

    async def unsay(self, ticket: str, comment: str) -> None:
        """Delete a comment as a person."""


@runtime_checkable
class TurnsComments(Protocol):
    """A comment can be made internal or public after it was written."""

    async def turn(self, ticket: str, comment: str, *, public: bool) -> None:
        """Change who sees a comment, as a person."""


@runtime_checkable
class Automates(Protocol):
    """Rules of the system can say something by themselves."""

    async def robot(self, ticket_title: str) -> str:
        """Open a ticket on which a rule says something; give its id when it has."""


@runtime_checkable
class KeepsSilently(Protocol):
    """A write of a field can be answered as a success and change nothing."""

    async def keep(self, name: str) -> None:
        """Let writes of this field change nothing from now on."""


@runtime_checkable
class DropsOrigins(Protocol):
    """The field that carries a comment's origin may be one that does not come back."""

    async def drop_origins(self) -> None:
        """Forget the origin field of comments that are written from now on."""


ABILITIES: tuple[type[Any], ...] = (
    Automates,
    Clones,
    DeletesComments,
    DropsOrigins,
    HidesTickets,
    IgnoresFilters,
    IgnoresSorting,
    KeepsSilently,
    Lags,
    MarksSensitive,
    Merges,
    RewordsComments,
    SetsClock,
    SetsZone,
    ShortensPages,
    TurnsComments,
)


def undeclared(harness: Harness, system: System) -> list[str]:
    """Name the abilities that are neither implemented nor declared absent, or both."""
    return [
        f"{ability.__name__} is {'both' if has else 'neither'} implemented"
        f" {'and' if has else 'nor'} declared absent in not_claimed"
        for ability in ABILITIES
        if (has := isinstance(system, ability)) == (ability in harness.not_claimed)
    ]
