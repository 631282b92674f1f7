"""People at work in the vendor's own screens, for `POST /_control/act`.

They write through the same rules as the API, in display values: labels for choices, e-mail
addresses for people, names for groups and places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sync_service.simulators.servicenow.choices import LABELS
from sync_service.simulators.servicenow.coerce import Coercion
from sync_service.simulators.servicenow.schema import INCIDENT, Row

if TYPE_CHECKING:
    from sync_service.simulators.servicenow.instance import Instance

Order = Mapping[str, Any]
#: What the screen makes a person fill in with a state, unless the order says otherwise.
FILLED_IN = {
    "On Hold": {"hold_reason": "Awaiting Vendor"},
    "Resolved": {"close_code": "Solution provided", "close_notes": "Done."},
    "Closed": {"close_code": "Solution provided", "close_notes": "Done."},
}
NOT_COPIED = ("sys_id", "number", "sys_created_on", "sys_created_by", "sys_mod_count", "opened_at")


class Desk:
    """One person in front of the instance."""

    def __init__(self, instance: Instance, person: Row) -> None:
        self._instance, self._person = instance, person
        self._incidents = instance.incidents

    def create(self, order: Order) -> Row:
        fields = {"caller_id": self._person["email"], **order.get("fields", {})}
        return self._incidents.insert(self._typed(fields), self._person)

    def edit(self, order: Order) -> Row:
        return self._write(order, order["fields"])

    def comment(self, order: Order) -> Row:
        return self._write(order, {**order.get("fields", {}), "comments": order["text"]})

    def note(self, order: Order) -> Row:
        return self._write(order, {**order.get("fields", {}), "work_notes": order["text"]})

    def status(self, order: Order) -> Row:
        label = order["status"]
        if label not in LABELS["state"].values():
            states = ", ".join(LABELS["state"].values())
            raise ValueError(f"no state {label!r}; there are: {states}")
        fields = {**FILLED_IN.get(label, {}), **order.get("fields", {}), "state": label}
        return self._write(order, fields)

    def assign(self, order: Order) -> Row:
        fields = {"assigned_to": order.get("to") or ""}
        if "group" in order:
            fields["assignment_group"] = order["group"] or ""
        return self._write(order, fields)

    def delete(self, order: Order) -> Row:
        row = self._ticket(order)
        self._incidents.delete(row, self._person)
        return row

    def undelete(self, order: Order) -> Row:
        return self._incidents.undelete(order["ticket"], self._person)

    def delete_comment(self, order: Order) -> Row:
        """Remove a journal entry, as administrators may; the incident is not touched by it."""
        journal = self._instance.database["sys_journal_field"]
        entry = journal.rows.get(order["comment"])
        if entry is None:
            raise ValueError(f"no journal entry {order['comment']!r}")
        journal.drop(entry["sys_id"])
        return self._instance.database["incident"].rows[entry["element_id"]]

    def clone(self, order: Order) -> Row:
        """Copy an incident with everything that its screen shows, correlation fields too."""
        row = self._ticket(order)
        kept = {
            name: value
            for name, value in row.items()
            if not INCIDENT.fields[name].read_only and name not in NOT_COPIED
        }
        return self._incidents.insert(kept, self._person)

    def _write(self, order: Order, fields: Mapping[str, Any]) -> Row:
        return self._incidents.update(self._ticket(order), self._typed(fields), self._person)

    def _ticket(self, order: Order) -> Row:
        place = self._instance.database["incident"]
        named = str(order["ticket"])
        found = [place.rows[named]] if named in place.rows else place.having("number", named)
        if not found:
            raise ValueError(f"no incident {named!r}; name it by sys_id or number")
        return found[0]

    def _typed(self, fields: Mapping[str, Any]) -> dict[str, str]:
        unknown = sorted(set(fields) - set(INCIDENT.fields))
        if unknown:
            raise ValueError(f"incident has no field {', '.join(unknown)}")
        chosen = {name: self._chosen(name, value) for name, value in fields.items()}
        instance = self._instance
        typed = Coercion(instance.database, instance.switches, instance.style(), displayed=True)
        return typed(chosen, lambda field: True)

    def _chosen(self, name: str, value: Any) -> Any:
        """Turn an e-mail address into the person's id; a screen offers only what exists."""
        if INCIDENT.fields[name].refers != "sys_user" or "@" not in str(value):
            return value
        return by_email(self._instance, str(value))["sys_id"]


def by_email(instance: Instance, email: str) -> Row:
    """Find a person; raise ValueError if nobody has the address."""
    found = instance.database["sys_user"].having("email", email)
    if not found:
        raise ValueError(f"nobody here has the e-mail address {email!r}")
    return found[0]


def act(instance: Instance, order: Order) -> Row:
    """Do what `order` says as its `person` (an e-mail address) and give the incident."""
    desk = Desk(instance, by_email(instance, order["person"]))
    deeds: dict[str, Callable[[Order], Row]] = {
        "create": desk.create,
        "edit": desk.edit,
        "comment": desk.comment,
        "note": desk.note,
        "status": desk.status,
        "assign": desk.assign,
        "delete": desk.delete,
        "undelete": desk.undelete,
        "delete_comment": desk.delete_comment,
        "clone": desk.clone,
    }
    if order["do"] not in deeds:
        raise ValueError(f"cannot {order['do']!r} here; there are: {', '.join(deeds)}")
    return deeds[order["do"]](order)
