"""What people are told, and what they answer: problems and conflicts. `Store` has the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sync_service.store import conflicts, problems
from sync_service.store.notes import ConflictRow, ProblemRow, Run
from sync_service.store.opened import Opened, fenced, reads


class Reports(Opened):
    """Problems and conflicts, each method a transaction."""

    def note_problems(self, run: Run, entries: Sequence[problems.Entry]) -> None:
        """Open, refresh or close problems that belong to no page and no pair."""
        self._write(fenced(problems.note), run, entries, self._now())

    @reads
    def problems(
        self,
        system: str = "",
        link: str = "",
        pair: int | None = None,
        *,
        code: str = "",
        ticket: str = "",
        before: datetime | None = None,
        closed: bool = False,
    ) -> list[ProblemRow]:
        """List problems, oldest first, as `problems.Which` chooses them."""
        which = problems.Which(system, link, pair, code, ticket, before, closed)
        return self._read(problems.listed, problems.select_where(which))

    @reads
    def problem(self, number: int) -> ProblemRow | None:
        """Load one problem, open or closed."""
        found = self._read(problems.listed, [problems.has_id(number)])
        return found[0] if found else None

    def retry(self, ids: Sequence[int]) -> list[ProblemRow]:
        """Lift what open problems block, ask for work, close them; give those that were open."""
        return self._write(problems.retry, ids, self._now())

    def look_again(self, run: Run, ids: Sequence[int], reason: str) -> int:
        """Ask for work on what open problems hold up, and leave them open; count the pairs (R10)."""
        return self._write(fenced(problems.look_again), run, ids, self._now(), reason)

    @reads
    def held_up(self, ids: Sequence[int]) -> list[int]:
        """List the pairs that open problems hold up; for `plan`."""
        return self._read(problems.held_up, ids)

    def close_problems(self, run: Run, ids: Sequence[int], how: str) -> None:
        """Close open problems whose cause is gone, saying how they ended."""
        self._write(fenced(problems.close), run, ids, self._now(), how)

    def dismiss(self, ids: Sequence[int]) -> list[ProblemRow]:
        """Close open problems for good; that a ticket is gone or was merged ends its pair (R14)."""
        return self._write(problems.dismiss, ids, self._now())

    @reads
    def conflicts(
        self, link: str = "", pair: int | None = None, *, closed: bool = False
    ) -> list[ConflictRow]:
        """List conflicts, oldest first; closed ones only if asked."""
        return self._read(conflicts.listed, conflicts.select_where(link, pair, closed=closed))

    def resolve_conflict(self, number: int, how: str) -> ConflictRow | None:
        """Close an open conflict, saying how; None if there is no such open conflict."""
        return self._write(conflicts.resolve, number, how, self._now())
