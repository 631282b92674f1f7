"""What operators do: commands, as `sync-service` leaves them for the daemon (R29)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.certify.diary import LINK, SIDES, Diary, root_of
from tests.certify.lines import line_named
from tests.certify.steps import Step
from tests.certify.world import World


class Operators:
    """Whoever has a shell on the daemon's machine."""

    def __init__(self, world: World, diary: Diary, counts: Counter[str]) -> None:
        self.world, self.diary, self.counts = world, diary, counts

    def operate(self, step: Step) -> None:
        """Give the command that a step names."""
        store, state = self.world.store, self.world.store.link_state(LINK)
        match step.name:
            case "accept" | "pause" | "resume":
                does = {"accept": state.pending is not None, "resume": state.paused}
                self.command(step.name, does=does.get(step.name, True), link=LINK)
            case "retry":
                numbers = [row.id for row in store.problems()]
                self.command("retry", does=bool(numbers), ids=numbers)
            case "dismiss":
                self._dismiss()
            case "unpair":
                self._unpair(step)
            case "resolve" | "restore":
                self._conflict(step)
            case "sweep":
                self.command("sweep", links=[LINK], repair=step.word % 2 == 1)

    def _dismiss(self) -> None:
        """Say of all problems that they may rest; the pair of a lost ticket ends with that (R14)."""
        rows = self.world.store.problems()
        for row in rows:
            if row.problem.code in ("gone", "merged") and row.problem.pair is not None:
                self._part(row.problem.pair)
        self.command("dismiss", does=bool(rows), ids=[row.id for row in rows])

    def _unpair(self, step: Step) -> None:
        pairs = [one for one in self.world.store.iterate(LINK) if one.ids.left and one.ids.right]
        if pairs:
            pair = pairs[step.pick % len(pairs)]
            self._part(pair.id)
            self.command("unpair", pair=pair.id, forget=False)

    def _part(self, pair: int) -> None:
        """Note that nobody expects these two tickets to be alike any more."""
        for found in self.world.store.load([pair]):
            for side, desk in self.world.desks.items():
                ident = found.ids.of(SIDES[side])
                shown = desk.ticket(ident) if ident else None
                self.diary.parted |= {root_of(side, shown)} if shown else set()

    def accepts(self) -> None:
        """Let the link go on with the configuration it waits with, by command: that asks for its pairs."""
        if self.world.daemon is None:
            self.world.do(self.world.start)
        if self.world.store.link_state(LINK).pending is not None:
            self.world.store.ask("accept", {"link": LINK})

    def command(self, command: str, *, does: bool = True, **args: Any) -> None:
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
        self.command(step.name, conflict=row.id, **more)
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
