"""Play a history in a world, and count what was reached; `tests.engine.laws` judges it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from sync_service.core.values import Side, Sides
from sync_service.errors import AuthFailed, NotSent, StoreAway, TryLater, UnknownOutcome
from tests.engine import orders
from tests.engine.history import COMMANDS, FAULTS, POINTS, History, Step
from tests.engine.people import HOME, REFUSED, Diary, People
from tests.engine.world import Backup, World

_ERRORS: dict[str, Callable[[], Exception]] = {
    "unknown": lambda: UnknownOutcome("silence"),
    "unsent": lambda: NotSent("no route"),
    "busy": lambda: TryLater("busy", 7),
    "token": lambda: AuthFailed("renew the token"),
}
#: Moments at which nothing that was read is about to be written over.
_QUIET = {("before", "changed"), ("before", "scan"), ("before", "get"), ("within", "get")}


class Play:
    """One history in one world. `reached` counts what truly happened, by class."""

    def __init__(self, world: World, history: Sequence[Step]) -> None:
        self.world, self.history = world, history
        self.diary, self.reached = Diary(), Counter[str]()
        self.people = People(world, self.diary)
        self.pending: dict[str, list[Step]] = {"between": [], "during": []}
        self.faults: list[Step] = []
        self.saved: Backup | None = None
        world.read_points = True
        world.between, world.during, world.hiccup = self._between, self._during, self._hiccup
        world.died = lambda at: self.reached.update([f"crash: {at}"])

    def play(self) -> None:
        """Let everything happen, then let the sync come to rest undisturbed."""
        for step in self.history:
            self.act(step)
            self.world.clock.tick(0.3)
        self.world.fuse, self.world.dies_at = None, ""
        self.faults.clear()
        for waiting in self.pending.values():
            waiting.clear()
        for side in Side:
            self.people.unflag_all(side)
        self.people.secrets_are_kept()
        self.world.clock.tick(60)
        self.world.settle()
        self._remember()
        self.people.secrets_are_kept()

    def _remember(self) -> None:
        self.diary.kept |= {value for _, value in self.world.kept_values()}

    def act(self, step: Step) -> None:
        """Let one thing happen."""
        done = True
        match step.what:
            case "tick":
                self.world.clock.tick(10**step.pick / 10)
            case "run" | "go on":
                self._run(new=step.what == "run")
            case "crash" | "crash at":
                self.world.fuse = step.pick if step.what == "crash" else None
                self.world.dies_at = "" if step.what == "crash" else POINTS[step.pick % len(POINTS)]
                self._run(new=bool(step.word % 2))
                self.world.fuse, self.world.dies_at = None, ""
                self.world.clock.tick(step.word * 3)
            case "between" | "during":
                self.pending[step.what].append(step)
                done = False
            case "refuse":
                self._refuse(step)
            case "backup" | "put back" | "lose":
                done = self._store(step.what)
            case _ if step.what in FAULTS:
                self.faults.append(step)
                done = False
            case _ if step.what in COMMANDS:
                done = self._order(step)
            case _:
                done = self.people.does(step)
        self.reached[step.what] += done

    def _run(self, *, new: bool) -> None:
        """Run a daemon for a while: the one that lives, or a new one."""
        new = new or self.world.link is None or self.world.dead
        for _ in range(3):
            try:
                self.world.run(minutes=5) if new else self.world.go_on(minutes=5)
                break
            except StoreAway:
                self.world.clock.tick(3)
                new = False
        self.people.secrets_are_kept()

    def _refuse(self, step: Step) -> None:
        desk = self.world.desks.of(step.side)
        word = "smoke" if step.word % 2 else REFUSED
        desk.refuses = lambda _name, value: "no" if word in str(value) else ""

    def _store(self, what: str) -> bool:
        """Copy the store, put the copy back, or lose it; the judge remembers what it knew."""
        if what == "backup":
            self.saved = self.world.backup()
            return True
        if what == "put back" and self.saved is None:
            return False
        self._remember()
        self.diary.lost_store = True
        self.world.link = None
        if what == "put back" and self.saved is not None:
            self.world.restore(self.saved)
        else:
            self.world.lose_store()
        return True

    def _order(self, step: Step) -> bool:
        done = False
        with suppress(StoreAway):
            done = orders.give(self.world, self.diary, step)
        self.people.open_up()
        return done

    def _between(self, side: str, when: str, what: str) -> None:
        """Let a person type while a write is on its way, outside the stated window (R20)."""
        if when == "after" or self._told(side) or what != "update":
            self._meanwhile("between", f"{when} {what}")
        self._fail(side, when, what)

    def _during(self, side: str, when: str, what: str) -> None:
        """Let a person act while something is read."""
        if (when, what) in _QUIET and all(self._told(side) for side in Side):
            self._meanwhile("during", f"{when} {what}")
        if when == "before":
            self._fail(side, when, what)

    def _told(self, side: str) -> bool:
        """Tell whether a value that is overwritten unseen comes to light (R20)."""
        manners = self.world.desks.of(Side(side)).manners
        return manners.serial and (manners.guarded or manners.audit)

    def _meanwhile(self, kind: str, where: str) -> None:
        if self.pending[kind]:
            step = self.pending[kind].pop()
            what = ("edit", "edit", "say", "reword", "hush", "loud", "erase")[step.word % 7]
            if self.people.does(Step(what, step.side, step.pick, step.word)):
                self.reached[f"{kind}: {where}"] += 1

    def _fail(self, side: str, when: str, what: str) -> None:
        """Let the next fault of this side happen, if this is a moment for it."""
        writes = what in {"create", "update", "reply", "note", "rewrite", "hide"}
        for index, fault in enumerate(self.faults):
            if fault.side != side or fault.what not in _ERRORS:
                continue
            if fault.what == "unknown" and (not writes or (when == "after") != fault.word % 2):
                continue
            if fault.what == "unsent" and not (writes and when == "before"):
                continue
            if fault.what in {"busy", "token"} and when != "before":
                continue
            if fault.word > 1:  # a few calls later
                self.faults[index] = replace(fault, word=fault.word - 2)
                continue
            self._spend(index, fault)
            self.reached[f"{fault.what}: {when} {what}"] += 1
            error = _ERRORS[fault.what]
            raise error()

    def _spend(self, index: int, fault: Step) -> None:
        """A busy system stays so for a few calls."""
        del self.faults[index]
        if fault.what == "busy" and fault.pick:
            self.faults.insert(index, replace(fault, pick=fault.pick - 1))

    def _hiccup(self) -> None:
        for index, fault in enumerate(self.faults):
            if fault.what == "store away":
                del self.faults[index]
                if fault.pick:  # a few transactions later
                    self.faults.insert(index, Step(fault.what, fault.side, fault.pick - 1))
                    return
                self.reached["store away"] += 1
                raise StoreAway("the disk is full")


def a_world(history: History) -> World:
    """Make the world that a history is played in."""
    changes: dict[str, object] = {
        "select": Sides(lambda one: one.fields.get("where") != HOME, lambda _: True),
        "stop_when_deselected": history.stop_when_deselected,
    }
    return World(
        history.left,
        history.right,
        policy=history.policy,
        comments=history.talk,
        skew=history.skew,
        match=(Sides("number", "sibling"), Sides("sibling", "number")) if history.matched else (),
        changes=changes,
    )
