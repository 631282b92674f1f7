"""Scenes that histories are made of, drawn so that what is rare by itself is as frequent as the rest.

A scene is a few steps about one ticket: somebody acts, and something happens to what the daemon
makes of it. A crash is drawn by the class of its point, with an act that leads there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from tests.certify.acts import ACTS
from tests.certify.classes import COMMITS, PROVOKE, ROUTE
from tests.certify.scenery import SWITCHES, SYSTEMS
from tests.certify.steps import SAME, Step
from tests.certify.targets import READ_KINDS, WRITES

#: Lines that both sides can edit.
CLASHES = ("subject", "subject", "description", "status", "priority", "assign", "room")
RARE = (
    "edit_comment", "delete_comment", "hide_comment", "publish_comment", "urgent", "delete",
    "undelete", "clone", "note", "empty", "hold", "room",
)  # fmt: skip
FAULTS: tuple[Mapping[str, Any], ...] = (
    {"kind": "delay", "seconds": 1.5},
    {"kind": "delay", "seconds": 3.5},
    {"kind": "delay_after", "seconds": 1.5},
    {"kind": "delay_after", "seconds": 6.0},
    {"kind": "status", "status": 429, "retry_after": 3},
    {"kind": "status", "status": 429},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503, "retry_after": 2},
    {"kind": "hang_up_before"},
    {"kind": "hang_up_before"},
    {"kind": "hang_up_after"},
    {"kind": "hang_up_after"},
    {"kind": "error_after", "status": 500},
    {"kind": "error_after", "status": 504},
    {"kind": "not_json", "status": 502},
    {"kind": "not_json", "status": 200},
    {"kind": "truncate"},
    {"kind": "truncate"},
)
CONFIGS: tuple[Mapping[str, Any], ...] = (
    {"table": "other"}, {"table": "shipped"}, {"room": True}, {"room": True}, {"room": False},
    {"narrow": True}, {"narrow": False},
)  # fmt: skip
#: Commands and what has to be there before one does anything.
OPERATORS = ("accept", "pause", "resume", "retry", "resolve", "restore", "sweep")


def scenes(random: Random) -> list[Step]:
    """Draw the steps of one history."""
    steps = [_open(random, random.choice(SYSTEMS))]
    if random.random() < 0.3:
        steps.append(_open(random, random.choice(SYSTEMS)))
    if random.random() < 0.85:
        steps.append(Step("level"))
    names = list(SCENES)
    for name in random.choices(names, [SCENES[one][1] for one in names], k=random.randint(2, 5)):
        steps += SCENES[name][0](random)
    return steps


def _open(random: Random, side: str) -> Step:
    return Step("person", side, "open", random.randrange(4), random.randrange(20))


def act(random: Random, side: str, name: str = "", pick: int = SAME) -> Step:
    """Let somebody act; without a name on whatever line."""
    if name == "open":
        return _open(random, side)
    name = name or random.choice([one for one in ACTS[side] if one not in RARE])
    return Step("person", side, name, pick, random.randrange(24))


def _go(random: Random) -> Step:
    return Step(
        random.choice(("run", "run", "level")), pick=random.randrange(3), word=random.randrange(3)
    )


def calm(random: Random) -> list[Step]:
    """People work, and the daemon follows."""
    pick = random.choice((SAME, SAME, random.randrange(4)))
    acts = [act(random, random.choice(SYSTEMS), pick=pick) for _ in range(random.randint(1, 3))]
    return [*acts, _go(random)]


def rare(random: Random) -> list[Step]:
    """Somebody does what people seldom do, between ordinary acts."""
    side = random.choice(SYSTEMS)
    name = random.choice([one for one in RARE if one in ACTS[side]])
    steps = [act(random, side, name)]
    if name.endswith("_comment"):
        steps = [
            act(random, side, random.choice(("comment", "note"))),
            *_maybe(random, Step("level")),
            *steps,
        ]
    if name in ("delete", "undelete"):
        undone = [act(random, side, "undelete"), *_maybe(random, Step("operator", name="retry"))]
        steps = [
            act(random, side, "delete"),
            *_maybe(random, _go(random)),
            *_maybe(random, *undone),
        ]
    return [*steps, *_maybe(random, act(random, random.choice(SYSTEMS))), _go(random)]


def secret(random: Random) -> list[Step]:
    """A ticket turns sensitive, people go on talking, and perhaps it turns back."""
    talk = [
        act(random, "incidentiq", random.choice(("subject", "comment", "note"))) for _ in range(2)
    ]
    steps = [act(random, "incidentiq", "sensitive"), *talk, act(random, "servicenow"), _go(random)]
    if random.random() < 0.5:
        point = f"{random.choice(('before', 'after'))} {random.choice(READ_KINDS)}"
        steps[0] = replace(steps[0], point=point)
        steps.insert(0, act(random, "incidentiq"))
    return [*steps, *_maybe(random, act(random, "incidentiq", "not_sensitive"), _go(random))]


def clash(random: Random) -> list[Step]:
    """Both sides edit one line before either edit was carried; somebody may settle it."""
    line = random.choice(CLASHES)
    sides = random.sample(SYSTEMS, 2)
    steps = [act(random, sides[0], line), act(random, sides[1], line), _go(random)]
    if random.random() < 0.4:
        steps.append(_operator(random, random.choice(("resolve", "restore"))))
    return steps


def crash(random: Random) -> list[Step]:
    """The daemon dies at a point of a class, perhaps twice; people go on meanwhile."""
    first = _dying(random)
    again = [replace(step, fuse="*", nth=random.randrange(50)) for step in (Step("level"),)]
    meanwhile = [
        act(random, random.choice(SYSTEMS)),
        *_maybe(random, Step("wait", pick=random.randrange(4))),
    ]
    return [*first, *_maybe(random, *meanwhile), *_maybe(random, *again, often=0.25), _go(random)]


def _dying(random: Random) -> list[Step]:
    group = random.choices(("write", "read", "commit"), (6, 3, 3))[0]
    if group == "write":
        kind = random.choice(WRITES)
        fuse = f"{random.choice(('before', 'sent', 'after'))} {kind}"
        return [_provoke(random, kind), Step("level", fuse=fuse, nth=_nth(random))]
    if group == "read":
        kind = random.choice(READ_KINDS)
        fuse = f"{random.choice(('before', 'after'))} {kind}"
        lead = Step("restart") if kind.endswith("lists") else Step("level")
        if kind == "incidentiq trail":
            return _to_trail(random, fuse)
        return [_provoke(random, kind), replace(lead, fuse=fuse, nth=_nth(random))]
    return _dying_in_store(random)


def _to_trail(random: Random, fuse: str) -> list[Step]:
    """A write whose outcome is unknown is what makes the daemon read the audit trail."""
    lost = Step("fault", more={"kind": "hang_up_after", "method": "POST", "route": "*/subject"})
    return [act(random, "servicenow", "subject"), lost, Step("level", fuse=fuse)]


def _dying_in_store(random: Random) -> list[Step]:
    name, when = random.choice(COMMITS), random.choice(("before", "after"))
    fuse, lead = f"{when} commit {name}", _provoke(random, random.choice(WRITES))
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
                replace(_operator(random, "pause"), fuse=fuse),
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


def _provoke(random: Random, kind: str) -> Step:
    side, name = random.choice(PROVOKE.get(kind, (("incidentiq", ""), ("servicenow", ""))))
    return act(random, side, name)


def between(random: Random) -> list[Step]:
    """Somebody acts in the middle of the daemon's work, most often on what it is about to write."""
    kind = random.choice(WRITES)
    lead = _provoke(random, kind)
    point = f"{random.choice(('before', 'before', 'sent', 'after'))} {kind}"
    if random.random() < 0.3:
        point = f"@{random.randrange(40)}"
    side = kind.partition(" ")[0]
    same = lead.name if lead.name in ACTS[side] and random.random() < 0.6 else ""
    other = act(random, side if random.random() < 0.8 else random.choice(SYSTEMS), same)
    return [replace(other, point=point), lead, _go(random)]


def fault(random: Random) -> list[Step]:
    """A call of some kind meets a fault, once or more often."""
    kind = random.choice((*WRITES, *WRITES, *READ_KINDS))
    method, route = ROUTE[kind]
    order = {**random.choice(FAULTS), "method": method, "route": route}
    order |= {"times": random.choice((1, 1, 1, 2, 5)), "after": random.choice((0, 0, 0, 1))}
    steps = [_provoke(random, kind), Step("fault", kind.partition(" ")[0], more=order)]
    if kind.endswith("lists"):
        steps.append(Step("restart"))
    return [*steps, _go(random), *_maybe(random, act(random, random.choice(SYSTEMS)), _go(random))]


def outage(random: Random) -> list[Step]:
    """A side is away for a while; people go on."""
    how = random.choice(("refused", "silent", "503"))
    down = Step("outage", random.choice(SYSTEMS), how, random.randrange(3))
    acts = [act(random, random.choice(SYSTEMS)) for _ in range(2)]
    return [act(random, random.choice(SYSTEMS)), down, _go(random), *acts, _go(random)]


def store(random: Random) -> list[Step]:
    """An older store is put back, or an empty one begins beside live tickets."""
    acts = [act(random, random.choice(SYSTEMS)) for _ in range(2)]
    if random.random() < 0.35:
        return [acts[0], Step("lose"), *_maybe(random, acts[1]), _go(random)]
    opened = [_open(random, random.choice(SYSTEMS))]
    return [Step("backup"), acts[0], *_maybe(random, *opened), Step("level"), *_maybe(random, acts[1]),
            Step("restore"), *_maybe(random, act(random, random.choice(SYSTEMS))), _go(random)]  # fmt: skip


def config(random: Random) -> list[Step]:
    """The configuration changes while tickets are open; it may have to wait for a person."""
    change = Step("config", word=random.randrange(4), more=random.choice(CONFIGS))
    names = ("room", "room", "status", "subject", "urgent")
    acts = [
        act(random, side, name) for side in SYSTEMS if (name := random.choice(names)) in ACTS[side]
    ]
    return [
        *acts,
        change,
        _go(random),
        *_maybe(random, Step("operator", name="accept")),
        _go(random),
    ]


def operator(random: Random) -> list[Step]:
    """An operator gives a command while people work."""
    return [act(random, random.choice(SYSTEMS)), _operator(random, random.choice(OPERATORS)),
            act(random, random.choice(SYSTEMS)), _go(random)]  # fmt: skip


def _operator(random: Random, name: str) -> Step:
    return Step("operator", name=name, pick=random.randrange(4), word=random.randrange(4))


def switch(random: Random) -> list[Step]:
    """A vendor changes its manners from one day to the next."""
    side = random.choice(SYSTEMS)
    name = random.choice(list(SWITCHES[side]))
    turned = Step("switch", side, more={name: random.choice(SWITCHES[side][name])})
    return [
        turned,
        act(random, random.choice(SYSTEMS)),
        _go(random),
        *_maybe(random, Step("restart")),
    ]


def _maybe(random: Random, *steps: Step, often: float = 0.5) -> Sequence[Step]:
    return steps if random.random() < often else ()


SCENES = {
    "calm": (calm, 10), "rare": (rare, 12), "secret": (secret, 5), "clash": (clash, 9),
    "crash": (crash, 26), "between": (between, 12), "fault": (fault, 16), "outage": (outage, 4),
    "store": (store, 6), "config": (config, 5), "operator": (operator, 5), "switch": (switch, 2),
}  # fmt: skip
