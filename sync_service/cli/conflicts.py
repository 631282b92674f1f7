"""`conflicts`: values that clashed, both of them, and a way to change the outcome (R8)."""

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
    from sync_service.config import Config
    from sync_service.core.pair import Pair
    from sync_service.store import ConflictRow

app = typer.Typer(help="Values that clashed.", invoke_without_command=True)
NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER")]


@app.callback()
def group(
    context: typer.Context, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Values that clashed; alone it lists them."""
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
    """List conflicts with both values, and who won or that a person is asked."""
    with edge.edge(as_json=as_json):
        from sync_service.cli.service import configured, one_of_the_links, stored

        read = configured(config, quiet=True)
        one_of_the_links(read, link)
        with stored(read) as store:
            rows = store.conflicts(link, closed=closed)
            pairs = {one.id: one for one in store.load(sorted({row.conflict.pair for row in rows}))}
        told = [_data(read, row, pairs.get(row.conflict.pair)) for row in rows]
        if as_json:
            edge.show({"conflicts": told})
            return
        for one in told:
            _tell(one)
        edge.say(f"{len(told)} conflicts" if told else "no conflicts")


def _data(config: Config, row: ConflictRow, pair: Pair | None) -> dict[str, Any]:
    from sync_service.core.values import Side

    link = config.links.get(row.link)
    names = {side: link.systems.of(side) if link else str(side) for side in Side}
    conflict = row.conflict
    return {
        "number": row.id,
        "link": row.link,
        "line": conflict.line,
        "tickets": {names[side]: pair.ids.of(side) if pair else None for side in Side},
        "called": {names[side]: pair.called(side) if pair else None for side in Side},
        "values": {names[side]: list(conflict.values.of(side)) for side in Side},
        "winner": names[conflict.winner] if conflict.winner else None,
        "why": conflict.why,
        "at": row.at,
        "closed": row.closed or None,
    }


def _tell(one: dict[str, Any]) -> None:
    from sync_service.cli.previewing import shown

    end = f"{one['winner']} won" if one["winner"] else "waits for you"
    edge.say(f"{one['number']:>5}  {one['link']}  {one['line']}  {one['closed'] or end}")
    for system, value in one["values"].items():
        edge.say(f"       {system} {one['called'][system]}: {shown(value)}")


@app.command()
def resolve(
    number: NumberArgument,
    to: Annotated[str, typer.Option("--to", metavar="SYSTEM", help="Whose value goes on.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Let one system's value go on."""
    _act("resolve", {"conflict": number, "to": to}, config, as_json=as_json)


@app.command()
def restore(
    number: NumberArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Put back the value that a policy gave up; it then flows as any edit does."""
    _act("restore", {"conflict": number}, config, as_json=as_json)


def _act(command: str, args: dict[str, Any], config: Any, *, as_json: bool) -> None:
    with edge.edge(as_json=as_json):
        from sync_service.cli.asking import ask
        from sync_service.cli.service import configured

        ask(configured(config, quiet=True), command, args, as_json=as_json)
