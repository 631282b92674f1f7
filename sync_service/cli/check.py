"""`check`: ask the live systems whether the configuration can work there.

Nothing is written. What only a write can tell, such as the right to create a ticket, is not
told here; the first refusal of that kind is a problem that quotes the vendor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import typer

from sync_service.cli import edge
from sync_service.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from sync_service.cli.progress import Told, working

if TYPE_CHECKING:
    from sync_service.adapters.base import Adapter, FieldInfo
    from sync_service.config import Config, Link
    from sync_service.core.mapping import Line
    from sync_service.core.values import Side, Ticket

#: What each system is asked: signing in, its clock, a filter, its fields.
_QUESTIONS = 4
#: Clocks farther apart than this make `newest` and settling doubtful.
_SKEW = timedelta(seconds=30)
#: Tickets from so long ago on tell what tickets look like today.
_LATELY = timedelta(days=30)


@dataclass(slots=True)
class Report:
    """What was found, in lines for people, and the exit code that they ask for.

    `asked` of `questions` have been answered, by all systems together.
    """

    well: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    code: edge.Exit = edge.Exit.LEVEL
    asked: int = 0
    questions: int = 0

    async def look(self) -> Told:
        """Tell how far the asking is."""
        return Told("asking the systems", self.asked, self.questions, "questions")

    def wrong(self, message: str, code: edge.Exit) -> None:
        """Note a problem; a wrong configuration outranks a person's help, that another try."""
        ranks = [edge.Exit.LEVEL, edge.Exit.AGAIN, edge.Exit.PERSON, edge.Exit.CONFIG]
        self.problems.append(message)
        self.code = max(self.code, code, key=ranks.index)


def check(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Ask the live systems: credentials, rights, fields, values, key field, filters, clocks."""
    with edge.edge(as_json=as_json):
        from sync_service.cli.service import configured

        read = configured(config, quiet=True)
        report = asyncio.run(_check(read))
        if as_json:
            edge.show({
                "ok": not report.problems,
                "well": report.well,
                "notes": report.notes,
                "problems": report.problems,
            })  # fmt: skip
        else:
            _tell(report)
        raise typer.Exit(int(report.code))


def _tell(report: Report) -> None:
    for line in report.well:
        edge.say(f"well     {line}")
    for line in report.notes:
        edge.say(f"note     {line}")
    for line in report.problems:
        edge.warn(f"problem  {line}")


async def _check(config: Config) -> Report:
    from sync_service.bootstrap import make_adapters

    adapters = make_adapters(config)
    report = Report(questions=_QUESTIONS * len(adapters))
    try:
        async with working(report.look):
            ends = await asyncio.gather(*(_system(one, report) for one in adapters.values()))
            live = dict(zip(adapters, ends, strict=True))
            for link in config.links.values():
                _link(link, adapters, live, report)
                await _rehearse(link, adapters, live, report)
    finally:
        for adapter in adapters.values():
            await adapter.close()
    return report


async def _system(adapter: Adapter, report: Report) -> Sequence[FieldInfo] | None:
    """Sign in, read the clock, try the filter; give the live fields, None if it cannot be asked."""
    from sync_service.engine.unforeseen import misread, told
    from sync_service.errors import NeedsHuman, SyncServiceError

    name = adapter.system
    try:
        await adapter.start()
        report.asked += 1
        report.well.append(f"{name}: signed in, and what every start needs is readable")
        await _clock(adapter, report)
        report.asked += 1
        await _filter(adapter, report)
        report.asked += 1
        fields = await adapter.describe()
        report.asked += 1
        return fields
    except NeedsHuman as error:
        report.wrong(told(name, error), edge.Exit.PERSON)
    except SyncServiceError as error:
        report.wrong(told(name, error), edge.Exit.AGAIN)
    except Exception as error:  # noqa: BLE001 - the other systems are asked all the same
        report.wrong(str(misread(name, error)), edge.Exit.PERSON)
    return None


async def _clock(adapter: Adapter, report: Report) -> None:
    from sync_service.scheduling.clock import now_utc

    page = await adapter.changed(None)
    skew = page.clock - now_utc()
    if abs(skew) > _SKEW:
        report.notes.append(
            f"{adapter.system}: its clock and ours are {abs(skew.total_seconds()):.0f} s apart; set"
            " the clock of this machine by NTP"
        )


async def _filter(adapter: Adapter, report: Report) -> None:
    """Look up a key that nobody has: what comes back shows whether the filter is applied (R4)."""
    from sync_service.scheduling.clock import now_utc

    key = "sync-service:check:nobody:0"
    found = await adapter.find([key], now_utc() - timedelta(minutes=1))
    if found.tickets.get(key):
        report.wrong(
            f"{adapter.system}: a search for a key that no ticket has shows tickets; is the key"
            " field really a field of its own, filled by us only?",
            edge.Exit.PERSON,
        )
    elif found.proven:
        report.well.append(f"{adapter.system}: a search by key shows that it is applied")
    else:
        report.notes.append(
            f"{adapter.system}: a search by key cannot prove that a copy is absent; a create whose"
            " outcome is unknown will need a person"
        )


def _link(
    link: Link,
    adapters: dict[str, Adapter],
    live: dict[str, Sequence[FieldInfo] | None],
    report: Report,
) -> None:
    """Hold a link's lines against the live fields of the systems that answered."""
    from sync_service.core.values import Side

    found = len(report.problems)
    for side in Side:
        infos = live[link.systems.of(side)]
        if infos is not None:
            known = {info.name: info for info in infos}
            for line in link.mapping.lines:
                _line(link, line, side, known, adapters[link.systems.of(side)], report)
    whole = all(live[link.systems.of(side)] is not None for side in Side)
    if whole and len(report.problems) == found:
        report.well.append(f"{link.name}: every field and value of {len(link.mapping.lines)} lines")


async def _rehearse(
    link: Link,
    adapters: dict[str, Adapter],
    live: dict[str, Sequence[FieldInfo] | None],
    report: Report,
) -> None:
    """Try templates and conditions on a page of live tickets of each side, new ones if there are."""
    from sync_service.config.rehearsal import rehearse
    from sync_service.core.values import Side
    from sync_service.errors import SyncServiceError

    for side in Side:
        name = link.systems.of(side)
        if live[name] is None:
            continue
        try:
            rows = await _some_tickets(adapters[name])
        except SyncServiceError as error:
            report.wrong(str(error), edge.Exit.AGAIN)
            continue
        for one in rehearse(link, side, rows):
            if one.always:
                report.wrong(one.message, edge.Exit.CONFIG)
            else:
                report.notes.append(one.message)


async def _some_tickets(adapter: Adapter) -> Sequence[Ticket]:
    from sync_service.scheduling.clock import now_utc

    page = await adapter.scan(now_utc() - _LATELY)
    return page.rows or (await adapter.scan(None)).rows


def _line(
    link: Link,
    line: Line,
    side: Side,
    known: dict[str, FieldInfo],
    adapter: Adapter,
    report: Report,
) -> None:
    from sync_service.core.expressions import did_you_mean

    system = link.systems.of(side)
    for place, name in enumerate(line.names.of(side)):
        info = known.get(name)
        if info is None and adapter.kind(name) is None:
            hint = did_you_mean(name, known) or "; correct it"
            report.wrong(f"{line.where}: {system} has no field `{name}`{hint}", edge.Exit.CONFIG)
        elif info is not None:
            for message in _unfit(line, side, place, info, system):
                report.wrong(message, edge.Exit.CONFIG)
            report.notes += _unmapped(line, side, place, info, system)


def _unfit(line: Line, side: Side, place: int, info: FieldInfo, system: str) -> Iterator[str]:
    """List what the field cannot take: writes at all, or words of the table."""
    from sync_service.core.expressions import did_you_mean
    from sync_service.core.mapping_kinds import word

    if side in line.to and not info.writable:
        yield f"{line.where}: {system} does not let our user write `{info.name}`; make it one-way"
    if not info.values or line.table is None:
        return
    live = {word(value): value for value in info.values}
    for row in line.table.rows:
        cell = row.cells.of(side)[place]
        if cell is not None and word(cell) not in live:
            hint = did_you_mean(str(cell), info.values) or f"; there are {', '.join(info.values)}"
            yield f"{row.where or line.where}: {system} has no {info.name} `{cell}`{hint}"


def _unmapped(line: Line, side: Side, place: int, info: FieldInfo, system: str) -> list[str]:
    """Note live values of a source that no row names: such a value would write nothing (R10)."""
    from sync_service.core.mapping_kinds import word

    if line.table is None or side.far not in line.to or len(line.names.of(side)) > 1:
        return []
    if line.default.of(side.far) is not None:
        return []
    mapped = {word(row.cells.of(side)[place]) for row in line.table.rows}
    left: list[Any] = [value for value in info.values if word(value) not in mapped]
    if not left:
        return []
    words = ", ".join(map(str, left))
    note = (
        f"{line.where}: {system} {info.name} also has {words}, which no row names: such a ticket's"
        " value is not carried, and is one problem"
    )
    return [note]
