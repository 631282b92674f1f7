"""Scenes in which the daemon dies, drawn by the class of the point."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from tests.certify.classes import COMMITS
from tests.certify.draws import act, commanded, go, maybe, provoked
from tests.certify.scenery import SYSTEMS
from tests.certify.steps import Step
from tests.certify.targets import READ_KINDS, WRITES


def crash(random: Random) -> list[Step]:
    """The daemon dies at a point of a class, perhaps twice; people go on meanwhile."""
    first = _dying(random)
    again = [replace(step, fuse="*", nth=random.randrange(50)) for step in (Step("level"),)]
    meanwhile = [
        act(random, random.choice(SYSTEMS)),
        *maybe(random, Step("wait", pick=random.randrange(4))),
    ]
    return [*first, *maybe(random, *meanwhile), *maybe(random, *again, often=0.25), go(random)]


def _dying(random: Random) -> list[Step]:
    group = random.choices(("write", "read", "commit"), (6, 3, 3))[0]
    if group == "write":
        kind = random.choice(WRITES)
        fuse = f"{random.choice(('before', 'sent', 'after'))} {kind}"
        return [provoked(random, kind), Step("level", fuse=fuse, nth=_nth(random))]
    if group == "read":
        kind = random.choice(READ_KINDS)
        fuse = f"{random.choice(('before', 'after'))} {kind}"
        lead = Step("restart") if kind.endswith("lists") else Step("level")
        if kind == "incidentiq trail":
            return _to_trail(random, fuse)
        return [provoked(random, kind), replace(lead, fuse=fuse, nth=_nth(random))]
    return _dying_in_store(random)


def _to_trail(random: Random, fuse: str) -> list[Step]:
    """A write whose outcome is unknown is what makes the daemon read the audit trail."""
    lost = Step("fault", more={"kind": "hang_up_after", "method": "POST", "route": "*/subject"})
    return [act(random, "servicenow", "subject"), lost, Step("level", fuse=fuse)]


def _dying_in_store(random: Random) -> list[Step]:
    name, when = random.choice(COMMITS), random.choice(("before", "after"))
    fuse, lead = f"{when} commit {name}", provoked(random, random.choice(WRITES))
    match name:
        case "begin_run" | "take_config":
            return [lead, Step("restart", fuse=fuse)]
        case "hold_config":
            return [
                Step("config", more={"narrow": True}),
                Step("config", more={"narrow": False}, fuse=fuse),
            ]
        case "take_requests" | "answer":
            return [
                lead,
                replace(commanded(random, "pause"), fuse=fuse),
                Step("operator", name="resume"),
            ]
        case "command":
            command = random.choice(("pause", "resume", "accept", "retry"))
            fuse = f"{when} commit {command}"
            return [
                lead,
                Step("operator", name=command, fuse=fuse),
                Step("operator", name="resume"),
            ]
        case "release":
            order = {
                "kind": "status",
                "status": 503,
                "method": "GET",
                "route": "*/incident",
                "times": 6,
            }
            return [
                lead,
                Step("fault", "servicenow", more={**order, "after": 1}),
                Step("level", fuse=fuse),
            ]
        case "begin_sweep" | "note_sweep" | "end_sweep":
            return [lead, Step("operator", name="sweep", word=random.randrange(2), fuse=fuse)]
        case "enqueue":
            return [act(random, "incidentiq", "comment"), Step("operator", name="sweep", fuse=fuse)]
    return [lead, Step("level", fuse=fuse, nth=random.choice((0, 1, 2, 4, 8)))]


def _nth(random: Random) -> int:
    return random.choice((0, 0, 0, 1, 2))
