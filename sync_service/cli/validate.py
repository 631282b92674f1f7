"""`validate`: read the configuration as the daemon would, without a network and without a store."""

from __future__ import annotations

from sync_service.cli import edge
from sync_service.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption


def validate(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Check the configuration and its mapping files offline."""
    with edge.edge(as_json=as_json):
        from sync_service.cli.service import configured

        read = configured(config, quiet=True)
        lines = {name: len(link.mapping.lines) for name, link in read.links.items()}
        if as_json:
            edge.show({
                "valid": True,
                "file": read.file,
                "systems": {name: one.adapter for name, one in read.systems.items()},
                "links": lines,
                "warnings": list(read.warnings),
            })  # fmt: skip
            return
        for warning in read.warnings:
            edge.say(f"note: {warning}")
        for name, link in read.links.items():
            both = f"{link.systems.left} and {link.systems.right}"
            edge.say(f"{name}: {both}, {lines[name]} lines, every {link.every.total_seconds():g} s")
        edge.say(f"{read.file} is well. `sync-service check` asks the live systems.")
