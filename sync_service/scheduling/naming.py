"""Names that changed: a link that must not begin again in silence, and `rename` (R15, R27).

Pairs are kept by the names of links and systems, and copies carry them. So a link whose name or
systems the store knows otherwise is held, with what to do, and never run by guess.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from sync_service.config import Link, fingerprint
from sync_service.core.expressions import did_you_mean
from sync_service.core.pair import Problem, Scope
from sync_service.core.values import Side, Sides
from sync_service.errors import Refused
from sync_service.scheduling.judging import mark_of

if TYPE_CHECKING:
    from sync_service.scheduling.opening import Opened

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a link's names do not fit what the store knows; `acceptable` if a person may overrule."""

    why: str
    acceptable: bool = False


async def misfit(opened: Opened, link: Link) -> Misfit | None:
    """Tell whether the store knows this link, or its tickets, by other names."""
    known = await opened.store.run(opened.service.store.links)
    mine = known.get(link.name)
    if mine is not None and mine.systems is not None:
        return None if mine.systems == link.systems else _systems(opened, link, mine.systems)
    gone = {
        name: one.pairs
        for name, one in known.items()
        if name not in opened.service.config.links and _same(opened, one.systems, link.systems)
    }
    state = await opened.store.run(opened.service.store.link_state, link.name)
    return _vanished(link, gone) if gone and state.accepted is None else None


def _same(opened: Opened, before: Sides[str] | None, now: Sides[str]) -> bool:
    """Tell whether these are the same two systems, earlier names and order aside."""
    if before is None:
        return False
    today = opened.service.config.names.systems
    named = {today.get(one, one) for one in (before.left, before.right)}
    return named == {now.left, now.right}


def _vanished(link: Link, gone: dict[str, int]) -> Misfit:
    """A link over the same systems is gone from the configuration: it was renamed, or it was not."""
    old = next((one for one in link.formerly if one in gone), None)
    if old is not None:
        return Misfit(
            f"{link.name}: this link was {old}, and the store still has its {gone[old]} pairs under"
            f" that name. Run `sync-service rename link {old} {link.name}`; until then it waits."
        )
    old, count = max(gone.items(), key=lambda one: one[1])
    return Misfit(
        f"{link.name}: this link is new, and {old}, which joined the same systems and has"
        f" {count} pairs, is gone from the configuration. If it was renamed, write"
        f" `formerly: [{old}]` under `links: {link.name}:` and run `sync-service rename link {old}"
        f" {link.name}`. If it is another link, `sync-service accept {link.name}`; the pairs of"
        f" {old} then stay as they are. Until then it waits.",
        acceptable=True,
    )


def _systems(opened: Opened, link: Link, before: Sides[str]) -> Misfit:
    was, now = f"{before.left} and {before.right}", f"{link.systems.left} and {link.systems.right}"
    if before == Sides(link.systems.right, link.systems.left):
        return Misfit(
            f"{link.name}: `between` named {was} in this order when its pairs were made. Put the"
            " order back; the link waits."
        )
    config = opened.service.config
    for side in Side:
        old, new = before.of(side), link.systems.of(side)
        if old != new and old in config.systems[new].formerly:
            return Misfit(
                f"{link.name}: the system {new} was {old}, and the store still has its tickets"
                f" under that name. Run `sync-service rename system {old} {new}`; until then the"
                " link waits."
            )
    return Misfit(
        f"{link.name}: its pairs are between {was}, and the configuration now says {now}. If a"
        " system was renamed, write `formerly: [OLD]` under its new name and run `sync-service"
        " rename system OLD NEW`. If it is another system, give the link a new name. The link"
        " waits."
    )


async def hold_misfit(opened: Opened, link: Link, found: Misfit) -> None:
    """Let the link wait until its names fit."""
    store = opened.service.store
    await opened.store.run(store.hold_config, opened.run, link.name, mark_of(link), found.why)
    problem = Problem(Scope.LINK, "renamed", found.why, link=link.name)
    await opened.store.run(store.note_problems, opened.run, [problem])
    opened.waiting[link.name] = found.why
    log.warning("link.waits", link=link.name, changed=["name"])


async def rename_link(opened: Opened, old: str, new: str) -> Link:
    """Keep a link's pairs, watermarks and problems under its new name; raise `Refused`."""
    config, store = opened.service.config, opened.service.store
    known = await opened.store.run(store.links)
    _may_rename("link", old, new, set(config.links), set(known))
    link = config.links[new]
    _formerly("links", old, new, link.formerly)
    if new in known and known[new].pairs:
        raise Refused(
            f"{new} has {known[new].pairs} pairs of its own; the pairs of {old} cannot be added."
        )
    if not _same(opened, known[old].systems, link.systems) and known[old].systems is not None:
        raise Refused(f"{old} joined other systems than {new} does; it was not {new}.")
    await opened.store.run(store.rename_link, opened.run, old, new)
    if known[old].systems == link.systems:  # a system may have been renamed before its link
        await _accept_names(opened, link)
    log.info("link.renamed", before=old, link=new)
    return link


async def rename_system(opened: Opened, old: str, new: str) -> list[Link]:
    """Keep a system's tickets under its new name; give its links; raise `Refused`."""
    config, store = opened.service.config, opened.service.store
    known = await opened.store.run(store.links)
    ends = [one.systems for one in known.values() if one.systems is not None]
    named = {name for both in ends for name in (both.left, both.right)}
    _may_rename("system", old, new, set(config.systems), named)
    _formerly("systems", old, new, config.systems[new].formerly)
    if new in named:
        raise Refused(f"The store has tickets of {new} already; those of {old} cannot be added.")
    await opened.store.run(store.rename_system, opened.run, old, new)
    log.info("system.renamed", before=old, system=new)
    links = [one for one in config.links.values() if new in (one.systems.left, one.systems.right)]
    for link in links:
        await _accept_names(opened, link)
    return links


async def _accept_names(opened: Opened, link: Link) -> None:
    """A name is no change of what is written, but for lines whose template tells it."""
    store = opened.service.store
    state = await opened.store.run(store.link_state, link.name)
    if state.accepted is None:
        return
    marks = json.loads(state.accepted) | {"systems": fingerprint(link)["systems"]}
    for line in link.mapping.lines:
        if line.value is not None and "system" in line.value.source:
            marks.pop(f"line: {line.name}", None)
    told = json.dumps(marks, sort_keys=True)
    await opened.store.run(store.put_accepted, opened.run, link.name, told)


def _may_rename(kind: str, old: str, new: str, today: set[str], known: set[str]) -> None:
    if old in today:
        raise Refused(
            f"The configuration that this runs by still has a {kind} {old}. Give it its new name"
            " there first; a daemon that runs must be stopped, and started again afterwards."
        )
    if new not in today:
        raise Refused(
            f"The configuration has no {kind} {new}{did_you_mean(new, today)}. Write it there under"
            " its new name first."
        )
    if old not in known:
        hint = did_you_mean(old, known - today)
        raise Refused(f"The store knows no {kind} {old}{hint}; nothing is to be renamed.")


def _formerly(block: str, old: str, new: str, formerly: tuple[str, ...]) -> None:
    if old not in formerly:
        raise Refused(
            f"Write `formerly: [{', '.join([*formerly, old])}]` under `{block}: {new}:` first. Copies"
            f" carry the name {old} for good, and an empty store finds them only by it."
        )
