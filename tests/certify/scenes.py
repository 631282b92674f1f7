"""Scenes that histories are made of, drawn so that what is rare by itself is as frequent as the rest.

A scene is a few steps about one ticket: somebody acts, and something happens to what the daemon
makes of it. A crash is drawn by the class of its point, with an act that leads there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from tests.certify.acts import ACTS
from tests.certify.classes import OPERATORS
from tests.certify.crashing import crash
from tests.certify.draws import RARE, act, commanded, go, maybe, opened, provoked
from tests.certify.scenery import SWITCHES, SYSTEMS
from tests.certify.steps import SAME, Step
from tests.certify.targets import READ_KINDS, WRITES
from tests.certify.trouble import fault, outage, revoked, stale, unheard

#: Lines that both sides can edit.
CLASHES = ("subject", "subject", "description", "status", "priority", "assign", "room")
CONFIGS: tuple[Mapping[str, Any], ...] = (
    {"table": "other"}, {"table": "shipped"}, {"room": True}, {"room": True}, {"room": False},
    {"narrow": True}, {"narrow": False},
)  # fmt: skip


def scenes(random: Random) -> list[Step]:
    """Draw the steps of one history."""
    steps = [opened(random, random.choice(SYSTEMS))]
    if random.random() < 0.3:
        steps.append(opened(random, random.choice(SYSTEMS)))
    if random.random() < 0.85:
        steps.append(Step("level"))
    names = list(SCENES)
    for name in random.choices(names, [SCENES[one][1] for one in names], k=random.randint(2, 5)):
        steps += SCENES[name][0](random)
    return steps


def calm(random: Random) -> list[Step]:
    """People work, and the daemon follows."""
    pick = random.choice((SAME, SAME, random.randrange(4)))
    acts = [act(random, random.choice(SYSTEMS), pick=pick) for _ in range(random.randint(1, 3))]
    return [*acts, go(random)]


def rare(random: Random) -> list[Step]:
    """Somebody does what people seldom do, twice, between ordinary acts."""
    steps = [*_seldom(random), *_seldom(random)]
    return [*steps, *maybe(random, act(random, random.choice(SYSTEMS))), go(random)]


def _seldom(random: Random) -> list[Step]:
    side = random.choice(SYSTEMS)
    name = random.choice([one for one in RARE if one in ACTS[side]])
    steps = [act(random, side, name)]
    if name.endswith("_comment"):
        said = "note" if name == "publish_comment" else "comment"
        return [act(random, side, said), *maybe(random, Step("level")), *steps]
    if name in ("delete", "undelete"):
        undone = [act(random, side, "undelete"), *maybe(random, Step("operator", name="retry"))]
        return [act(random, side, "delete"), *maybe(random, go(random)), *maybe(random, *undone)]
    return steps


def secret(random: Random) -> list[Step]:
    """A ticket turns sensitive, people go on talking, and perhaps it turns back."""
    talk = [
        act(random, "incidentiq", random.choice(("subject", "comment", "note"))) for _ in range(2)
    ]
    steps = [act(random, "incidentiq", "sensitive"), *talk, act(random, "servicenow"), go(random)]
    if random.random() < 0.5:
        point = f"{random.choice(('before', 'after'))} {random.choice(READ_KINDS)}"
        steps[0] = replace(steps[0], point=point)
        steps.insert(0, act(random, "incidentiq"))
    return [*steps, *maybe(random, act(random, "incidentiq", "not_sensitive"), go(random))]


def clash(random: Random) -> list[Step]:
    """Both sides edit one line before either edit was carried; somebody may settle it."""
    line = random.choice(CLASHES)
    sides = random.sample(SYSTEMS, 2)
    steps = [act(random, sides[0], line), act(random, sides[1], line), go(random)]
    if random.random() < 0.4:
        steps.append(commanded(random, random.choice(("resolve", "restore"))))
    return steps


def between(random: Random) -> list[Step]:
    """Somebody acts in the middle of the daemon's work, most often on what it is about to write."""
    kind = random.choice(WRITES)
    lead = provoked(random, kind)
    point = f"{random.choice(('before', 'before', 'sent', 'after'))} {kind}"
    if random.random() < 0.3:
        point = f"@{random.randrange(40)}"
    side = kind.partition(" ")[0]
    same = lead.name if lead.name in ACTS[side] and random.random() < 0.6 else ""
    other = act(random, side if random.random() < 0.8 else random.choice(SYSTEMS), same)
    return [replace(other, point=point), lead, go(random)]


def store(random: Random) -> list[Step]:
    """An older store is put back, or an empty one begins beside live tickets."""
    acts = [act(random, random.choice(SYSTEMS)) for _ in range(2)]
    if random.random() < 0.35:
        return [acts[0], Step("lose"), *maybe(random, acts[1]), go(random)]
    more = [opened(random, random.choice(SYSTEMS))]
    return [Step("backup"), acts[0], *maybe(random, *more), Step("level"), *maybe(random, acts[1]),
            Step("restore"), *maybe(random, act(random, random.choice(SYSTEMS))), go(random)]  # fmt: skip


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
        go(random),
        *maybe(random, Step("operator", name="accept")),
        go(random),
    ]


def operator(random: Random) -> list[Step]:
    """An operator gives a command while people work, after what makes it mean something."""
    # Only the policy `ask` leaves something to resolve, and that is one in six.
    name = random.choice((*OPERATORS, *("resolve",) * 5))
    steps = [act(random, random.choice(SYSTEMS))]
    if name in ("retry", "dismiss"):
        steps += [act(random, random.choice(SYSTEMS), "delete"), Step("level")]
    elif name in ("resolve", "restore"):
        line = random.choice(("subject", "description"))
        steps += [act(random, side, line) for side in SYSTEMS] + [Step("level")]
    elif name == "accept":
        steps += [Step("config", more={"narrow": one}) for one in (True, False)]
    elif name == "resume":
        steps.append(commanded(random, "pause"))
    return [*steps, commanded(random, name), act(random, random.choice(SYSTEMS)), go(random)]


def switch(random: Random) -> list[Step]:
    """A vendor changes its manners from one day to the next."""
    side = random.choice(SYSTEMS)
    name = random.choice(list(SWITCHES[side]))
    turned = Step("switch", side, more={name: random.choice(SWITCHES[side][name])})
    return [
        turned,
        act(random, random.choice(SYSTEMS)),
        go(random),
        *maybe(random, Step("restart")),
    ]


SCENES = {
    "calm": (calm, 8), "rare": (rare, 12), "secret": (secret, 5), "clash": (clash, 8),
    "crash": (crash, 42), "between": (between, 9), "fault": (fault, 20), "unheard": (unheard, 16),
    "revoked": (revoked, 3), "stale": (stale, 5), "outage": (outage, 4), "store": (store, 6), "config": (config, 5),
    "operator": (operator, 13), "switch": (switch, 2),
}  # fmt: skip
