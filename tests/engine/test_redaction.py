"""Redaction with the whole engine: what is redacted stays home, and is never lost there (R12, R13)."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync_service.adapters.memory import US, Manners
from sync_service.adapters.redacting import redacting
from sync_service.core.comments import CommentRules, Edits
from sync_service.core.merge import Policy
from sync_service.core.redaction import Redact, Redaction
from sync_service.core.values import InternalNote, Side, Sides
from sync_service.engine.scrub import scrub
from sync_service.errors import UnknownOutcome
from tests.engine.acts import ADA, TECH, joined, once
from tests.engine.world import World

SECRET = re.compile(r"\b\d{3}-\d{4}\b")
RULES = Redaction((Redact("[phone]", SECRET),))
LEFT, RIGHT = Side.LEFT, Side.RIGHT


@dataclass(eq=False)
class Masked(World):
    """A world whose link redacts."""

    redaction: Redaction = field(default_factory=lambda: RULES)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.plain = (self.adapters.left, self.adapters.right)
        self.changes = {**self.changes, "redaction": self.redaction}
        self.adapters = self.adapters.map(lambda one: redacting(one, self.redaction))  # type: ignore[arg-type, return-value]

    def stored(self) -> str:
        """Give all that the store holds, as text."""
        return str(self.backup())

    def writes_of_both(self) -> int:
        """Count the writes that reached the desks."""
        names = ("create", "update", "reply", "note", "rewrite", "hide")
        return sum(one.requests.get(name, 0) for one in self.plain for name in names)

    def title(self, side: Side, ticket: str) -> object:
        """Give what a desk itself holds."""
        return self.desks.of(side).records[ticket].fields.get("title" if side is LEFT else "short")


def test_the_far_side_and_the_store_get_the_mark_and_the_original_stays() -> None:
    """R13: in fields and in comments, public and internal."""
    world = Masked()
    here, there = joined(world, title="Call 555-0100 about the cart")
    world.desks.left.say(here, "Mum: 555-0101", ADA)
    world.desks.left.say(here, "Dad: 555-0102", ADA, public=False)
    world.settle()

    assert "Call [phone] about the cart" == world.title(RIGHT, there)
    bodies = [one.body for one in world.desks.right.records[there].comments]
    assert ["Mum: [phone]", "Dad: [phone]"] == [body.split("\n\n")[1] for body in bodies]
    assert "Call 555-0100 about the cart" == world.title(LEFT, here)
    assert not SECRET.search(world.stored())
    before = world.writes_of_both()
    world.settle()
    assert before == world.writes_of_both()


def test_an_edit_beside_the_mark_flows_and_one_of_the_secret_alone_does_not() -> None:
    """R13: what nobody may see there is no news there either."""
    world = Masked()
    here, there = joined(world, title="Call 555-0100")
    world.desks.left.edit(here, {"title": "Call 555-0199"}, ADA)
    before = world.writes_of_both()
    world.settle()
    assert before == world.writes_of_both()

    world.desks.left.edit(here, {"title": "Please call 555-0199"}, ADA)
    world.settle()

    assert "Please call [phone]" == world.title(RIGHT, there)
    assert "Please call 555-0199" == world.title(LEFT, here)


@pytest.mark.parametrize("winner", [LEFT, RIGHT, None])
def test_an_edit_of_the_redacted_copy_never_goes_over_the_original(winner: Side | None) -> None:
    """R12: whoever wins conflicts: the original's side goes on, or a person is asked."""
    world = Masked(policy=Policy(winner, None))
    here, there = joined(world, title="Call 555-0100")
    world.desks.right.edit(there, {"short": "Call [phone], it is urgent"}, TECH)
    world.settle()

    assert "Call 555-0100" == world.title(LEFT, here)
    (conflict,) = world.conflicts()
    assert ("Call [phone]",) == conflict.conflict.values.left
    assert ("Call [phone], it is urgent",) == conflict.conflict.values.right
    kept = "Call [phone]" if winner is LEFT else "Call [phone], it is urgent"
    assert kept == world.title(RIGHT, there)


def test_a_secret_typed_on_the_far_side_stays_there_just_so() -> None:
    """R13: rules hold both ways."""
    world = Masked()
    here, there = joined(world, title="Cart")
    world.desks.right.edit(there, {"short": "Cart, call 555-0100"}, TECH)
    world.settle()

    assert "Cart, call [phone]" == world.title(LEFT, here)
    assert "Cart, call 555-0100" == world.title(RIGHT, there)
    assert not SECRET.search(world.stored())


def test_a_crash_between_write_and_record_is_settled_through_the_redaction() -> None:
    """R17: what was noted and what is read are redacted alike."""
    world = Masked()
    here, there = joined(world, title="Call 555-0100")
    for fuse in range(12):
        world.desks.left.edit(here, {"title": f"{fuse}: call 555-0100"}, ADA)
        world.fuse = fuse
        world.settle()
        world.fuse = None

        assert f"{fuse}: call [phone]" == world.title(RIGHT, there)
        assert [] == world.conflicts()


def test_a_person_finds_no_vendor_words_unredacted() -> None:
    """R25: a refusal quotes what was sent, and a vendor may quote more."""
    world = Masked()
    here, _ = joined(world, title="Cart")
    world.desks.right.refuses = lambda name, value: (
        "no, call 555-0100" if name == "short" and value != "Cart" else ""
    )
    world.desks.left.edit(here, {"title": "Cart is on fire"}, ADA)
    world.settle()

    assert "no, call [phone]" == world.problems()["refused"].words
    assert not SECRET.search(world.stored())


def test_a_lost_answer_whose_error_quotes_a_secret_leaves_none_in_the_store() -> None:
    """R13: the reason of a delay is stored as well."""
    world = Masked()
    here, _ = joined(world, title="Cart")
    world.between = once(UnknownOutcome("500: call 555-0100"), ("right", "before", "update"))
    world.desks.left.edit(here, {"title": "Cart is on fire"}, ADA)
    world.run(minutes=0.01)

    assert not SECRET.search(world.stored())


#: The last becomes a secret only where a desk cuts it.
WORDS = ("Cart", "Call 555-0100", "555-0101", "x 555-0102 y", "[phone]", "", "x 555-01023")
TALK = ("hi", "Mum: 555-0103", "[phone]")


@dataclass(frozen=True)
class Act:
    """What somebody does on a side."""

    what: str
    side: Side
    word: int


def _acts() -> st.SearchStrategy[list[Act]]:
    kinds = st.sampled_from(["edit", "edit", "say", "whisper", "reword", "run"])
    act = st.builds(Act, kinds, st.sampled_from(list(Side)), st.integers(0, 6))
    return st.lists(act, min_size=1, max_size=7)


def _play(world: Masked, act: Act, ticket: str) -> None:
    desk, name = world.desks.of(act.side), "title" if act.side is LEFT else "short"
    by, said = ADA if act.side is LEFT else TECH, TALK[act.word % len(TALK)]
    match act.what:
        case "edit":
            desk.edit(ticket, {name: WORDS[act.word]}, by)
        case "say" | "whisper":
            desk.say(ticket, said, by, public=act.what == "say")
        case "reword":
            theirs = [c for c in desk.records[ticket].comments if c.author.email != US]
            if theirs:
                desk.reword(ticket, theirs[-1].id, said)
        case "run":
            world.settle()


def _manners() -> st.SearchStrategy[Manners]:
    """Give desks that cut in the middle of marks and secrets."""
    return st.builds(
        Manners, cut=st.sampled_from([0, 0, 8, 10]), origin_field=st.booleans(), edits=st.booleans()
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    _acts(),
    _manners(),
    _manners(),
    st.sampled_from([LEFT, RIGHT, None]),
    st.sampled_from(WORDS),
    st.sampled_from(["[phone]", "[a phone number]"]),
)
def test_no_history_tells_a_secret_or_loses_one(
    acts: list[Act], left: Manners, right: Manners, winner: Side | None, title: str, mark: str
) -> None:
    """R12, R13: level is reached, no secret leaves its side, and no original is overwritten."""
    world = Masked(
        left,
        right,
        policy=Policy(winner, None),
        comments=CommentRules(internal=frozenset(Side), edits=Edits.FOLLOW),
        redaction=Redaction((Redact(mark, SECRET),)),
    )
    here, there = joined(world, title=title)
    tickets, last = {LEFT: here, RIGHT: there}, {LEFT: world.title(LEFT, here)}
    for act in acts:
        _play(world, act, tickets[act.side])
        if act.what == "edit":
            last[act.side] = world.title(act.side, tickets[act.side])
        world.clock.tick(1)
    world.settle()

    for side in Side:
        value, typed = world.title(side, tickets[side]), last.get(side)
        if isinstance(typed, str) and SECRET.search(typed):
            assert typed == value, "an original was overwritten"
        elif SECRET.search(str(value)):
            raise AssertionError(f"{value!r} came to {side} from the other")
        for comment in world.desks.of(side).records[tickets[side]].comments:
            assert not (comment.ours and SECRET.search(comment.body)), comment
    assert not SECRET.search(world.stored())


def test_a_note_stays_a_note_when_it_is_redacted() -> None:
    """R13: the two gates stand one behind the other."""
    world = Masked(comments=CommentRules(internal=frozenset({RIGHT})))
    here, there = joined(world)
    world.desks.left.say(here, "555-0100", ADA, public=False)
    world.settle()

    (copy,) = world.desks.right.records[there].comments
    assert isinstance(copy, InternalNote)
    assert Sides(here, there) == world.pair().ids


def test_a_rule_that_is_added_later_cleans_the_store_and_writes_nothing_by_itself() -> None:
    """R13, R27: what was stored before is redacted before the rule's first pass."""
    world = Masked(redaction=Redaction(), policy=Policy(None, None))
    here, there = joined(world, title="Call 555-0100")
    world.desks.right.refuses = lambda _, value: "555-0101?" if "fire" in str(value) else ""
    world.desks.left.edit(here, {"title": "Fire: 555-0100 fire"}, ADA)
    world.settle()
    world.desks.left.edit(here, {"title": "mine 555-0102"}, ADA)
    world.desks.right.edit(there, {"short": "theirs 555-0103"}, TECH)
    world.settle()
    assert SECRET.search(world.stored())
    assert world.conflicts()

    world.changes["redaction"] = RULES
    world.adapters = Sides(*(redacting(one, RULES) for one in world.plain))  # type: ignore[arg-type]
    asyncio.run(scrub(world.start()))

    assert not SECRET.search(world.stored())
    assert ("mine [phone]",) == world.conflicts()[-1].conflict.values.left
    before = world.writes_of_both()
    world.settle()
    assert before == world.writes_of_both()
