"""Which problems are meant: by number, by filters, or all of them after a question."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from sync_service.cli.asking import NotFound
from sync_service.errors import ConfigError

if TYPE_CHECKING:
    from sync_service.config import Config
    from sync_service.store import ProblemRow, Store

SystemOption = Annotated[str, typer.Option("--system", metavar="SYSTEM", help="This system's.")]
CodeOption = Annotated[str, typer.Option("--code", metavar="CODE", help="Of this kind.")]
TicketOption = Annotated[
    str, typer.Option("--ticket", metavar="TICKET", help="Of this ticket, by id or number.")
]
OlderOption = Annotated[
    str, typer.Option("--older-than", metavar="TIME", help="Open longer than this, as in 3d.")
]
AllOption = Annotated[bool, typer.Option("--all", help="Every open one; asks first.")]
YesOption = Annotated[bool, typer.Option("--yes", help="With --all: do not ask.")]


@dataclass(frozen=True, slots=True)
class Choice:
    """Filters as they were typed; empty ones mean any."""

    link: str = ""
    system: str = ""
    code: str = ""
    ticket: str = ""
    older_than: str = ""

    @property
    def any(self) -> bool:
        """Tell whether there is a filter at all."""
        return any((self.link, self.system, self.code, self.ticket, self.older_than))


def listed(config: Config, store: Store, choice: Choice, *, closed: bool) -> list[ProblemRow]:
    """Load the problems that the filters name; raise ConfigError for a name that is not there."""
    _check(config, choice)
    found = _of_ticket(store, choice, choice.ticket, closed=closed)
    if choice.ticket and not found:
        found = _of_called(store, choice, closed=closed)
    if choice.ticket and not found:
        from sync_service.cli.asking import ids_of

        for _, _, number in asyncio.run(ids_of(config, choice.ticket, choice.link)):
            found += _of_ticket(store, choice, number, closed=closed)
    return found


def _of_called(store: Store, choice: Choice, *, closed: bool) -> list[ProblemRow]:
    """Load the problems of the tickets that the store knows by this number."""
    found: dict[int, ProblemRow] = {}
    for pair in store.pairs_called(choice.ticket, choice.link):
        for ticket in (pair.ids.left, pair.ids.right):
            rows = _of_ticket(store, choice, ticket, closed=closed) if ticket else []
            found |= {row.id: row for row in rows}
    return list(found.values())


def _of_ticket(store: Store, choice: Choice, ticket: str, *, closed: bool) -> list[ProblemRow]:
    return store.problems(
        choice.system, choice.link, code=choice.code, ticket=ticket, closed=closed,
        before=_since(choice.older_than),
    )  # fmt: skip


def _since(older_than: str) -> datetime | None:
    from sync_service.config.units import duration

    if not older_than:
        return None
    try:
        return datetime.now(UTC) - duration(older_than)
    except ValueError as error:
        raise ConfigError([f"--older-than {older_than} {error}"]) from error


def _check(config: Config, choice: Choice) -> None:
    from sync_service.cli.service import one_of_the_links
    from sync_service.core.expressions import did_you_mean
    from sync_service.core.ways import WAYS

    one_of_the_links(config, choice.link)
    for given, known, what in (
        (choice.system, config.systems, "system"),
        (choice.code, WAYS, "kind of problem"),
    ):
        if given and given not in known:
            hint = did_you_mean(given, known) or f"; there are {', '.join(sorted(known))}"
            raise ConfigError([f"there is no {what} `{given}`{hint}"])


def chosen(
    config: Config, store: Store, numbers: Sequence[int], choice: Choice, *, every: bool
) -> list[ProblemRow]:
    """Load the open problems to act on; raise `NotFound` for a number that is not open."""
    if not numbers and not choice.any and not every:
        ways = "by NUMBER, by --link, --system, --code, --ticket or --older-than, or --all"
        raise ConfigError([f"say which problems: {ways}"])
    rows = listed(config, store, choice, closed=False)
    if not numbers:
        return rows
    kept = [row for row in rows if row.id in numbers]
    missing = sorted(set(numbers) - {row.id for row in kept})
    if missing:
        names = ", ".join(map(str, missing))
        raise NotFound(f"There is no open problem {names} here; see `sync-service problems list`.")
    return kept


def ask_first(command: str, rows: Sequence[ProblemRow], *, yes: bool, as_json: bool) -> None:
    """Ask a person on a terminal before all problems are acted on; raise if nobody can be asked."""
    if yes or not rows:
        return
    if as_json or not sys.stdin.isatty():
        raise ConfigError(
            [f"problems {command} --all asks first; add --yes where nobody can answer"]
        )
    parked = sum(row.problem.code in {"gone", "merged"} for row in rows)
    ends = f" {parked} of them end a pair." if parked and command == "dismiss" else ""
    typer.confirm(f"{command.capitalize()} {len(rows)} problems?{ends}", abort=True, err=True)
