"""People at work in the vendor's own screens, for `POST /_control/act`.

They write through the same rules as the API, in display values: labels for choices, e-mail
addresses for people, names for groups and places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sync_service.simulators.servicenow.accounts import USER
from sync_service.simulators.servicenow.choices import LABELS
from sync_service.simulators.servicenow.coerce import Coercion
from sync_service.simulators.servicenow.dump import dumped, dumped_entry
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
SHORT = {"subject": "short_description", "description": "description", "location": "location"}


class Desk:
    """One person in front of the instance."""

    def __init__(self, instance: Instance, person: Row) -> None:
        self._instance, self._person = instance, person
        self._incidents = instance.incidents

    def create(self, order: Order) -> Row:
        """Open an incident; `for` is the caller, the person themself where it is left out."""
        caller = order.get("for") or self._person["email"]
        fields = {"caller_id": caller, **_fields(order)}
        return self._incidents.insert(self._typed(fields), self._person)

    def edit(self, order: Order) -> Row:
        fields = _fields(order)
        if not fields:
            raise ValueError("edit what? give subject, description, location or fields")
        return self._write(order, fields)

    def script(self, order: Order) -> Row:
        """Edit by a script that moves neither the stamp nor the count of updates."""
        return self._incidents.patch(self._ticket(order), self._typed(_fields(order)))

    def comment(self, order: Order) -> Row:
        return self._write(order, {**_fields(order), "comments": _text(order)})

    def note(self, order: Order) -> Row:
        return self._write(order, {**_fields(order), "work_notes": _text(order)})

    def status(self, order: Order) -> Row:
        """Set the state by its label, filling in what the screen would demand."""
        label = order["to"]
        if label not in LABELS["state"].values():
            states = ", ".join(LABELS["state"].values())
            raise ValueError(f"no state {label!r}; there are: {states}")
        return self._write(order, {**FILLED_IN.get(label, {}), **_fields(order), "state": label})

    def assign(self, order: Order) -> Row:
        fields = {"assigned_to": order["to"] or ""} if "to" in order else {}
        if "team" in order:
            fields["assignment_group"] = order["team"] or ""
        return self._write(order, fields)

    def delete(self, order: Order) -> Row:
        row = self._ticket(order)
        self._incidents.delete(row, self._person)
        return row

    def undelete(self, order: Order) -> Row:
        if order["ticket"] not in self._incidents.deleted:
            raise ValueError(f"no deleted incident {order['ticket']!r}; name it by sys_id")
        return self._incidents.undelete(order["ticket"], self._person)

    def clone(self, order: Order) -> Row:
        """Copy an incident with everything that its screen shows, correlation fields too."""
        kept = {
            name: value
            for name, value in self._ticket(order).items()
            if not INCIDENT.fields[name].read_only and name != "opened_at"
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
        field = INCIDENT.fields[name]
        if field.refers == "sys_user" and "@" in str(value):
            return by_email(self._instance, str(value))["sys_id"]
        place = self._instance.database[field.refers] if field.refers and value else None
        if place and value not in place.rows and not place.having(place.schema.display, str(value)):
            raise ValueError(f"{name} has no {value!r} to choose")
        return value


def _fields(order: Order) -> dict[str, Any]:
    """Translate the short names of an order to the vendor's fields."""
    short = {name: order[name] for name in SHORT if name in order}
    return {**{SHORT[name]: value for name, value in short.items()}, **order.get("fields", {})}


def _text(order: Order) -> str:
    if not order["text"]:
        raise ValueError("say something: text is empty")
    return str(order["text"])


def by_email(instance: Instance, email: str) -> Row:
    """Find a person; raise ValueError if nobody has the address."""
    found = instance.database["sys_user"].having("email", email)
    if not found:
        raise ValueError(f"nobody here has the e-mail address {email!r}")
    return found[0]


def _delete_comment(instance: Instance, order: Order) -> dict[str, Any]:
    """Remove a journal entry, as administrators may; its incident is not touched by it."""
    journal = instance.database["sys_journal_field"]
    entry = journal.rows.get(order["comment"])
    if entry is None:
        raise ValueError(f"no journal entry {order['comment']!r}")
    journal.drop(entry["sys_id"])
    return {"comment": dumped_entry(instance, entry)}


Deed = Callable[[Desk, Order], Row]
SAVES: dict[str, Deed] = {
    "create": Desk.create,
    "edit": Desk.edit,
    "script": Desk.script,
    "comment": Desk.comment,
    "note": Desk.note,
    "status": Desk.status,
    "assign": Desk.assign,
    "delete": Desk.delete,
    "undelete": Desk.undelete,
    "clone": Desk.clone,
}
DEEDS = (*SAVES, "delete_comment")


def act(instance: Instance, order: Order) -> dict[str, Any]:
    """Do what `order` says as its `person`; give {"ticket": ...} or {"comment": ...} as dumped."""
    what = order["do"]
    if what not in DEEDS:
        raise ValueError(f"nobody can {what!r} here; there are: {', '.join(DEEDS)}")
    if what == "delete_comment":
        return _delete_comment(instance, order)
    person = _person(instance, order.get("person"))
    ticket = dumped(instance, SAVES[what](Desk(instance, person), order))
    if what in ("comment", "note"):
        own = [entry for entry in ticket["comments"] if entry["author"] == person["email"]]
        return {"comment": own[-1]}
    return {"ticket": ticket}


def _person(instance: Instance, email: str | None) -> Row:
    """Find who acts: the API user where nobody is named."""
    known = by_email(instance, email) if email else instance.accounts.named(USER)
    if known is None:
        raise ValueError("the API user is not active; name a person by e-mail address")
    return known
