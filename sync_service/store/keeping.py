"""What the store keeps, and for how long: words that are redacted later (R13)."""

from __future__ import annotations

from collections.abc import Callable

from sync_service.core.pair import Conflict
from sync_service.store import rewriting
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
