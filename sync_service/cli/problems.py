"""`problems`: what needs a person, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync_service.cli import edge
from sync_service.cli.choosing import (
    AllOption,
    Choice,
    CodeOption,
    OlderOption,
    SystemOption,
    TicketOption,
    YesOption,
)
from sync_service.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    LinkOption,
    hand_down,
)

if TYPE_CHECKING:
    from sync_service.core.pair import Problem
    from sync_service.store import ProblemRow, Store

app = typer.Typer(help="What needs a person.", invoke_without_command=True)
#: How many tickets of one problem the list names, and `show`.
_NAMED, _SHOWN = 4, 100
NumbersArgument = Annotated[list[int] | None, typer.Argument(metavar="NUMBER")]


@app.callback()
def group(
    context: typer.Context, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """What needs a person; alone it lists them."""
    if context.invoked_subcommand is None:
        listed(config, as_json=as_json)
    else:
        hand_down(context, config, as_json=as_json)


@app.command("list")
def listed(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    link: LinkOption = "",
    system: SystemOption = "",
    code: CodeOption = "",
    ticket: TicketOption = "",
    older_than: OlderOption = "",
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List open problems, oldest first."""
    with edge.edge(as_json=as_json):
        from sync_service.cli import choosing
        from sync_service.cli.service import configured, stored

        read = configured(config, quiet=True)
        with stored(read) as store:
            choice = Choice(link, system, code, ticket, older_than)
            rows = choosing.listed(read, store, choice, closed=closed)
            called = _called(store, rows)
        if as_json:
            edge.show({"problems": [{**_data(row), "called": called[row.id]} for row in rows]})
            return
        for row in rows:
            named = f"  {_some(called[row.id], _NAMED)}" if called[row.id] else ""
            edge.say(f"{row.id:>5}  {_scope(row)}  {row.problem.code}{_end(row)}{named}")
            edge.say(f"       {row.problem.message}")
        edge.say(f"{len(rows)} problems" if rows else "no problems")


def _some(names: Sequence[str], most: int) -> str:
    """Name so many, and count the others."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _data(row: ProblemRow) -> dict[str, Any]:
    """Give what a list may hold: no value and no words of a ticket."""
    problem = row.problem
    return {
        "number": row.id,
        "scope": str(problem.scope),
        "code": problem.code,
        "link": problem.link,
        "system": problem.system,
        "pair": problem.pair,
        "item": problem.item if problem.code != "unmapped" else problem.item.split("=")[0],
        "tickets": list(problem.tickets),
        "opened": row.opened_at,
        "last": row.last_at,
        "attempts": row.attempts,
        "closed": row.closed or None,
    }


def _scope(row: ProblemRow) -> str:
    problem = row.problem
    return " ".join(one for one in (problem.link, problem.system, str(problem.scope)) if one)


def _end(row: ProblemRow) -> str:
    return f" ({row.closed})" if row.closed else ""


@app.command()
def show(
    number: Annotated[int, typer.Argument(metavar="NUMBER")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show one problem whole: the vendor's words, before -> after, every attempt, the way on."""
    with edge.edge(as_json=as_json):
        from sync_service.cli.asking import NotFound
        from sync_service.cli.service import configured, stored

        read = configured(config, quiet=True)
        with stored(read) as store:
            row = store.problem(number)
            tickets = _tickets(store, row) if row else []
            called = _called(store, [row])[number] if row else []
        if row is None:
            raise NotFound(f"There is no problem {number}; see `sync-service problems list`.")
        told = {**_whole(row, tickets), "called": called}
        if as_json:
            edge.show(told)
            return
        for line in _lines(told):
            edge.say(line)


def _whole(row: ProblemRow, tickets: list[str]) -> dict[str, Any]:
    from sync_service.core.ways import way_on

    problem = row.problem
    return {
        **_data(row),
        "message": problem.message,
        "tickets": [*problem.tickets, *tickets],
        "words": problem.words,
        "value": problem.value,
        "change": _change(problem),
        "tried": [
            {"first": one.first, "last": one.last, "times": one.times, "kind": one.kind,
             "answer": one.answer}
            for one in row.tried
        ],
        "way_on": "" if row.closed else way_on(problem, row.id),
    }  # fmt: skip


def _change(problem: Problem) -> dict[str, list[Any]]:
    """Give what would be written as {name: [before, after]}; empty where nothing would."""
    after, before = _fields(problem.value), _fields(problem.before)
    return {name: [before.get(name), value] for name, value in after.items()}


def _fields(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _lines(told: dict[str, Any]) -> Iterator[str]:
    from sync_service.cli.previewing import shown

    where = " ".join(one for one in (told["link"], told["system"], told["item"]) if one)
    state = told["closed"] or f"open since {_moment(told['opened'])}"
    yield f"problem {told['number']}: {told['code']}, {state}, met {told['attempts']} times"
    yield f"  {told['message']}"
    yield f"  where: {where}"
    if named := told["called"] or told["tickets"]:
        yield f"  tickets: {_some(named, _SHOWN)}"
    if told["words"]:
        yield f"  its words: {told['words']}"
    for name, (before, after) in told["change"].items():
        yield f"  would write: {name}: {shown(before)} -> {shown(after)}"
    if told["value"] and not told["change"]:
        yield f"  value: {told['value']}"
    for one in told["tried"]:
        until = f" to {_moment(one['last'])}" if one["times"] > 1 else ""
        often = f" {one['times']} times" if one["times"] > 1 else ""
        yield f"  tried: {_moment(one['first'])}{until}{often}: {one['kind']}: {one['answer']}"
    if told["way_on"]:
        yield f"  way on: {told['way_on']}"


def _moment(at: Any) -> str:
    return str(at.isoformat(sep=" ", timespec="seconds")).removesuffix("+00:00") + "Z"


def _tickets(store: Store, row: ProblemRow) -> list[str]:
    """Give both ticket ids of a problem's pair."""
    if row.problem.pair is None:
        return []
    pairs = store.load([row.problem.pair])
    return [one for pair in pairs for one in (pair.ids.left, pair.ids.right) if one]


def _called(store: Store, rows: Sequence[ProblemRow]) -> dict[int, list[str]]:
    """Name the tickets of each problem as people do, by the problem's number.

    Of a pair both are named; of a problem that lists tickets these, by their ids where the store
    has no number.
    """
    from sync_service.core.values import Side

    wanted = {row.problem.pair for row in rows if row.problem.pair is not None}
    pairs = {pair.id: pair for pair in store.load(sorted(wanted))}
    named: dict[int, list[str]] = {}
    for row in rows:
        pair, problem = pairs.get(row.problem.pair or 0), row.problem
        listed = problem.tickets if problem.pair is None else ()
        numbers = store.numbers(problem.link, listed[:_SHOWN]) if listed else {}
        named[row.id] = [one for side in Side if pair and (one := pair.called(side))]
        named[row.id] += [numbers.get(one, one) for one in listed]
    return named


@app.command()
def retry(
    numbers: NumbersArgument = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    link: LinkOption = "",
    system: SystemOption = "",
    code: CodeOption = "",
    ticket: TicketOption = "",
    older_than: OlderOption = "",
    every: AllOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Try again what these problems block."""
    choice = Choice(link, system, code, ticket, older_than)
    _act("retry", numbers or [], config, choice, every=every, yes=yes, as_json=as_json)


@app.command()
def dismiss(
    numbers: NumbersArgument = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    link: LinkOption = "",
    system: SystemOption = "",
    code: CodeOption = "",
    ticket: TicketOption = "",
    older_than: OlderOption = "",
    every: AllOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Close these problems for good; a parked pair is unpaired."""
    choice = Choice(link, system, code, ticket, older_than)
    _act("dismiss", numbers or [], config, choice, every=every, yes=yes, as_json=as_json)


def _act(
    command: str, numbers: list[int], config: Any, choice: Choice, *, every: bool, yes: bool,
    as_json: bool,
) -> None:  # fmt: skip
    with edge.edge(as_json=as_json):
        from sync_service.cli import choosing
        from sync_service.cli.asking import ask
        from sync_service.cli.service import configured, stored

        read = configured(config, quiet=True)
        with stored(read) as store:
            rows = choosing.chosen(read, store, numbers, choice, every=every)
        if every:
            choosing.ask_first(command, rows, yes=yes, as_json=as_json)
        ask(read, command, {"ids": [row.id for row in rows]}, as_json=as_json)
