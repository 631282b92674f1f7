"""Names that links and systems had before: `formerly: [NAME]` under the new name (R15, R27)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from sync_service.config.document import Document
from sync_service.core.names import Names


class Named(Protocol):
    """A link or a system."""

    @property
    def name(self) -> str:
        """Its name today."""

    @property
    def formerly(self) -> tuple[str, ...]:
        """Its names before."""


def names(links: Mapping[str, Named], systems: Mapping[str, Named]) -> Names:
    """Give every name, today's and earlier ones, with today's."""
    return Names(_today(links), _today(systems))


def _today(ones: Mapping[str, Named]) -> dict[str, str]:
    return {name: one.name for one in ones.values() for name in (one.name, *one.formerly)}


def check(document: Document, kind: str) -> None:
    """Note an earlier name that is somebody's today, or two's; `kind` is `links` or `systems`."""
    blocks = document.data.get(kind) if isinstance(document.data, dict) else None
    taken: dict[str, str] = {}
    for name, block in blocks.items() if isinstance(blocks, dict) else ():
        for place, old in enumerate(_formerly(block)):
            path = (kind, str(name), "formerly", place)
            if isinstance(blocks, dict) and old in blocks:
                what = f"`{old}` is the name of one of the {kind} today; take it from this list"
                document.fault(path, what)
            elif old in taken:
                document.fault(path, f"`{old}` stands under `{taken[old]}` too; it was one of them")
            taken[old] = str(name)


def _formerly(block: Any) -> list[str]:
    given = block.get("formerly") if isinstance(block, dict) else None
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
