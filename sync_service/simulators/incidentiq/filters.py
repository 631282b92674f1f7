"""Search filters: facets to predicates, and what becomes of those the site does not know.

An unknown facet or unreadable value is dropped without a word, and the answer is 200 over
everything (reference: incident-iq-api 2). Same group and facet are joined by OR, facets of one
group by AND, groups by OR.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync_service.simulators.incidentiq.dates import span
from sync_service.simulators.incidentiq.ids import CLOSED_STATE, ZERO, canonical, guid
from sync_service.simulators.incidentiq.model import Ticket
from sync_service.simulators.incidentiq.world import Site
from sync_service.simulators.kernel import Refused

Test = Callable[[Ticket], bool]
DATES: dict[str, Callable[[Ticket], datetime | None]] = {
    "modifieddate": lambda ticket: ticket.modified,
    "createddate": lambda ticket: ticket.created,
    "activitydate": lambda ticket: ticket.active,
    "closeddate": lambda ticket: ticket.closed,
    "duedate": lambda ticket: ticket.due,
}
BY_ID: dict[str, Callable[[Ticket], str | None]] = {
    "ticket": lambda ticket: ticket.id,
    "location": lambda ticket: ticket.location,
    "room": lambda ticket: ticket.room,
    "user": lambda ticket: ticket.requester,
    "for": lambda ticket: ticket.requester,
    "submittedby": lambda ticket: ticket.owner,
    "agent": lambda ticket: ticket.user,
    "team": lambda ticket: ticket.team,
    "closereason": lambda ticket: ticket.close_reason,
    "workflowstep": lambda ticket: ticket.step,
}
YES_NO: dict[str, Callable[[Ticket], bool]] = {
    "isurgent": lambda ticket: ticket.urgent,
    "unassigned": lambda ticket: ticket.user is None and ticket.team is None,
    "hasassetattached": lambda ticket: bool(ticket.assets),
    "isasubticket": lambda ticket: False,
    "isaparentticket": lambda ticket: False,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One readable filter; `since` is the earliest modification it lets through, if any."""

    group: int
    facet: str
    test: Test
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """All filters of a search: the test, and a lower bound for the modified date."""

    test: Test | None
    since: datetime | None


def selection(site: Site, filters: Iterable[Any]) -> Selection:
    """Compile a request's Filters; raise Refused only where the switch says so."""
    read: list[Filter] = []
    for wanted in filters:
        try:
            read.append(_filter(site, wanted))
        except (AttributeError, KeyError, TypeError, ValueError) as unreadable:
            if site.switches.word("unknown_facet") == "refused":
                raise Refused(400, f"Filter {wanted} cannot be read.") from unreadable
    if not read or site.switches.word("facets") == "ignored":
        return Selection(None, None)
    groups: dict[int, list[Filter]] = defaultdict(list)
    for one in read:
        groups[one.group].append(one)
    return _joined([_group(members) for members in groups.values()])


def _joined(groups: list[Selection]) -> Selection:
    if len(groups) == 1:
        return groups[0]
    tests = [group.test for group in groups if group.test]
    bounds = [group.since for group in groups]
    floor = None if None in bounds else min(bound for bound in bounds if bound)
    return Selection(lambda ticket: any(test(ticket) for test in tests), floor)


def _group(members: list[Filter]) -> Selection:
    facets: dict[str, list[Filter]] = defaultdict(list)
    for one in members:
        facets[one.facet].append(one)
    alike = [[one.test for one in ones] for ones in facets.values()]
    dated = [one.since for one in facets.get("modifieddate", [])]
    floor = None if None in dated else min((at for at in dated if at), default=None)

    def test(ticket: Ticket) -> bool:
        return all(any(one(ticket) for one in tests) for tests in alike)

    return Selection(test, floor)


def _filter(site: Site, wanted: Mapping[str, Any]) -> Filter:
    """Read one filter; raise ValueError, KeyError or TypeError if the site could not."""
    facet = str(wanted["Facet"])
    name = facet.casefold()
    since = None
    if name in DATES:
        test, since = _dated(site, name, str(wanted["Value"]))
    else:
        test = _test(site, facet, name, wanted)
    group = int(wanted.get("GroupIndex") or 0)
    if wanted.get("Negative"):
        positive = test
        return Filter(group, f"not {name}", lambda ticket: not positive(ticket))
    return Filter(group, name, test, since)


def _dated(site: Site, name: str, value: str) -> tuple[Test, datetime | None]:
    read = DATES[name]
    try:
        start, end = span(value, site.now(), site.switches.word("zone"))
    except ValueError:
        if site.switches.word("bad_date") == "empty":
            return (lambda ticket: False), None
        raise

    def test(ticket: Ticket) -> bool:
        at = read(ticket)
        return at is not None and not (start and at < start) and not (end and at >= end)

    return test, start


def _test(site: Site, facet: str, name: str, wanted: Mapping[str, Any]) -> Test:
    if facet == "StatusTypeName":
        return _status_type_name(site, wanted)
    if name in BY_ID:
        return _identified(BY_ID[name], wanted)
    if name in YES_NO:
        return _yes_no(YES_NO[name], wanted)
    if name in SPECIAL:
        return SPECIAL[name](site, wanted)
    raise ValueError(f"unknown facet {facet}")


def _identified(read: Callable[[Ticket], str | None], wanted: Mapping[str, Any]) -> Test:
    if wanted.get("IsUnassigned") or wanted.get("Id") == ZERO:
        return lambda ticket: read(ticket) is None
    key = canonical(wanted["Id"])
    if key is None:
        raise ValueError(f"no id: {wanted['Id']}")
    return lambda ticket: read(ticket) == key


def _yes_no(read: Callable[[Ticket], bool], wanted: Mapping[str, Any]) -> Test:
    yes = {"yes": True, "no": False}[str(wanted["Value"])]
    return lambda ticket: read(ticket) is yes


def _status_type_name(site: Site, wanted: Mapping[str, Any]) -> Test:
    """The overview page's filter; no such facet is in the vendor's own list (reference 0b)."""
    if site.switches.word("status_type_name") == "discarded":
        raise ValueError("no facet StatusTypeName")
    names = {str(name).casefold() for name in wanted["Values"]}
    steps = site.catalogue.steps
    return lambda ticket: ("closed" if steps[ticket.step].closed else "open") in names


def _state(site: Site, wanted: Mapping[str, Any]) -> Test:
    closed = {ZERO: False, CLOSED_STATE: True}[str(wanted["Id"])]
    steps = site.catalogue.steps
    return lambda ticket: steps[ticket.step].closed is closed


def _status(site: Site, wanted: Mapping[str, Any]) -> Test:
    takes = site.switches.word("status_facet")
    key = canonical(wanted["Id"])
    steps = site.catalogue.steps
    found = {
        step.id
        for step in steps.values()
        if (takes in ("either", "step") and step.id == key)
        or (takes in ("either", "status") and guid("status", step.status) == key)
    }
    if not found:
        raise ValueError(f"no status {key}")
    return lambda ticket: ticket.step in found


def _workflow(site: Site, wanted: Mapping[str, Any]) -> Test:
    key = canonical(wanted["Id"])
    return lambda ticket: site.catalogue.steps[ticket.step].workflow == key


def _issue_part(site: Site, wanted: Mapping[str, Any]) -> Test:
    key = canonical(wanted["Id"])
    found = {
        issue.id
        for issue in site.catalogue.issues.values()
        if key in (issue.id, issue.kind, guid("issue category", issue.category))
    }
    return lambda ticket: ticket.issue in found


def _level(site: Site, wanted: Mapping[str, Any]) -> Test:
    key = canonical(wanted["Id"])
    return lambda ticket: site.catalogue.level(ticket.priority).id == key


def _tag(site: Site, wanted: Mapping[str, Any]) -> Test:
    key = canonical(wanted["Id"])
    return lambda ticket: key in ticket.tags


def _number(site: Site, wanted: Mapping[str, Any]) -> Test:
    text = str(wanted["Value"])
    return lambda ticket: ticket.label == text


def _keyword(site: Site, wanted: Mapping[str, Any]) -> Test:
    text = str(wanted["Value"]).casefold()
    return lambda t: text in f"{t.label} {t.subject} {t.description or ''}".casefold()


def _custom_text(site: Site, wanted: Mapping[str, Any]) -> Test:
    """A custom text field: equal but for case; without CustomFieldTypeId it is dropped."""
    key = canonical(wanted["CustomFieldTypeId"])
    text = str(wanted["Value"]).casefold()
    if key not in site.catalogue.fields:
        raise ValueError(f"no custom field {key}")
    return lambda ticket: ticket.fields.get(key, "").casefold() == text


def _score(site: Site, wanted: Mapping[str, Any]) -> Test:
    match = re.fullmatch(r"numoperator:([a-z]+):(-?\d+)", str(wanted["Value"]))
    if not match:
        raise ValueError(f"no numeric expression: {wanted['Value']}")
    score = int(match[2])
    compare: dict[str, Callable[[int], bool]] = {
        "equals": lambda value: value == score,
        "lessthan": lambda value: value < score,
        "lessthanequal": lambda value: value <= score,
        "greaterthan": lambda value: value > score,
        "greaterthanequal": lambda value: value >= score,
    }
    test = compare[match[1]]
    return lambda ticket: test(ticket.priority)


SPECIAL: dict[str, Callable[[Site, Mapping[str, Any]], Test]] = {
    "ticketstate": _state,
    "status": _status,
    "workflow": _workflow,
    "issue": _issue_part,
    "issuetype": _issue_part,
    "issuecategory": _issue_part,
    "prioritylevel": _level,
    "priority": _score,
    "tag": _tag,
    "ticketnumber": _number,
    "keyword": _keyword,
    "customfieldtext": _custom_text,
    "customfieldselect": _custom_text,
}
