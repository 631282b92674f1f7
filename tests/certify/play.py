"""Play a history: people, faults, crashes and operators, one step after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sync_service.store import Store
from tests.certify.acts import ACTS, AGENTS, opening
from tests.certify.desks import Dump
from tests.certify.diary import LINK, Diary, Root, kept_values, root_of, seen_lines
from tests.certify.lines import Value
from tests.certify.network import Call
from tests.certify.operating import Operators
from tests.certify.scenery import Revision
from tests.certify.site_rules import moved
from tests.certify.steps import SAME, History, Step
from tests.certify.tally import tallied
from tests.certify.targets import WRITES, kind, lines_written, tickets_read
from tests.certify.vendors import Vendors
from tests.certify.world import World
from tests.engine.world import Backup


class Play:
    """One history in one world; `tests.certify.judge` judges it."""

    def __init__(self, world: World, history: History) -> None:
        self.world, self.history = world, history
        self.diary = Diary(world.loop.time)
        self.counts: Counter[str] = Counter()
        self.operators = Operators(world, self.diary, self.counts)
        self.vendors = Vendors(world)
        self.saved: Backup | None = None
        self.focus: Root = ("", "")
        self.pending: list[tuple[Step, list[int]]] = []
        self.revisions: set[Revision] = {world.revision}
        self.level = False
        world.between = self._between
        for side, desk in world.desks.items():
            desk.watch(lambda *call, side=side: self._handled(side, *call))

    def play(self) -> None:
        """Let everything happen."""
        for step in self.history.steps:
            self.counts[f"step {step.what}"] += 1
            if step.fuse:
                self.world.fuse = ("" if step.fuse == "*" else step.fuse, step.nth)
            happens = getattr(self.vendors, step.what, None) or getattr(self, f"_{step.what}")
            happens(step)
            self.world.fuse = None
            self.world.wait(0.3)

    def rest(self) -> None:
        """End all trouble and let the daemon come to rest."""
        world = self.world
        self.pending.clear()
        self.vendors.recover()
        for ticket in list(self.diary.secrets):
            self._unflag(ticket)
        world.store.resume(LINK)
        self.operators.accepts()
        world.wait(60)
        self.level = self._levelled()
        if world.store.problems() and not self._retried():
            self.level = False

    def tally(self) -> Counter[str]:
        """Count all that was reached, by class."""
        return self.counts + tallied(self.world)

    def _retried(self) -> bool:
        """Retry every problem once, as an operator would when the trouble is over."""
        numbers = [row.id for row in self.world.store.problems()]
        self.world.store.ask("retry", {"ids": numbers})
        self.world.wait(1)
        return self._levelled()

    def _levelled(self) -> bool:
        level = self.world.do(lambda: self.world.level(60))
        self.secrets_are_kept()
        return bool(level)

    # What the daemon does

    def _run(self, step: Step) -> None:
        for _ in range(step.pick % 2 + 1):
            self.world.do(self.world.cycle)
            self.world.wait((0.5, 2.0, 6.0)[step.word % 3])
        self.secrets_are_kept()

    def _level(self, step: Step) -> None:
        minutes = step.more.get("minutes", 2)
        self.world.do(lambda: self.world.level(minutes))
        self.secrets_are_kept()

    def _restart(self, step: Step) -> None:
        self.world.do(self.world.start)

    def _wait(self, step: Step) -> None:
        self.world.wait((1.0, 5.0, 20.0, 90.0, 900.0)[step.pick % 5])

    # What happens to the store and the configuration

    def _backup(self, step: Step) -> None:
        self.saved = self.world.backup()

    def _restore(self, step: Step) -> None:
        if self.saved is None:
            return
        self._remember()
        self.world.restore(self.saved)

    def _lose(self, step: Step) -> None:
        self._remember()
        self.world.lose_store()

    def _remember(self) -> None:
        self.diary.kept |= kept_values(self.store)
        self.diary.lost_store = True

    def _config(self, step: Step) -> None:
        change: dict[str, Any] = dict(step.more)
        self.world.revision = replace(self.world.revision, **change)
        self.revisions.add(self.world.revision)
        self.world.do(self.world.start)
        if step.word % 2:
            self.operators.command("accept", link=LINK)

    def _operator(self, step: Step) -> None:
        self.operators.operate(step)

    # What people do

    def _between(self, when: str, call: Call) -> None:
        """Let somebody act in the middle of the daemon's work."""
        for waiting in list(self.pending):
            step, left = waiting
            if step.point.startswith("@"):
                left[0] -= 1
            if left[0] < 0 or step.point == f"{when} {call.kind}":
                self.pending.remove(waiting)
                self.counts[f"between {when}"] += 1
                near = self.world.desks[call.side].ticket(call.ident)
                mine = near if step.side == call.side and step.word % 2 else None
                self._act(step, mine)

    def _person(self, step: Step) -> None:
        if step.point:
            nth = int(step.point[1:]) if step.point.startswith("@") else 0
            self.pending.append((step, [nth]))
        else:
            self._act(step)

    def _act(self, step: Step, target: Dump | None = None) -> None:
        if step.name == "open":
            self._open(step)
            return
        there = list(self.world.desks[step.side].tickets().values())
        alive = [one for one in there if one["deleted"] == (step.name == "undelete")]
        if step.pick == SAME:
            same = [one for one in alive if root_of(step.side, one) == self.focus]
            target = target or next(iter(same), None)
        if alive:
            self._on(step, target or alive[step.pick % len(alive)])

    def _open(self, step: Step) -> None:
        desk, token = self.world.desks[step.side], self.diary.token()
        order = opening(step.side, step.word, token)
        done = desk.act(AGENTS[step.pick % 2] or "", **order)
        assert done is not None, f"nobody could open {order}"
        ticket = done["ticket"]
        self.counts[f"person {step.side} open"] += 1
        if ticket.get("sensitive"):
            self.diary.secrets[ticket["id"]] = [token]
        self.diary.opened(step.side, ticket)
        self.focus = (step.side, ticket["id"])

    def _on(self, step: Step, ticket: Dump) -> None:
        desk, token = self.world.desks[step.side], self.diary.token()
        if step.name == "not_sensitive":
            self._unflag(ticket["id"])
            return
        order = ACTS[step.side][step.name](ticket, step.word, token)
        if order is None:
            return
        base = seen_lines(self.store, step.side, ticket)
        order["ticket"] = ticket["id"]
        done = desk.act(AGENTS[step.pick % 2] or "", **order)
        if done is None:
            return
        self.counts[f"person {step.side} {step.name}"] += 1
        self.focus = root_of(step.side, ticket)
        self._noted(step, ticket, order, done, token, base)

    def _noted(
        self,
        step: Step,
        ticket: Dump,
        order: dict[str, Any],
        done: Dump,
        token: str,
        base: dict[str, Value],
    ) -> None:
        """Write into the diary what was done."""
        diary, desk = self.diary, self.world.desks[step.side]
        if step.side == "incidentiq" and ticket["id"] in diary.secrets:
            diary.secrets[ticket["id"]].append(token)
        if step.name == "sensitive":
            diary.secrets.setdefault(ticket["id"], [])
        if step.name == "clone":
            diary.clones.add(done["ticket"]["id"])
            return
        if step.name in ("delete", "undelete"):
            diary.ever_deleted.add(root_of(step.side, ticket))
            if not self.store.find_pairs(ticket["id"], system=step.side):
                diary.unknown.add((step.side, ticket["id"]))
        if "comment" in done:
            diary.commented(step.side, ticket["id"], order["do"], done["comment"])
        after = desk.ticket(ticket["id"])
        if after is not None:
            diary.edited(step.side, ticket, after, base)

    def _unflag(self, ident: str) -> None:
        self.secrets_are_kept()
        self.world.desks["incidentiq"].act("", "not_sensitive", ticket=ident)
        self.counts["person incidentiq not_sensitive"] += 1
        self.diary.secrets.pop(ident, None)

    # What was seen on the wire

    def _handled(
        self, side: str, method: str, path: str, query: str, body: bytes
    ) -> Callable[[], None]:
        for ident in tickets_read(side, method, path, query):
            self.diary.reads[ident] = self.world.loop.time()
        if (one := kind(side, method, path, body)) in WRITES:
            self.counts[f"write {one}"] += 1
        ident, lines = lines_written(side, method, path, body)
        if lines and not self._tells(side):
            self.diary.overwrites(side, ident, lines)
        if one not in ("servicenow create", "servicenow update"):
            return lambda: None
        before = self.tickets(side)
        return lambda: self._ruled(side, before, body)

    def _ruled(self, side: str, before: dict[str, Dump], body: bytes) -> None:
        for ticket, state in moved(before, self.tickets(side), body):
            self.diary.ruled(side, ticket, "status", state)

    def _tells(self, side: str) -> bool:
        """Tell whether the vendor shows afterwards what a write replaced (its adapter's README)."""
        audit = side == "servicenow" and self.world.desks[side].world.switches.word("audit")
        return audit == "readable"

    def secrets_are_kept(self) -> None:
        """Find no word on the far side that was typed while its ticket was sensitive (R13)."""
        if not any(self.diary.secrets.values()):
            return
        shown = repr(self.world.desks["servicenow"].tickets())
        for ticket, tokens in self.diary.secrets.items():
            for token in tokens:
                assert token not in shown, f"leak: {token} of sensitive ticket {ticket} left home"

    # What a judge asks

    @property
    def store(self) -> Store:
        """What the daemon remembers."""
        return self.world.store

    @property
    def policies(self) -> Mapping[str, str]:
        """The link's policies."""
        return self.world.scenery.policies

    @property
    def revision(self) -> Revision:
        """The configuration in force."""
        return self.world.revision

    @property
    def broken(self) -> list[str]:
        """What went wrong inside the simulators."""
        return self.world.network.broken

    def tickets(self, side: str) -> dict[str, Dump]:
        """Dump a side."""
        return self.world.desks[side].tickets()

    def sweep(self) -> None:
        """Let the nightly sweep come, which only tells."""
        self.operators.command("sweep", links=[LINK], repair=False)
        self._levelled()

    def idle(self) -> int:
        """Let two further cycles pass, and count the writes."""
        before = self.world.writes
        self.world.wait(120)
        for _ in range(2):
            self.world.do(self.world.cycle)
            self.world.wait(5)
        return self.world.writes - before
