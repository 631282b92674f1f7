"""Tell whether a changed configuration may be taken at once (R27).

`seen` holds the vendors' own values, so a changed value table changes nothing by itself (R6). What
can write by itself is a line without a past, and what can start pairs is a wider selection.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Parts of a link whose change may start pairs or write to old ones.
_BROAD = frozenset({
    "systems", "since", "select", "create", "match", "forward", "sensitive", "deletes", "on_adopt",
    "attachments",
})  # fmt: skip


def risky(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """List the parts whose change may write by itself, by name; the arguments are fingerprints.

    A removed line writes nothing, nor does a changed value table.
    """
    changed = sorted(name for name, mark in after.items() if before.get(name) != mark)
    return tuple(name for name in changed if name in _BROAD or name.startswith("line: "))
