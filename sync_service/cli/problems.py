"""`problems`: what needs a person, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync_service.cli import edge
from sync_service.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    LinkOption,
    hand_down,
)

if TYPE_CHECKING:
    from sync_service.store import ProblemRow

app = typer.Typer(help="What needs a person.", invoke_without_command=True)
NumbersArgument = Annotated[list[int], typer.Argument(metavar="NUMBER...")]


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
    link: LinkOption = "",
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List open problems, oldest first."""
    with edge.edge(as_json=as_json):
        from sync_service.cli.service import configured, one_of_the_links, stored

        read = configured(config, quiet=True)
        one_of_the_links(read, link)
        with stored(read) as store:
            rows = store.problems(link=link, closed=closed)
        if as_json:
            edge.show({"problems": [_data(row) for row in rows]})
            return
        for row in rows:
            edge.say(f"{row.id:>5}  {_scope(row)}  {row.problem.code}{_end(row)}")
            edge.say(f"       {row.problem.message}")
        edge.say(f"{len(rows)} problems" if rows else "no problems")


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
    """Show one problem whole: the value refused, the vendor's words, the tickets."""
    with edge.edge(as_json=as_json):
        from sync_service.cli.asking import NotFound
        from sync_service.cli.service import configured, stored

        read = configured(config, quiet=True)
        with stored(read) as store:
            row = store.problem(number)
            tickets = _tickets(store, row) if row else []
        if row is None:
            raise NotFound(f"There is no problem {number}; see `sync-service problems list`.")
        problem = row.problem
        told = {
            **_data(row),
            "message": problem.message,
            "value": problem.value,
            "words": problem.words,
            "tickets": [*problem.tickets, *tickets],
        }
        if as_json:
            edge.show(told)
            return
        edge.say(problem.message)
        for name, value in told.items():
            if name != "message" and value not in (None, "", []):
                shown = ", ".join(map(str, value)) if isinstance(value, list) else value
                edge.say(f"{name:>9}: {shown}")


def _tickets(store: Any, row: ProblemRow) -> list[str]:
    """Name both tickets of a problem's pair."""
    if row.problem.pair is None:
        return []
    pairs = store.load([row.problem.pair])
    return [one for pair in pairs for one in (pair.ids.left, pair.ids.right) if one]


@app.command()
def retry(
    numbers: NumbersArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Try again what these problems block."""
    _act("retry", numbers, config, as_json=as_json)


@app.command()
def dismiss(
    numbers: NumbersArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Close these problems for good; a parked pair is unpaired."""
    _act("dismiss", numbers, config, as_json=as_json)


def _act(command: str, numbers: list[int], config: Any, *, as_json: bool) -> None:
    with edge.edge(as_json=as_json):
        from sync_service.cli.asking import ask
        from sync_service.cli.service import configured

        ask(configured(config, quiet=True), command, {"ids": numbers}, as_json=as_json)
