"""The simulated ServiceNow instance: its state, its switches and what people do to it."""

from collections.abc import Mapping
from typing import Any

from sync_service.simulators.district import District
from sync_service.simulators.kernel import Clock, Faults, RequestLog, Switches
from sync_service.simulators.servicenow.accounts import USER, Accounts
from sync_service.simulators.servicenow.database import Database
from sync_service.simulators.servicenow.display import Style
from sync_service.simulators.servicenow.dump import dumped
from sync_service.simulators.servicenow.furniture import furnish
from sync_service.simulators.servicenow.incidents import Incidents
from sync_service.simulators.servicenow.people import act
from sync_service.simulators.servicenow.refusals import shape
from sync_service.simulators.servicenow.schema import Row
from sync_service.simulators.servicenow.seed import Seeder
from sync_service.simulators.servicenow.switches import SWITCHES


class Instance:
    """One instance with its tables, accounts and wire."""

    name = "servicenow"
    retry_after_in = "header"

    def __init__(self, seed: int, positions: Mapping[str, Any]) -> None:
        self.clock, self.faults, self.log = Clock(), Faults(seed), RequestLog()
        self.switches = Switches(SWITCHES, positions)
        self.district = District(seed)
        self.database = Database()
        self.incidents = Incidents.empty(self.database, self.switches, self.clock, seed)
        self.accounts = Accounts(self.database, self.switches, self.clock, seed)
        furnish(self.database, self.district, self.incidents.new_id)
        self.properties()

    def seed(self, count: int) -> None:
        """Tell `count` stories."""
        Seeder(self.incidents, self.district).tell(count)
        self.incidents.settle()

    def style(self) -> Style:
        """Say how dates are displayed."""
        words = (self.switches.word(name) for name in ("zone", "date_format", "time_format"))
        return Style(*words)

    def properties(self) -> None:
        """Write the switches that are system properties or the API user's profile to the tables."""
        style = self.style()
        strict = self.switches.word("invalid_query") == "no_rows"
        for name, value in (
            ("glide.sys.default.tz", style.zone),
            ("glide.sys.date_format", style.date),
            ("glide.sys.time_format", style.time),
            ("glide.invalid_query.returns_no_rows", "true" if strict else "false"),
        ):
            known = self.database["sys_properties"].having("name", name)
            row = known[0] if known else {"sys_id": self.incidents.new_id(), "name": name}
            if row.get("value") != value:
                self.database["sys_properties"].put({**row, "value": value})
        user = self.database["sys_user"].having("user_name", USER)[0]
        profile = {"time_zone": style.zone, "date_format": style.date, "time_format": style.time}
        if {**user, **profile} != user:
            self.database["sys_user"].put({**user, **profile})

    def hides(self, row: Row, user: Row) -> bool:
        """Tell whether the ACL hides an incident from a user; only the API user is bound."""
        every = int(self.switches.number("hide_every"))
        return bool(every) and user["user_name"] == USER and int(row["number"][3:]) % every == 0

    def error_body(self, status: int, message: str, retry_after: float | None) -> Any:
        """Give a simulated fault the vendor's shape; seconds stay in the header."""
        return shape(message, None)

    def act(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Do as a person what `order` says; the reference is docs/simulators.md."""
        self.incidents.settle()
        return act(self, order)

    def dump(self) -> dict[str, Any]:
        """Return every incident with its journal by id, deleted ones too."""
        self.incidents.settle()
        rows = [*self.database["incident"].rows.values(), *self.incidents.deleted.values()]
        return {row["sys_id"]: dumped(self, row) for row in rows}
