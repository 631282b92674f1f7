"""Scenes in which the daemon dies, drawn by the class of the point."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from tests.certify.classes import CRASHES
from tests.certify.draws import act, commanded, go, maybe, provoked
from tests.certify.scenery import SYSTEMS
from tests.certify.steps import Step
from tests.certify.targets import READ_KINDS, WRITES

#: What is tried more often than the other classes, since it is hit less often.
SELDOM = {
    "servicenow trail": 3.0, "incidentiq people": 3.0, "servicenow people": 1.5,
    "incidentiq custom-fields": 2.0, "incidentiq assign": 1.5, "servicenow create": 1.7,
    "servicenow update": 2.2, "incidentiq priority": 2.0, "incidentiq status": 1.4,
    "incidentiq description": 1.3, "servicenow comment": 1.4,
    "incidentiq subject": 1.3, "commit claim": 1.5, "commit save": 1.3, "commit enqueue": 1.3,
}  # fmt: skip
WEIGHTS = [SELDOM.get(point.partition(" ")[2], 1.0) for point in CRASHES]


def crash(random: Random) -> list[Step]:
    """The daemon dies two or three times, each at a point of a class; people go on meanwhile."""
    steps: list[Step] = []
    for _ in range(random.choice((2, 3, 3))):
        point = random.choices(CRASHES, WEIGHTS)[0]
        steps += [*dying_at(random, point), *maybe(random, act(random, random.choice(SYSTEMS)))]
        steps += maybe(random, Step("wait", pick=random.randrange(4)), often=0.3)
    again = Step("level", fuse="*", nth=random.randrange(50))
    return [*steps, *maybe(random, again, often=0.15), go(random)]


def dying_at(random: Random, point: str) -> list[Step]:
    """Somebody acts so that the daemon comes to a point, and there it dies."""
    when, _, kind = point.partition(" ")
    if kind.startswith("commit "):
        return _dying_in_store(random, when, kind[7:])
    lead = provoked(random, kind)
    if kind.endswith("lists"):
        return [lead, Step("restart", fuse=point, nth=_nth(random))]
    if kind == "incidentiq trail":
        return _to_trail(random, point)
    if kind == "servicenow trail":  # what moved while nobody looked is asked about after a start
        return [act(random, "servicenow"), Step("restart"), Step("level", fuse=point)]
    often = kind in READ_KINDS and not kind.endswith(("people", "trail"))
    return [lead, Step("level", fuse=point, nth=_nth(random) if often else 0)]


def _to_trail(random: Random, fuse: str) -> list[Step]:
    """A write whose outcome is unknown is what makes the daemon read Incident IQ's timeline."""
    lost = Step("fault", more={"kind": "hang_up_after", "method": "POST", "route": "*/subject"})
    return [act(random, "servicenow", "subject"), lost, Step("level", fuse=fuse)]


def _dying_in_store(random: Random, when: str, name: str) -> list[Step]:
    fuse, lead = f"{when} commit {name}", provoked(random, random.choice(WRITES))
    match name:
        case "begin_run" | "take_config":
            return [lead, Step("restart", fuse=fuse)]
        case "note_problems":
            return [lead, Step("restart"), Step("level", fuse=fuse)]
        case "hold_config":
            lead = act(random, random.choice(SYSTEMS), "room")
            turned = [Step("config", more={"room": one}) for one in (False, True)]
            return [lead, turned[0], Step("level"), replace(turned[1], fuse=fuse)]
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
        case "begin_sweep" | "note_sweep" | "end_sweep":
            return [lead, Step("operator", name="sweep", word=random.randrange(2), fuse=fuse)]
        case "enqueue":
            return [
                act(random, "incidentiq", "comment"),
                Step("wait", pick=3),
                Step("level", fuse=fuse),
            ]
    return [lead, Step("level", fuse=fuse, nth=random.choice((0, 1, 2, 4, 8)))]


def _nth(random: Random) -> int:
    return random.choice((0, 0, 0, 1, 2))
