"""What people tell the daemon, carried out by the product's own code over a `World`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

from sync_service.core.pair import Pair
from sync_service.core.redaction import Redaction
from sync_service.core.values import Side, Sides, Value
from sync_service.errors import SyncServiceError
from sync_service.scheduling.opening import Opened
from sync_service.scheduling.requests import carry_out
from sync_service.store import ConflictRow
from tests.engine.history import Step
from tests.engine.link_rules import Breaking
from tests.engine.people import Diary, Edit
from tests.engine.world import Crash, World

#: A command and its arguments.
Order = tuple[str, Mapping[str, Any]]


def give(world: World, diary: Diary, step: Step) -> bool:
    """Give the order that a step asks for, if there is anything to order; note it in the diary."""
    order = _order(world, step)
    if order is None:
        return False
    before = {side: _fields(world, side) for side in Side}
    if order[0] in {"pair", "unpair"}:
        diary.parted |= _tickets(world, order)
    try:
        return asyncio.run(_carry_out(world, *order))
    finally:
        _note_typed(world, diary, before)


def _fields(world: World, side: Side) -> dict[str, dict[str, Value]]:
    return {one.id: dict(one.fields) for one in world.desks.of(side).records.values()}


def _tickets(world: World, order: Order) -> set[tuple[Side, str]]:
    command, args = order
    if command == "pair":
        return {(side, str(args[str(side)])) for side in Side}
    (pair,) = world.store.load([args["pair"]])
    return {(side, ticket) for side in Side if (ticket := pair.ids.of(side)) is not None}


def _note_typed(
    world: World, diary: Diary, before: dict[Side, dict[str, dict[str, Value]]]
) -> None:
    """A value that a command put back is as good as typed."""
    for side in Side:
        for ticket, fields in _fields(world, side).items():
            for name, value in fields.items():
                if before[side].get(ticket, {}).get(name) != value:
                    at = world.clock().timestamp()
                    diary.edits.append(Edit(side, ticket, name, value, at))
                    diary.restored.add((side, ticket, name, value))


async def _carry_out(world: World, command: str, args: Mapping[str, Any]) -> bool:
    """Do as a command does that finds no daemon, or as the daemon that is there."""
    run = world.link.run if world.link else world.store.begin_run(world.clock(), "test")
    link = SimpleNamespace(
        name="desk",
        systems=Sides("left", "right"),
        mapping=SimpleNamespace(lines=world.lines, redaction=Redaction()),
        paused=False,
    )
    service = SimpleNamespace(
        store=world.store,
        clock=world.clock,
        adapters={str(side): world.adapters.of(side) for side in Side},
        config=SimpleNamespace(links={"desk": link}),
    )
    store = Breaking(world.store, world.store_point)
    opened = SimpleNamespace(service=service, store=store, run=run, links={}, waiting={})
    try:
        await carry_out(cast(Opened, opened), command, args)
    except (SyncServiceError, Crash):
        return False
    return True


def _order(world: World, step: Step) -> Order | None:
    pairs, conflicts = list(world.store.iterate("desk")), world.store.conflicts("desk")
    problems = [row.id for row in world.store.problems()]
    match step.what:
        case "unpair" | "unpair --forget" if pairs:
            pair = pairs[step.pick % len(pairs)]
            return "unpair", {"pair": pair.id, "forget": step.what != "unpair"}
        case "forget":
            tickets = [*world.desks.left.records, *world.desks.right.records]
            return ("forget", {"links": [], "tickets": tickets}) if tickets else None
        case "pair":
            return _pair(world, step, pairs)
        case "retry" | "dismiss" if problems:
            chosen = problems if step.word % 2 else [problems[step.pick % len(problems)]]
            return step.what, {"ids": chosen}
        case "resolve" | "restore":
            return _about_conflict(step, conflicts)
    return None


def _pair(world: World, step: Step, pairs: list[Pair]) -> Order | None:
    """Join two tickets that have no partner, if there are any."""

    def alone(side: Side) -> list[str]:
        taken = {pair.ids.of(side) for pair in pairs}
        records = world.desks.of(side).records.values()
        return [r.id for r in records if r.id not in taken and not (r.deleted or r.merged_into)]

    left, right = alone(Side.LEFT), alone(Side.RIGHT)
    if not (left and right):
        return None
    ids = {"left": left[step.pick % len(left)], "right": right[step.word % len(right)]}
    return "pair", {"link": "desk", **ids}


def _about_conflict(step: Step, conflicts: list[ConflictRow]) -> Order | None:
    if not conflicts:
        return None
    row = conflicts[step.pick % len(conflicts)]
    return step.what, {"conflict": row.id, "to": str(step.side)}
