"""`POST /tickets`: which tickets, in which order, which page of them.

Both paging styles are known, by query (`$s`, `$p`, `$o`, `$d`) and by body (`Paging`); which one
counts is a switch, and the reply's Paging tells (reference: incident-iq-api 0b and 2).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync_service.simulators.incidentiq.filters import Selection, selection
from sync_service.simulators.incidentiq.ids import canonical
from sync_service.simulators.incidentiq.index import STANDING, Rows, ordered, sort_keys
from sync_service.simulators.incidentiq.model import Ticket
from sync_service.simulators.incidentiq.paging import DEFAULT_SIZE, whole
from sync_service.simulators.incidentiq.world import Site

DESCENDING = ("desc", "descending")


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of which order is asked for. `size` below 1 is everything."""

    index: int
    size: int
    field: str
    descending: bool


def page_of(site: Site, query: Mapping[str, str], body: Mapping[str, Any]) -> Page:
    """Read page and sort as the switches say; query wins where both count."""
    style = site.switches.word("paging")
    wanted: dict[str, Any] = {}
    paging = body.get("Paging")
    if style != "query" and isinstance(paging, Mapping):
        wanted |= {key: value for key, value in paging.items() if value is not None}
    if style != "body":
        wanted |= _from_query(query)
    size = whole(wanted.get("PageSize", DEFAULT_SIZE), "PageSize")
    index = whole(wanted.get("PageIndex", 0), "PageIndex")
    cap = int(site.switches.number("page_cap"))
    if cap and not 0 < size <= cap:
        size = cap
    field = str(wanted.get("SortField") or "").casefold()
    direction = str(wanted.get("SortDirection") or "asc").casefold()
    if not field or site.switches.word("sort") == "ignored":
        return Page(index, size, "ticketcreateddate", True)
    return Page(index, size, field, direction in DESCENDING)


def _from_query(query: Mapping[str, str]) -> dict[str, Any]:
    names = {"$s": "PageSize", "$p": "PageIndex", "$d": "SortDirection"}
    found: dict[str, Any] = {names[key]: query[key] for key in names if query.get(key)}
    if query.get("$o"):
        field, _, direction = query["$o"].strip().partition(" ")
        found["SortField"] = field
        if direction:
            found["SortDirection"] = direction.strip()
    return found


class Searches:
    """Run searches over the index; a repeated one on an unchanged index costs a look-up."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._keys = sort_keys(site.catalogue)
        self._last: dict[str, tuple[int, list[Ticket]]] = {}

    def found(self, body: Mapping[str, Any], page: Page, product: str | None) -> list[Ticket]:
        """Return every ticket the search selects, in its order."""
        key = json.dumps([body, page.field, page.descending, product], sort_keys=True)
        key += f"{self._site.now():%Y-%m-%d %H} {self._site.switches.turns}"
        generation = self._site.index.generation
        kept = self._last.get(key)
        if kept is None or kept[0] != generation:
            kept = (generation, self._run(body, page, product))
            if len(self._last) > 200:
                self._last.clear()
            self._last[key] = kept
        return kept[1]

    def _run(self, body: Mapping[str, Any], page: Page, product: str | None) -> list[Ticket]:
        chosen = selection(self._site, body.get("Filters") or ())
        tests = [test for test in (chosen.test, self._scope(body), _product(product)) if test]
        found = [
            ticket
            for ticket in self._in_order(body, page, chosen)
            if all(test(ticket) for test in tests)
        ]
        if page.descending:
            found.reverse()
            if self._site.switches.word("ties") == "kept" and page.field in self._keys:
                found.sort(key=lambda ticket: ticket.number)
                found.sort(key=self._keys[page.field], reverse=True)  # equal ones stay as they are
        return found

    def _in_order(self, body: Mapping[str, Any], page: Page, chosen: Selection) -> list[Ticket]:
        index = self._site.index
        populations = [index.live]
        if body.get("OnlyShowDeleted") or body.get("Schema") == "Deleted":
            populations = [index.deleted]
        elif body.get("IncludeDeleted"):
            populations = [index.live, index.deleted]
        field = page.field if page.field in self._keys else "ticketcreateddate"
        if field in STANDING and len(populations) == 1:
            return _standing(populations[0], field, chosen)
        rows = [ticket for rows in populations for ticket in rows.by_number.values()]
        return ordered(rows, self._keys[field])

    def _scope(self, body: Mapping[str, Any]) -> Any:
        schema = body.get("Schema") or self._site.switches.word("default_schema")
        steps, me = self._site.catalogue.steps, self._site.catalogue.service.id
        return {
            "Open": lambda ticket: not steps[ticket.step].closed,
            "OpenWithView": lambda ticket: not steps[ticket.step].closed,
            "OpenWithModify": lambda ticket: not steps[ticket.step].closed,
            "Closed": lambda ticket: steps[ticket.step].closed,
            "Canceled": lambda ticket: steps[ticket.step].part == "cancel",
            "WaitingOnRequestor": lambda ticket: steps[ticket.step].part == "wait",
            "AssignedToMe": lambda ticket: ticket.user == me,
            "Unassigned": lambda ticket: ticket.user is None and ticket.team is None,
        }.get(schema)


def _product(product: str | None) -> Any:
    return (lambda ticket: ticket.product == product) if product else None


def product_of(body: Mapping[str, Any]) -> str | None:
    """Return the product a search is held to, if any."""
    return canonical(body.get("ProductId")) if body.get("FilterByProduct", True) else None


def _standing(rows: Rows, field: str, chosen: Selection) -> list[Ticket]:
    return [rows.by_number[number] for number in rows.in_order(field, chosen.since)]
