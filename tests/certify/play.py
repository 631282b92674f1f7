"""Play a history: people, faults, crashes and operators, one step after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sync_service.store import Store
from tests.certify.acts import ACTS, AGENTS, opening
from tests.certify.classes import point_class
from tests.certify.desks import Dump
from tests.certify.diary import LINK, SIDES, Diary, Root, kept_values, root_of, seen_lines
from tests.certify.lines import Value, line_named
from tests.certify.network import Call
from tests.certify.scenery import SYSTEMS, Revision, Scenery
from tests.certify.steps import SAME, History, Step
from tests.certify.targets import WRITES, kind, lines_written, tickets_read
from tests.certify.world import World
from tests.engine.world import Backup


class Play:
    """One history in one world; `tests.certify.judge` judges it."""

    def __init__(self, world: World, history: History) -> None:
        self.world, self.history = world, history
        self.diary = Diary(world.loop.time)
        self.counts: Counter[str] = Counter()
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
            getattr(self, f"_{step.what}")(step)
            self.world.fuse = None
            self.world.wait(0.3)

    def rest(self) -> None:
        """End all trouble and let the daemon come to rest."""
        world = self.world
        self.pending.clear()
        for desk in world.desks.values():
            desk.world.faults.clear()
        for host in world.network.hosts.values():
            host.down = ""
        for ticket in list(self.diary.secrets):
            self._unflag(ticket)
        world.store.resume(LINK)
        world.store.accept(LINK)
        world.wait(60)
        self.level = self._levelled()
        if world.store.problems() and not self._retried():
            self.level = False

    def tally(self) -> Counter[str]:
        """Count all that was reached, by class."""
        world, counts = self.world, Counter(self.counts)
        counts[f"start {world.scenery.start}"] += 1
        for point, number in world.passed.items():
            counts[f"point {point_class(point)}"] += number
        for point, number in world.crashes.items():
            counts[f"crash {point_class(point)}"] += number
        counts += Counter({f"outage {name}": n for name, n in world.network.outages.items()})
        for side, desk in world.desks.items():
            for call in desk.world.log.since(0):
                one = kind(side, call["method"], call["path"], b"{}")
                what = "write" if one in WRITES else "read"
                for name in filter(None, call["fault"].split("+")):
                    told = f"{name} {call['status']}" if name == "status" else name
                    counts[f"fault {told} {side} {what}"] += 1
        counts += Counter({f"answer {name}": n for name, n in world.network.answers.items()})
        counts += Counter(f"manner {one}" for one in _manners(world.scenery))
        return counts

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
        self.world.do(lambda: self.world.level(2))
        self.secrets_are_kept()

    def _restart(self, step: Step) -> None:
        self.world.do(self.world.start)

    def _wait(self, step: Step) -> None:
        self.world.wait((1.0, 5.0, 20.0, 90.0, 900.0)[step.pick % 5])

    # What happens to the vendors

    def _fault(self, step: Step) -> None:
        order = dict(step.more)
        self.world.desks[step.side].world.faults.add([order])

    def _outage(self, step: Step) -> None:
        host = next(h for h in self.world.network.hosts.values() if h.side == step.side)
        host.down = step.name
        seconds = (3.0, 20.0, 120.0)[step.pick % 3]
        self.world.loop.call_later(seconds, setattr, host, "down", "")

    def _switch(self, step: Step) -> None:
        self.world.desks[step.side].world.switches.turn(dict(step.more))

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
            self._command("accept", link=LINK)

    # What operators do

    def _operator(self, step: Step) -> None:
        store, state = self.world.store, self.world.store.link_state(LINK)
        match step.name:
            case "accept" | "pause" | "resume":
                does = {"accept": state.pending is not None, "resume": state.paused}
                self._command(step.name, does=does.get(step.name, True), link=LINK)
            case "retry":
                numbers = [row.id for row in store.problems()]
                self._command("retry", does=bool(numbers), ids=numbers)
            case "dismiss":
                self._dismiss()
            case "unpair":
                self._unpair(step)
            case "resolve" | "restore":
                self._conflict(step)
            case "sweep":
                self._command("sweep", links=[LINK], repair=step.word % 2 == 1)

    def _dismiss(self) -> None:
        """Say of all problems that they may rest; the pair of a lost ticket ends with that (R14)."""
        rows = self.world.store.problems()
        for row in rows:
            if row.problem.code in ("gone", "merged") and row.problem.pair is not None:
                self._part(row.problem.pair)
        self._command("dismiss", does=bool(rows), ids=[row.id for row in rows])

    def _unpair(self, step: Step) -> None:
        pairs = [one for one in self.world.store.iterate(LINK) if one.ids.left and one.ids.right]
        if pairs:
            pair = pairs[step.pick % len(pairs)]
            self._part(pair.id)
            self._command("unpair", pair=pair.id, forget=False)

    def _part(self, pair: int) -> None:
        """Note that nobody expects these two tickets to be alike any more."""
        for found in self.world.store.load([pair]):
            for side, desk in self.world.desks.items():
                ident = found.ids.of(SIDES[side])
                shown = desk.ticket(ident) if ident else None
                self.diary.parted |= {root_of(side, shown)} if shown else set()

    def _command(self, command: str, *, does: bool = True, **args: Any) -> None:
        """Give a command; one that has nothing to do is given, but not counted."""
        self.world.store.ask(command, args)
        self.world.do(self.world.cycle)
        self.counts[f"operator {command}"] += does

    def _conflict(self, step: Step) -> None:
        """Settle a conflict by command; what stands on that line has been seen by a person."""
        decided = step.name == "restore"
        rows = [
            row for row in self.world.store.conflicts() if (row.conflict.winner is None) != decided
        ]
        if not rows:
            return
        row = rows[step.pick % len(rows)]
        more: dict[str, Any] = (
            {} if decided else {"to": ("incidentiq", "servicenow")[step.word % 2]}
        )
        marks = self._marks(row.conflict.pair, row.conflict.line)
        for mark in marks:
            self.diary.decided(*mark)
        self._command(step.name, conflict=row.id, **more)
        for mark in marks:
            self.diary.decided(*mark)

    def _marks(self, pair: int, line: str) -> list[tuple[tuple[str, str], str]]:
        found = self.world.store.load([pair])
        ids = found[0].ids if found else None
        name = line_named(line)
        if ids is None or ids.left is None or name is None:
            return []
        shown = self.world.desks["incidentiq"].ticket(ids.left)
        return [(root_of("incidentiq", shown), name)] if shown else []

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
        base = seen_lines(self.store, step.side, ticket["id"])
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

    def _handled(self, side: str, method: str, path: str, query: str, body: bytes) -> None:
        for ident in tickets_read(side, method, path, query):
            self.diary.reads[ident] = self.world.loop.time()
        if (one := kind(side, method, path, body)) in WRITES:
            self.counts[f"write {one}"] += 1
        ident, lines = lines_written(side, method, path, body)
        if lines and not self._tells(side):
            self.diary.overwrites(side, ident, lines)

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

    def idle(self) -> int:
        """Let two further cycles pass, and count the writes."""
        before = self.world.writes
        self.world.wait(120)
        for _ in range(2):
            self.world.do(self.world.cycle)
            self.world.wait(5)
        return self.world.writes - before


def _manners(scenery: Scenery) -> Iterator[str]:
    """Name how the vendors behave in a history, and what its policies say."""
    for side, table in scenery.switches.items():
        yield from (f"{side} {name} {option}" for name, option in table.items())
    yield from (f"policy {name} {option}" for name, option in scenery.policies.items())
    yield from (f"{side} skew {by}" for side, by in zip(SYSTEMS, scenery.skew, strict=True) if by)
