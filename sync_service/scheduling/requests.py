"""What writing commands ask for, carried out by whoever holds the store's lock (R29).

The daemon takes them from the store; a command that finds the store free carries its own out at
once. Carrying one out twice does no harm, since a daemon may die between doing and answering.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from sync_service.adapters.base import Adapter
from sync_service.adapters.redacting import redacting
from sync_service.config import Link
from sync_service.core.pair import Event, Pair
from sync_service.core.resolve import resolved
from sync_service.core.values import Side, Sides, Ticket
from sync_service.errors import Fenced, Refused, StoreAway, SyncServiceError
from sync_service.scheduling.accepting import accept
from sync_service.scheduling.forgetting import forget, told
from sync_service.scheduling.mending import dismiss, retry
from sync_service.scheduling.naming import rename_link, rename_system
from sync_service.scheduling.opening import Opened, reopen
from sync_service.store.notes import ConflictRow, No, Save

log = structlog.get_logger(__name__)

Args = Mapping[str, Any]
#: How long a value that a person restores may still be sent.
_CLAIM = timedelta(seconds=10)

_WHY = {
    No.TAKEN: "one of the two is in another pair of this link; `sync-service unpair` it first",
    No.HALF: "one of the two is about to get a copy; wait for it, or `sync-service unpair` it",
    No.RING: "they belong to one group already, or to groups with a ticket of the same system",
    No.TOMBSTONE: "one of the two was unpaired",
    No.UNPAIRED: "the pair is gone",
}


async def carry_out_all(opened: Opened) -> int:
    """Carry out what commands left in the store, oldest first; tell how many there were."""
    store = opened.service.store
    requests = await opened.store.run(store.take_requests, opened.run)
    for one in requests:
        try:
            said = {"ok": True, "said": await carry_out(opened, one.command, one.args)}
        except (Fenced, StoreAway):
            raise  # not answered: it is taken again once the store can be used
        except SyncServiceError as error:
            said = {"ok": False, "said": str(error)}
        except Exception as error:  # one request must not stop those behind it
            log.exception("request.failed", command=one.command)
            kind = type(error).__name__
            said = {
                "ok": False,
                "said": f"{one.command} failed in a way that nobody foresaw ({kind}). Please report"
                " it with what the daemon's log says of `request.failed`.",
            }
        log.info("request.done", command=one.command, ok=said["ok"])
        await opened.store.run(store.answer, opened.run, one.id, said)
    return len(requests)


async def carry_out(opened: Opened, command: str, args: Args) -> str:
    """Do what one command asks and say what was done; raise `Refused`, or what a system raises."""
    doing = _COMMANDS.get(command)
    if doing is None:
        raise Refused(f"This daemon does not know the request {command!r}; is it an older version?")
    return await doing(opened, args)


async def _pair(opened: Opened, args: Args) -> str:
    link = _link(opened, args["link"])
    left, right = str(args["left"]), str(args["right"])
    store = opened.service.store
    made = await opened.store.run(store.pair_by_hand, link.name, link.systems, left, right)
    if isinstance(made, No):
        raise Refused(f"{left} and {right} were not paired: {_WHY[made]}.")
    return f"Paired {left} and {right} on {link.name}; comments from before are not copied."


async def _unpair(opened: Opened, args: Args) -> str:
    store, forget = opened.service.store, bool(args.get("forget"))
    ended = await opened.store.run(store.unpair, int(args["pair"]), forget=forget)
    if ended is None:
        return "There is no such pair any more."
    rest = "either may start a new pair" if forget else "neither starts a new pair by itself"
    return f"Unpaired on {ended.link}; both tickets stay as they are, and {rest}."


async def _forget(opened: Opened, args: Args) -> str:
    """Let tickets that were unpaired start pairs again."""
    store, count = opened.service.store, 0
    for name in args["links"] or opened.service.config.links:
        for ticket in map(str, args["tickets"]):
            for side in Side:
                nobody: Sides[str | None] = Sides(None, None)
                ids = nobody.put(side, ticket)
                count += await opened.store.run(store.forget, name, ids)
    if not count:
        raise Refused(f"Nobody unpaired {', '.join(args['tickets'])}, and it has no pair.")
    return "Forgotten: from its next change on it may start a pair again."


async def _erase(opened: Opened, args: Args) -> str:
    """Forget what the store holds of a ticket."""
    names = [str(one) for one in args["tickets"]]
    erased = await forget(opened, names, str(args.get("link", "")))
    if not erased:
        raise Refused(f"The store holds nothing of {names[0]}.")
    return told(opened, erased, names[0])


async def _accept(opened: Opened, args: Args) -> str:
    return await accept(opened, _link(opened, args["link"]))


async def _rename_link(opened: Opened, args: Args) -> str:
    old, new = str(args["old"]), str(args["new"])
    await reopen(opened, await rename_link(opened, old, new))
    return f"{new} keeps all that was known of it as {old}."


async def _rename_system(opened: Opened, args: Args) -> str:
    old, new = str(args["old"]), str(args["new"])
    for link in await rename_system(opened, old, new):
        await reopen(opened, link)
    return f"{new} keeps all that was known of it as {old}."


async def _sweep(opened: Opened, args: Args) -> str:
    store = opened.service.store
    names = [_link(opened, name).name for name in args["links"]]
    for name in names:
        await opened.store.run(store.ask_sweep, name, repair=bool(args.get("repair")))
    return f"{', '.join(names)}: every pair is read and compared now."


async def _pause(opened: Opened, args: Args) -> str:
    link = _link(opened, args["link"])
    await opened.store.run(opened.service.store.pause, link.name)
    return f"{link.name} is paused; what is under way ends, and its watermarks stay."


async def _resume(opened: Opened, args: Args) -> str:
    link = _link(opened, args["link"])
    await opened.store.run(opened.service.store.resume, link.name)
    note = " The configuration still says `paused: true`." if link.paused else ""
    return f"{link.name} goes on.{note}"


async def _resolve(opened: Opened, args: Args) -> str:
    """Let one side's value go on; the other side's stays listed."""
    row, pair, link = await _conflict(opened, int(args["conflict"]))
    if args["to"] not in (link.systems.left, link.systems.right):
        both = f"{link.systems.left} or {link.systems.right}"
        raise Refused(f"Conflict {row.id} is between {both}; name one of them with --to.")
    source = Side.LEFT if args["to"] == link.systems.left else Side.RIGHT
    if row.conflict.winner is source.far:
        return await _restore(opened, args)
    if row.conflict.winner is None:
        await _choose(opened, link, pair, row, source)
    await opened.store.run(opened.service.store.resolve_conflict, row.id, f"for {args['to']}")
    return f"Conflict {row.id}: the value of {args['to']} goes on."


async def _choose(opened: Opened, link: Link, pair: Pair, row: ConflictRow, source: Side) -> None:
    line = next((one for one in link.mapping.lines if one.name == row.conflict.line), None)
    if line is None:
        raise Refused(f"Conflict {row.id} is about a line that the mapping no longer has.")
    if link.mapping.redaction and line.names.of(source.far):
        await _over(opened, link, pair, row, line.names.of(source.far), source.far)
    after = resolved(pair, line, row.conflict, source)
    event = Event("conflict resolved", {"line": line.name, "by": "a person", "for": source})
    store = opened.service.store
    refused = await opened.store.run(store.save, opened.run, [Save(pair, after, (event,))])
    if refused:
        raise Refused(f"Conflict {row.id}: its pair is gone.")
    now = opened.service.clock()
    await opened.store.run(
        store.enqueue, opened.run, [pair.id], now, "a person resolved a conflict"
    )


async def _restore(opened: Opened, args: Args) -> str:
    """Write the value that a policy gave up back where it was; it then flows as any edit does."""
    row, pair, link = await _conflict(opened, int(args["conflict"]))
    if row.conflict.winner is None:
        raise Refused(f"Conflict {row.id} was not decided yet; use `conflicts resolve` with --to.")
    side = row.conflict.winner.far
    line = next((one for one in link.mapping.lines if one.name == row.conflict.line), None)
    if line is None or not line.names.of(side):
        raise Refused(f"Conflict {row.id}: {row.conflict.line} has no field to restore.")
    values = dict(zip(line.names.of(side), row.conflict.values.of(side), strict=True))
    name = link.systems.of(side)
    adapter, ticket = await _over(opened, link, pair, row, line.names.of(side), side)
    await adapter.update(ticket, values, opened.service.clock() + _CLAIM)
    store, now = opened.service.store, opened.service.clock()
    await opened.store.run(store.enqueue, opened.run, [pair.id], now, "a person restored a value")
    await opened.store.run(store.resolve_conflict, row.id, "restored")
    return f"Conflict {row.id}: the value of {name} is back and goes on from there."


async def _over(
    opened: Opened, link: Link, pair: Pair, row: ConflictRow, names: Sequence[str], side: Side
) -> tuple[Adapter, Ticket]:
    """Read the ticket that is to be written; refuse where a redaction would replace its original.

    R12: what is known here of these fields shows a mark for words that only that system has.
    """
    name, ticket_id = link.systems.of(side), pair.ids.of(side) or ""
    adapter = redacting(opened.service.adapters[name], link.mapping.redaction)
    ticket = await _read(adapter, name, ticket_id)
    if ticket.masked & set(names):
        raise Refused(
            f"Conflict {row.id}: {name} holds words there that are redacted everywhere else, and a"
            f" value from here would replace them. Edit the ticket in {name} itself."
        )
    return adapter, ticket


async def _read(adapter: Adapter, name: str, ticket_id: str) -> Ticket:
    await adapter.start()
    reading = (await adapter.get([ticket_id]))[ticket_id]
    if not isinstance(reading, Ticket):
        raise Refused(f"{name}: ticket {ticket_id} is gone, so nothing can be restored there.")
    return reading


async def _conflict(opened: Opened, number: int) -> tuple[ConflictRow, Pair, Link]:
    store = opened.service.store
    rows = await opened.store.run(store.conflicts)
    row = next((one for one in rows if one.id == number), None)
    if row is None:
        raise Refused(f"There is no open conflict {number}; see `sync-service conflicts list`.")
    pairs = await opened.store.run(store.load, [row.conflict.pair])
    if not pairs:
        raise Refused(f"Conflict {number}: its pair is gone.")
    return row, replace(pairs[0]), _link(opened, row.link)


def _link(opened: Opened, name: str) -> Link:
    link = opened.service.config.links.get(name)
    if link is None:
        raise Refused(f"There is no link {name} in the configuration that this daemon runs by.")
    return link


_COMMANDS: Mapping[str, Callable[[Opened, Args], Awaitable[str]]] = {
    "accept": _accept,
    "dismiss": dismiss,
    "erase": _erase,
    "forget": _forget,
    "pair": _pair,
    "pause": _pause,
    "rename-link": _rename_link,
    "rename-system": _rename_system,
    "resolve": _resolve,
    "restore": _restore,
    "resume": _resume,
    "retry": retry,
    "sweep": _sweep,
    "unpair": _unpair,
}

#: What may be asked for, for the commands.
COMMANDS: Sequence[str] = tuple(_COMMANDS)
