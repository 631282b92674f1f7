"""The tree of commands; `--help` stays quick because nothing heavy is imported here."""

from __future__ import annotations

from typing import Annotated

import typer

from sync_service.cli import (
    check,
    conflicts,
    database,
    demo,
    forget,
    links,
    once,
    pairs,
    plan,
    problems,
    renaming,
    run,
    simulate,
    status,
    sweep,
    validate,
)

app = typer.Typer(
    name="sync-service",
    help="Keeps help-desk tickets in step, both ways.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        from sync_service import __version__

        print(__version__)
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it and end.")
    ] = False,
) -> None:
    """Keeps help-desk tickets in step, both ways."""


app.command()(demo.demo)
app.command()(run.run)
app.command()(once.once)
app.command()(plan.plan)
app.command()(validate.validate)
app.command()(check.check)
app.command()(status.status)
app.command()(status.health)
app.command()(sweep.sweep)
app.add_typer(problems.app, name="problems")
app.add_typer(conflicts.app, name="conflicts")
app.command()(pairs.pair)
app.command()(pairs.unpair)
app.command()(forget.forget)
app.command()(links.accept)
app.command()(links.pause)
app.command()(links.resume)
app.add_typer(renaming.app, name="rename")
app.command()(simulate.simulate)
app.add_typer(database.app, name="db")
