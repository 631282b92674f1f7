"""What scenes draw from: somebody acts, the daemon goes on, something may be left out."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from tests.certify.acts import ACTS
from tests.certify.classes import PROVOKE
from tests.certify.steps import SAME, Step

RARE = (
    "edit_comment", "delete_comment", "hide_comment", "publish_comment", "urgent", "delete",
    "undelete", "clone", "empty",
)  # fmt: skip


def opened(random: Random, side: str) -> Step:
    """Somebody opens a ticket."""
    return Step("person", side, "open", random.randrange(4), random.randrange(20))


def act(random: Random, side: str, name: str = "", pick: int = SAME) -> Step:
    """Let somebody act; without a name on whatever line."""
    if name == "open":
        return opened(random, side)
    name = name or random.choice([one for one in ACTS[side] if one not in RARE])
    return Step("person", side, name, pick, random.randrange(24))


def go(random: Random) -> Step:
    """The daemon goes on for a while, or until all is level."""
    return Step(
        random.choice(("run", "run", "level")), pick=random.randrange(3), word=random.randrange(3)
    )


def commanded(random: Random, name: str) -> Step:
    """An operator gives a command."""
    return Step("operator", name=name, pick=random.randrange(4), word=random.randrange(4))


def provoked(random: Random, kind: str) -> Step:
    """Somebody does what makes the daemon call in this way."""
    side, name = random.choice(PROVOKE.get(kind, (("incidentiq", ""), ("servicenow", ""))))
    return act(random, side, name)


def maybe(random: Random, *steps: Step, often: float = 0.5) -> Sequence[Step]:
    """Leave steps out as often as not."""
    return steps if random.random() < often else ()
