"""What the store does for sweeps; `Store` has the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync_service.core.sweeping import Round
from sync_service.store import sweeps, work
from sync_service.store.notes import No, Run, SweepNote, SweepRow
from sync_service.store.opened import Opened, reads


class Walks(Opened):
    """A link's walk over all its pairs."""

    @reads
    def sweep(self, link: str) -> SweepRow:
        """Load how far a link's sweep has come, and how the last one ended."""
        return self._read(sweeps.get, link)

    def ask_sweep(self, link: str, *, repair: bool) -> None:
        """Ask for a sweep of a link as soon as may be."""
        self._write(sweeps.ask, link, self._now(), repair=repair)

    def believe_gone(self, link: str) -> None:
        """Believe that tickets are gone until a sweep is worked on to its end; ask for it (R26)."""
        self._write(sweeps.believe, link, self._now())

    def doubt_gone(self, run: Run, link: str) -> None:
        """Believe it no longer, if that sweep has ended."""
        self._write(sweeps.doubt, run, link)

    def begin_sweep(self, run: Run, link: str, new: Round | None) -> None:
        """Begin a round; with None, let the first one be due a whole time from now."""
        self._write(sweeps.begin, run, link, new, self._now())

    def note_sweep(self, run: Run, link: str, told: SweepNote) -> Mapping[int, No]:
        """Write down what a batch found and where the walk stands, in one transaction."""
        return self._write(sweeps.note, run, link, told, self._now())

    def end_sweep(self, run: Run, link: str, ended: Round) -> None:
        """End a round; what it no longer found apart is listed no longer."""
        self._write(sweeps.end, run, link, ended, self._now())

    @reads
    def dismissed(self, link: str, code: str) -> Mapping[str, set[str]]:
        """Give the tickets by item that a person dismissed a problem of this kind of."""
        return self._read(sweeps.dismissed, link, code)

    @reads
    def waiting(self, ids: Sequence[int]) -> set[int]:
        """Tell which of these pairs have work, due or put off."""
        return self._read(work.waiting, ids)
