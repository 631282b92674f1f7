"""The one way an incident changes, whoever changes it: rules, stamps, journal, audit.

An update that changes nothing stores nothing: no stamp, no count. Stamps have one second, so two
writes may share one and only `sys_mod_count` tells them apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random

from sync_service.simulators.clock import Clock
from sync_service.simulators.servicenow.choices import CLOSED, RESOLVED
from sync_service.simulators.servicenow.database import Database
from sync_service.simulators.servicenow.display import JOURNALS, RAW
from sync_service.simulators.servicenow.refusals import data_policy
from sync_service.simulators.servicenow.rules import DEFAULTS, Write, derive, missing
from sync_service.simulators.servicenow.schema import Row
from sync_service.simulators.switches import Switches

ROBOT: Row = {"sys_id": "", "user_name": "system", "name": "System"}
RECEIVED = "Your incident has been received. The service desk will be in touch."


@dataclass(frozen=True, slots=True)
class Incidents:
    """The incident table with its rules."""

    database: Database
    switches: Switches
    clock: Clock
    random: Random
    numbers: "count[int]"
    deleted: dict[str, Row]
    resolved: list[tuple[str, str]]

    @classmethod
    def empty(cls, database: Database, switches: Switches, clock: Clock, seed: int) -> "Incidents":
        """Start without incidents; ids repeat with the same seed."""
        return cls(database, switches, clock, Random(f"ids {seed}"), count(10_001), {}, [])

    def now(self) -> str:
        """Give the present moment as the tables keep it: UTC, whole seconds."""
        return self.clock.now().strftime(RAW)

    def new_id(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def insert(self, says: Mapping[str, str], by: Row, at: str = "") -> Row:
        """Store a new incident; raise Refused (403) where a data policy wants more."""
        at = at or self.now()
        write = Write({}, says, by["sys_id"], at)
        opened = {"opened_at": at, "opened_by": by["sys_id"], **_fields(says)}
        row = derive(write, {**DEFAULTS, **opened}, self.switches)
        self._demand(write, row)
        stamps = {"sys_created_on": at, "sys_created_by": by["user_name"], "sys_mod_count": "0"}
        number = f"INC{next(self.numbers):07d}"
        named = {"sys_id": self.new_id(), "number": number, "sys_class_name": "incident"}
        touched = {"sys_updated_on": at, "sys_updated_by": by["user_name"]}
        kept = self._keep({**row, **stamps, **named, **touched})
        self._say(kept, says, by, at)
        return self._afterwards(kept, "created", says, by, at)

    def update(self, before: Row, says: Mapping[str, str], by: Row, at: str = "") -> Row:
        """Store a change of `before`; raise Refused (403) where a data policy wants more."""
        at = at or self.now()
        write = Write(before, says, by["sys_id"], at)
        row = derive(write, {**before, **_fields(says)}, self.switches)
        self._demand(write, row)
        if row == before and not _journal(says):
            return before
        kept = self._keep({**row, **_touched(before, by, at)})
        self._audit(before, kept, says, by, at)
        self._say(kept, says, by, at)
        return self._afterwards(kept, "commented" if "comments" in says else "", says, by, at)

    def patch(self, before: Row, says: Mapping[str, str]) -> Row:
        """Change fields as a script with `setWorkflow(false)` and `autoSysFields(false)` does.

        No rule runs, and neither stamp, count nor audit tells of it. Source: itsm-vendors
        reference 1, "changed" [M].
        """
        return self._keep({**before, **_fields(says)})

    def delete(self, row: Row, by: Row) -> None:
        """Remove the incident, leaving its trace in `sys_audit_delete`."""
        at = self.now()
        self.database["incident"].drop(row["sys_id"])
        self.deleted[row["sys_id"]] = row
        trace = {"tablename": "incident", "documentkey": row["sys_id"], "user": by["user_name"]}
        trace |= {"display_value": row["number"], **self._made(by, at)}
        touched = {"sys_updated_on": at, "sys_updated_by": by["user_name"], "sys_mod_count": "0"}
        self.database["sys_audit_delete"].put({**trace, **touched})

    def undelete(self, id: str, by: Row) -> Row:
        """Bring a deleted incident back under its old id, stamped anew; raise KeyError."""
        row = self.deleted.pop(id)
        return self._keep({**row, **_touched(row, by, self.now())})

    def settle(self) -> None:
        """Close what has been resolved for long enough, at the moment when it was due."""
        days = self.switches.number("auto_close_days")
        if not days or not self.resolved:
            return
        last = (self.clock.now() - timedelta(days=days)).strftime(RAW)
        while self.resolved and self.resolved[0][0] <= last:
            since, id = heappop(self.resolved)
            row = self.database["incident"].rows.get(id, {})
            if row.get("state") == RESOLVED and row["resolved_at"] == since:
                due = datetime.strptime(since, RAW) + timedelta(days=days)  # noqa: DTZ007
                self.update(row, {"state": CLOSED}, ROBOT, due.strftime(RAW))

    def _demand(self, write: Write, row: Row) -> None:
        labels = missing(write, row, self.switches)
        if labels and write.user != ROBOT["sys_id"]:
            raise data_policy(labels)

    def _keep(self, row: Row) -> Row:
        if row["state"] == RESOLVED:
            heappush(self.resolved, (row["resolved_at"], row["sys_id"]))
        return self.database["incident"].put(row)

    def _made(self, by: Row, at: str) -> dict[str, str]:
        return {
            "sys_id": self.new_id(),
            "sys_created_on": at,
            "sys_created_by": by["user_name"],
        }

    def _say(self, row: Row, says: Mapping[str, str], by: Row, at: str) -> None:
        for element, value in _journal(says).items():
            entry = {"name": "incident", "element": element, "element_id": row["sys_id"]}
            self.database["sys_journal_field"].put({**self._made(by, at), **entry, "value": value})

    def _audit(self, before: Row, after: Row, says: Mapping[str, str], by: Row, at: str) -> None:
        names = sorted(name for name in {*before, *after} if not name.startswith("sys_"))
        moved = [(name, before.get(name, ""), after.get(name, "")) for name in names]
        moved += [(element, "", value) for element, value in _journal(says).items()]
        about = {"tablename": "incident", "documentkey": after["sys_id"], "user": by["user_name"]}
        about["record_checkpoint"] = after["sys_mod_count"]
        for name, old, new in moved:
            if old != new:
                change = {"fieldname": name, "oldvalue": old, "newvalue": new}
                self.database["sys_audit"].put({**self._made(by, at), **about, **change})

    def _afterwards(self, row: Row, cause: str, says: Mapping[str, str], by: Row, at: str) -> Row:
        """Let the rules that run after a write do their work, as the system's own user."""
        if by is ROBOT:
            return row
        if cause and self.switches.word("autoreply") == cause:
            row = self.update(row, {"comments": RECEIVED}, ROBOT, at)
        if self.switches.on("extra_update"):
            row = self._keep({**row, **_touched(row, ROBOT, at)})
        return row


def _journal(says: Mapping[str, str]) -> dict[str, str]:
    return {name: says[name] for name in JOURNALS if says.get(name)}


def _fields(says: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in says.items() if name not in JOURNALS}


def _touched(before: Row, by: Row, at: str) -> dict[str, str]:
    updates = int(before["sys_mod_count"]) + 1
    stamps = {"sys_updated_on": at, "sys_updated_by": by["user_name"]}
    return {**stamps, "sys_mod_count": str(updates)}
