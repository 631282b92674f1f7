"""What the store keeps, and for how long: words that are redacted later, erased or too old (R13)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from sync_service.core.pair import Conflict
from sync_service.store import copying, erasing, pruning, rewriting
from sync_service.store.erasing import Erased
from sync_service.store.notes import Run
from sync_service.store.opened import Opened, fenced


class Keeping(Opened):
    """The part of `Store` that takes away or changes what is kept."""

    def rewrite_reports(
        self,
        run: Run,
        link: str,
        text: Callable[[str], str],
        told: Callable[[Conflict], Conflict],
    ) -> None:
        """Change every word that a link's conflicts, problems and work hold, open or closed."""
        self._write(fenced(rewriting.reports), run, link, text, told)

    def erase(self, names: Sequence[str], link: str = "") -> Erased:
        """Erase the pairs of a ticket, on one link or all, and all that is told of it (R14).

        `names` are its id and number. Of SQLite's files nothing of it remains either.
        """
        erased = self._write(erasing.erase, names, link, self._now())
        copying.wipe(self._database)
        return erased

    def prune(self, run: Run, what: str, before: datetime) -> int:
        """Forget up to 500 rows of a kind that are older; tell how many.

        Kinds are `history`, closed `problems`, closed or decided `conflicts`, answered `requests`.
        """
        return self._write(fenced(pruning.prune), run, what, before)

    def wipe(self) -> None:
        """Leave nothing of deleted words in SQLite's files; see `copying.wipe`."""
        copying.wipe(self._database)

    def backup(self, file: Path) -> None:
        """Copy a SQLite store into a new file that only our user may read.

        Raises ConfigError for PostgreSQL, and where the file cannot be made.
        """
        copying.backup(self._database, file)
