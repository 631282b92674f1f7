"""What links and systems are called in the store (R27)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync_service.store import feeds, renaming
from sync_service.store.notes import LinkState, Run
from sync_service.store.opened import Opened, fenced, reads


class Named(Opened):
    """The part of `Store` that knows names, and gives new ones."""

    @reads
    def names(self) -> frozenset[str]:
        """Give the names of all links and systems that the store has ever known (R27)."""
        return self._read(renaming.names)

    @reads
    def links(self) -> Mapping[str, renaming.Known]:
        """Tell what is known of every link: its systems, and how many pairs it has (R27)."""
        return self._read(renaming.links)

    def know(self, run: Run, names: Sequence[str]) -> None:
        """Know these names as those of links that are gone (R27)."""
        self._write(fenced(renaming.know), run, names)

    def rename_link(self, run: Run, old: str, new: str) -> None:
        """Keep all that is known of a link under another name; what `new` had is forgotten."""
        self._write(fenced(renaming.link), run, old, new, self._now())

    def rename_system(self, run: Run, old: str, new: str) -> None:
        """Keep all that is known of a system under another name (R27)."""
        self._write(fenced(renaming.system), run, old, new)

    def put_accepted(self, run: Run, link: str, fingerprint: str) -> LinkState:
        """Note what a link works by, and let nothing wait (R27)."""
        return self._write(fenced(feeds.put_accepted), run, link, fingerprint)
