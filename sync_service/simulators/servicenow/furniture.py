"""The tables that stand around the incidents: people, groups, places, lists, properties."""

from collections.abc import Callable, Iterable, Mapping

from sync_service.simulators.district import District
from sync_service.simulators.servicenow.accounts import USER
from sync_service.simulators.servicenow.choices import CHOICES
from sync_service.simulators.servicenow.database import Database
from sync_service.simulators.servicenow.schema import INCIDENT, Field

MADE = "2024-07-01 12:00:00"
Stamped = Callable[[Mapping[str, str]], dict[str, str]]


def furnish(database: Database, district: District, new_id: Callable[[], str]) -> None:
    """Fill the tables around the incidents."""

    def stamped(row: Mapping[str, str]) -> dict[str, str]:
        by = {"sys_created_by": "admin", "sys_updated_by": "admin", "sys_mod_count": "0"}
        on = {"sys_created_on": MADE, "sys_updated_on": MADE}
        return {"sys_id": new_id(), **on, **by, **row}

    def fill(table: str, rows: Iterable[Mapping[str, str]]) -> None:
        for row in rows:
            database[table].put(stamped(row))

    fill("cmn_location", ({"name": s, "full_name": f"Springfield/{s}"} for s in district.rooms))
    fill("sys_user", _people(database, district))
    groups = sorted({agent.team for agent in district.agents} | {"K12 Support"})
    fill("sys_user_group", ({"name": name, "active": "true"} for name in groups))
    fill("sys_user_grmember", _members(database, district))
    task = stamped({"name": "task", "label": "Task"})
    database["sys_db_object"].put(task)
    fill(
        "sys_db_object", [{"name": "incident", "label": "Incident", "super_class": task["sys_id"]}]
    )
    fill("sys_choice", _choices())
    fill("sys_dictionary", (_column(field) for field in INCIDENT.fields.values()))


def _people(database: Database, district: District) -> Iterable[dict[str, str]]:
    yield _person(
        "admin", "System Administrator", f"admin@{district.staff[0].email.partition('@')[2]}"
    )
    yield _person(USER, "Sync Service", f"{USER}@{district.staff[0].email.partition('@')[2]}")
    for person in district.people:
        place = database["cmn_location"].having("name", person.school)[0]["sys_id"]
        row = _person(person.username, person.name, person.email)
        yield {**row, "location": place, "title": person.role.capitalize()}


def _person(user_name: str, name: str, email: str) -> dict[str, str]:
    first, _, last = name.partition(" ")
    names = {"user_name": user_name, "name": name, "first_name": first, "last_name": last}
    return {**names, "email": email, "active": "true", "preferred_language": "en"}


def _members(database: Database, district: District) -> Iterable[dict[str, str]]:
    for agent in district.agents:
        user = database["sys_user"].having("email", agent.email)[0]["sys_id"]
        for name in (agent.team, "K12 Support"):
            group = database["sys_user_group"].having("name", name)[0]["sys_id"]
            yield {"user": user, "group": group}


def _choices() -> Iterable[dict[str, str]]:
    for (table, element), labels in CHOICES.items():
        for sequence, (value, label) in enumerate(labels.items()):
            place = {"name": table, "element": element, "sequence": str(sequence)}
            words = {"value": value, "label": label, "language": "en", "inactive": "false"}
            yield {**place, **words}


def _column(field: Field) -> dict[str, str]:
    return {
        "name": field.table,
        "element": field.name,
        "column_label": field.label,
        "internal_type": field.kind,
        "max_length": str(field.longest),
        "reference": field.refers,
        "read_only": "true" if field.read_only else "false",
        "mandatory": "false",
        "choice": "3" if field.choices else "0",
        "active": "true",
    }
