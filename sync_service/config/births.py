"""What a mapping says of new tickets, held against what their system takes, before one is made.

Offline, so that a missing need is one line at its place and not a problem for each ticket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sync_service.config.link import Link
from sync_service.core.expressions import did_you_mean
from sync_service.core.mapping_extras import Lookup
from sync_service.core.outgoing import Births
from sync_service.core.values import Side


def birth_faults(
    link: Link,
    side: Side,
    births: Births,
    has_field: Callable[[str], bool],
    names: Sequence[str] = (),
) -> Iterator[str]:
    """List what `on_create` of a side names wrongly, and what a ticket there would lack.

    `names` are the system's fields, for "did you mean".
    """
    for name, extra in link.mapping.on_create.of(side).items():
        where = link.mapping.where(side, name)
        if not _known(name, births, has_field):
            yield f"{where}: {_stranger(link.systems.of(side), name, births, names)}"
        elif isinstance(extra, Lookup):
            yield from (f"{where}: {what}" for what in _lookup(extra, births))
    if side in link.create:
        yield from _missing(link, side, births)


def _known(name: str, births: Births, has_field: Callable[[str], bool]) -> bool:
    return name in births.needs or births.others or (births.fields and has_field(name))


def _stranger(system: str, name: str, births: Births, names: Sequence[str]) -> str:
    hint = did_you_mean(name, names if births.fields else births.needs)
    if births.fields:
        return f"{system} has no field `{name}`{hint or '; correct it'}"
    return (
        f"`on_create` of {system} takes {', '.join(births.needs)}, and no `{name}`"
        f"{hint or '; write a line under `fields:`, with `value:` or `direction: on create`'}"
    )


def _lookup(extra: Lookup, births: Births) -> Iterator[str]:
    by = births.lookups.get(extra.what)
    if by is None:
        known = ", ".join(births.lookups) or "none"
        hint = did_you_mean(extra.what, births.lookups) or f"; there are {known}"
        yield f"nothing looks up `{extra.what}` here{hint}"
    elif by not in extra.by:
        yield f"`lookup: {extra.what}` goes by `{by}:`; add it"


def _missing(link: Link, side: Side, births: Births) -> Iterator[str]:
    """Tell in one line all that no line and no need of the mapping gives."""
    system, given = link.systems.of(side), link.mapping.on_create.of(side)
    mapped = {
        name for line in link.mapping.lines if side in line.to for name in line.names.of(side)
    }
    lacking = {
        name: example
        for name, (field, example) in births.needs.items()
        if name not in given and field not in mapped
    }
    if lacking:
        examples = "; ".join(f"{name}: {example}" for name, example in lacking.items())
        yield (
            f"{link.mapping.where(side)}: {system} opens no ticket without {', '.join(lacking)}; add"
            f" under `on_create: {system}:` {examples}"
        )
