"""`accept LINK`: a person lets a link go on with what it waits for.

That is a changed configuration, a new name for a new link, or a side that a guard stopped.
"""

from __future__ import annotations

import json

from sync_service.config import Link
from sync_service.core.config_change import risky
from sync_service.core.guard import RUNAWAY, STOPS
from sync_service.core.values import Side
from sync_service.engine.link import LinkAtWork
from sync_service.errors import Refused
from sync_service.scheduling.answering import answer
from sync_service.scheduling.judging import hold, mark_of, owe
from sync_service.scheduling.naming import misfit
from sync_service.scheduling.opening import Opened

_WAITS = {"changed", "renamed", "emptied-table", RUNAWAY, *STOPS}


async def accept(opened: Opened, link: Link) -> str:
    """Let the link go on, and carry out what it was shown to write; raise `Refused`."""
    store, found = opened.service.store, await misfit(opened, link)
    if found is not None and not found.acceptable:
        raise Refused(found.why)
    if found is not None:
        await opened.store.run(store.take_config, opened.run, link.name, mark_of(link))
    elif link.name not in opened.links:
        await _hold_unseen(opened, link)
    await owe(opened, link.name)
    await answer(opened, link)
    await opened.store.run(store.accept, link.name, await _flooded(opened, link))
    await _end_waits(opened, link)
    return f"{link.name} goes on."


async def _hold_unseen(opened: Opened, link: Link) -> None:
    """No daemon has seen the configuration as it is now, which is what the person accepts."""
    store = opened.service.store
    state, mark = await opened.store.run(store.link_state, link.name), mark_of(link)
    changed = risky(json.loads(state.accepted), json.loads(mark)) if state.accepted else ()
    if changed:
        await hold(opened, link, changed)
    elif state.accepted:
        await opened.store.run(store.take_config, opened.run, link.name, mark)


async def _flooded(opened: Opened, link: Link) -> list[Side]:
    """Give the sides whose flood was shown to the person, who believes that one and no other."""
    rows = await opened.store.run(opened.service.store.problems, link=link.name, code="flood")
    systems = {one.problem.system for one in rows}
    return [side for side in Side if link.systems.of(side) in systems]


async def _end_waits(opened: Opened, link: Link) -> None:
    """Close what the person has answered, and ask stopped sides again at once."""
    store = opened.service.store
    opened.waiting.pop(link.name, None)
    shown = await opened.store.run(store.problems, link=link.name)
    rows = [one for one in shown if one.problem.code in _WAITS]
    strange = [one.problem.value for one in rows if one.problem.code == "strange-key"]
    names = [name for value in strange for name in value.split(", ")]
    await opened.store.run(store.know, opened.run, names)
    if any(one.problem.code == "emptied" for one in rows):
        await opened.store.run(store.believe_gone, link.name)
    await opened.store.run(store.dismiss, [one.id for one in rows])
    work = opened.links.get(link.name)
    if work is not None:
        _ask_again(opened, work)


def _ask_again(opened: Opened, work: LinkAtWork) -> None:
    """Forget what the link's guards have counted, and let nobody wait."""
    work.runaway = ""
    for side in Side:
        work.rewritten[side].minutes.clear()
        if (down := work.down.get(side)) is not None:
            down.until = opened.service.clock()
        adapter = opened.service.adapters[work.system(side)]
        rest = getattr(getattr(adapter, "http", None), "rest", None)
        if rest is not None:
            rest.again()
