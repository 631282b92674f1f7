"""Random histories over three desks and any links between them, all at work at once.

What is drawn and counted as in `history` and `play`, in small: people, crashes, lost stores, and
links whose calls and transactions are shuffled among each other.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sync_service.adapters.memory import US, Manners
from sync_service.core.comments import CommentRules
from sync_service.core.merge import Policy
from sync_service.core.values import Key, PublicComment, Side
from sync_service.engine.cycle import cycle
from tests.engine.chain import Chain, Links
from tests.engine.world import Crash

FORWARD = {"forward": True}
SHAPES: dict[str, Links] = {
    "chain": (("ab", "a", "b", {}), ("bc", "b", "c", FORWARD)),
    "chain both ways": (("ab", "a", "b", FORWARD), ("bc", "b", "c", FORWARD)),
    "ring": (("ab", "a", "b", FORWARD), ("bc", "b", "c", FORWARD), ("ca", "c", "a", FORWARD)),
    "star": (("ab", "a", "b", {}), ("ac", "a", "c", {})),
    "twins": (("ab", "a", "b", {}), ("ba", "b", "a", FORWARD), ("bc", "b", "c", FORWARD)),
}
WORDS = ("Printer", "Printer on fire", "Laptop", "Toner", "")
TALK = ("hi", "hi", "done")
ACTS = ("open", "edit", "edit", "edit", "say", "say", "whisper", "reword", "hush", "erase")


@dataclass(frozen=True)
class Act:
    """One thing that happens on a desk, chosen by numbers."""

    what: str
    desk: str = "a"
    pick: int = 0
    word: int = 0


@dataclass(frozen=True)
class Affair:
    """Three desks, a shape of links between them, and what happens."""

    shape: str
    manners: dict[str, Manners]
    policies: tuple[Policy, ...]
    acts: tuple[Act, ...]
    mixing: int


def drawn(seed: int, number: int) -> Affair:
    """Draw the affair of this number."""
    dice = random.Random(f"{seed}:{number}:chain")
    first = dice.choice("abc")
    kinds = [*ACTS, *ACTS, "run", "run", "run", "at once", "at once", "crash", "crash", "lose"]
    drawn = [
        Act(dice.choice(kinds), dice.choice("abc"), dice.randint(0, 80), dice.randint(0, 11))
        for _ in range(dice.randint(6, 14))
    ]
    acts = (Act("open", first), Act("run"), *drawn)
    return Affair(
        dice.choice(list(SHAPES)),
        {name: _manners(dice) for name in "abc"},
        tuple(
            Policy(dice.choice([Side.LEFT, Side.RIGHT, None]), None, dice.random() < 0.3)
            for _ in range(3)
        ),
        acts,
        dice.randint(0, 1000),
    )


def _manners(dice: random.Random) -> Manners:
    guarded = dice.random() < 0.5
    return Manners(
        lag=timedelta(seconds=dice.choice([0, 0, 3])),
        origin_field=dice.random() < 0.5,
        guarded=guarded,  # where it is not, its trail tells: no stated window is tested here (R20)
        page_size=dice.choice([1, 50]),
    )


class ChainPlay:
    """One affair. `reached` counts what truly happened, by class."""

    def __init__(self, affair: Affair) -> None:
        talk = CommentRules(internal=frozenset(Side))
        links = tuple(
            (name, left, right, {"policy": policy, "comments": talk, **changes})
            for (name, left, right, changes), policy in zip(
                SHAPES[affair.shape], affair.policies, strict=False
            )
        )
        self.affair, self.chain = affair, Chain(links, manners=affair.manners)
        self.reached: Counter[str] = Counter()
        self.typed: dict[tuple[str, str, str], tuple[object, float]] = {}
        self.kept: set[object] = set()
        self.dice = random.Random(affair.mixing)
        self.chain.died = lambda at: self.reached.update([f"crash: {at}"])

    def play(self) -> None:
        """Let everything happen, then let the sync come to rest undisturbed."""
        for act in self.affair.acts:
            self.reached[act.what] += self._act(act)
            self.chain.clock.tick(0.3)
        self.chain.fuse = None
        self.chain.clock.tick(60)
        for _ in range(4):
            if self.chain.run():
                break
        else:
            raise AssertionError("not level")
        self.remember()

    def remember(self) -> None:
        """Keep what conflicts kept, before a store is lost and at the end."""
        rows = self.chain.store.conflicts(closed=True)
        self.kept |= {
            value for row in rows for side in Side for value in row.conflict.values.of(side)
        }

    def _act(self, act: Act) -> bool:
        match act.what:
            case "run" | "crash":
                self.chain.fuse = act.pick if act.what == "crash" else None
                self.chain.run()
            case "at once":
                self.chain.fuse = act.pick if act.word < 4 else None
                asyncio.run(self._at_once())
            case "lose":
                self.remember()
                self.chain.lose_store()
            case _:
                return self._person(act)
        self.chain.fuse = None
        return True

    async def _at_once(self) -> None:
        """Run all links at once for a while, their steps shuffled."""
        run = self.chain.begin_run()
        self.chain.pause = self._pause
        works = [self.chain.at_work(link, run) for link in self.chain.links]
        try:
            for _ in range(4):
                await asyncio.gather(*(cycle(work) for work in works))
                self.chain.clock.tick(5)
        except Crash:
            await asyncio.sleep(0)
        finally:
            self.chain.pause = self.chain.no_pause

    async def _pause(self) -> None:
        for _ in range(self.dice.randint(0, 5)):
            await asyncio.sleep(0)

    def _person(self, act: Act) -> bool:
        desk = self.chain.desks[act.desk]
        by, tickets = f"{act.desk}@people.example", list(desk.records)
        if act.what == "open" or not tickets:
            made = desk.open({"title": WORDS[act.word % 4], "status": "New"}, by)
            self._typed(act.desk, made.id, "title", made.fields["title"])
            return True
        ticket = tickets[act.pick % len(tickets)]
        mine = [one for one in desk.records[ticket].comments if not one.ours and not one.deleted]
        match act.what:
            case "edit":
                name = "title" if act.word % 2 else "status"
                value = desk.fit(name, WORDS[(act.word + act.pick) % len(WORDS)])
                if value == desk.records[ticket].fields.get(name):
                    return False
                desk.edit(ticket, {name: value}, by)
                self._typed(act.desk, ticket, name, value)
            case "say" | "whisper":
                desk.say(ticket, TALK[act.word % 3], by, public=act.what == "say")
            case "reword" if mine:
                desk.reword(ticket, mine[act.word % len(mine)].id, f"edited {act.word}")
            case "hush" if mine:
                desk.turn_internal(ticket, mine[act.word % len(mine)].id)
            case "erase" if mine:
                desk.erase(ticket, mine[act.word % len(mine)].id)
            case _:
                return False
        return True

    def _typed(self, desk: str, ticket: str, name: str, value: object) -> None:
        self.typed[desk, ticket, name] = (value, self.chain.clock().timestamp())


class ChainJudge:
    """Hold an affair against the promises."""

    def __init__(self, play: ChainPlay) -> None:
        self.play, self.chain = play, play.chain
        #: Every ticket by (desk, id), with the person's ticket that it comes of.
        self.roots = {
            (name, record.id): self._root(name, record.id)
            for name, desk in self.chain.desks.items()
            for record in desk.records.values()
        }

    def judge(self) -> None:
        """Hold all promises."""
        before = self.chain.writes()
        self.chain.clock.tick(120)
        assert self.chain.run(), "not level after rest"
        assert before == self.chain.writes(), "a further cycle wrote"
        counts = Counter((root, place[0]) for place, root in self.roots.items())
        assert all(count == 1 for count in counts.values()), f"twice on a desk: {counts}"
        for root in set(self.roots.values()):
            group = [place for place, one in self.roots.items() if one == root]
            self._reaches(root, {name for name, _ in group})
            self._talk(group)
            for name in ("title", "status"):
                self._last(group, name)
        self._pairs_agree()

    def _root(self, desk: str, ticket: str) -> tuple[str, str]:
        record = self.chain.desks[desk].records[ticket]
        if record.by != US:
            return desk, ticket
        key = Key.parse(record.key)
        assert key is not None
        return self._root(key.system, key.ticket)

    def _reaches(self, root: tuple[str, str], desks: set[str]) -> None:
        """A ticket goes one link far, and on by the links that forward."""
        expected, grown = {root[0]}, True
        while grown:
            grown = False
            for name, left, right, changes in self.chain.links:
                del name
                for near, far in ((left, right), (right, left)):
                    goes = near == root[0] or changes.get("forward")
                    if near in expected and far not in expected and goes:
                        expected.add(far)
                        grown = True
        assert expected == desks, f"{root} is on {desks}, not on {expected}"

    def _talk(self, group: Sequence[tuple[str, str]]) -> None:
        """Each comment stands once on every desk, as its author left it; a note is nowhere public."""
        for desk, ticket in group:
            for said in self._comments(desk, ticket):
                if said.ours:
                    continue
                name = (desk, ticket, said.id)
                for other in group:
                    if other == (desk, ticket):
                        continue
                    copies = [
                        one for one in self._comments(*other) if self._origin(other[0], one) == name
                    ]
                    assert len(copies) <= 1, f"{name} is on {other} twice"
                    public = isinstance(said, PublicComment) and not said.deleted
                    for copy in copies:
                        assert public or not isinstance(copy, PublicComment), f"{name} is public"
                    if not said.deleted:
                        assert copies, f"{name} is not on {other}"
                        words = copies[0].body.split("\n[sync ")[0]
                        assert words.endswith(said.body), f"{name}: {said.body!r}, not {words!r}"

    def _origin(self, desk: str, comment: object) -> tuple[str, str, str] | None:
        body, origin = comment.body, comment.origin  # type: ignore[attr-defined]
        if not comment.ours:  # type: ignore[attr-defined]
            return None
        if not self.chain.desks[desk].manners.origin_field:
            parts = body.rpartition("[sync ")[2].rstrip("]").split(":")
        else:
            parts = [origin.system, origin.ticket, origin.comment]
        return parts[0], parts[1], parts[2]

    def _comments(self, desk: str, ticket: str) -> list:  # type: ignore[type-arg]
        return self.chain.desks[desk].records[ticket].comments

    def _last(self, group: Sequence[tuple[str, str]], name: str) -> None:
        """The last edit of all desks is shown where it was typed, or a conflict keeps it."""
        edits = [
            (at, place, value)
            for place in group
            for value, at in [self.play.typed.get((*place, name), (None, -1.0))]
            if at >= 0
        ]
        if not edits:
            return
        _, (desk, ticket), value = max(edits, key=lambda one: one[0])
        shown = self.chain.desks[desk].records[ticket].fields.get(name)
        filled = value is None and self.play.reached["lose"]
        assert shown == value or filled or value in self.play.kept, f"{value!r} was lost on {desk}"

    def _pairs_agree(self) -> None:
        """Both tickets of each pair show the same, or a person knows why not."""
        for link, left, right, _ in self.chain.links:
            for pair in self.chain.store.iterate(link):
                if not pair.whole:
                    continue
                disputed = {line.split(" ")[0] for line in pair.contested}
                disputed |= {refusal.item.split(" ")[0] for refusal in pair.refusals}
                near = self.chain.desks[left].records[pair.ids.left or ""].fields
                far = self.chain.desks[right].records[pair.ids.right or ""].fields
                for name in {"title", "status"} - disputed:
                    assert near.get(name) == far.get(name), f"{link} {pair.ids}: {name} differs"


def shortest(affair: Affair, fails: object) -> Affair:
    """Leave out acts as long as the affair fails."""
    acts = list(affair.acts)
    for place in range(len(acts) - 1, -1, -1):
        fewer = tuple(acts[:place] + acts[place + 1 :])
        if fails(replace(affair, acts=fewer)):  # type: ignore[operator]
            acts = list(fewer)
    return replace(affair, acts=tuple(acts))
