"""The commands. Each module holds one group and imports what it needs only when it is run."""


def main() -> None:
    """Run the command that the process was started for."""
    from sync_service.cli.app import app

    app(prog_name="sync-service")
