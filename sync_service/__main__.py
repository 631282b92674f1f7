"""Lets `python -m sync_service` do what the `sync-service` command does."""

from sync_service.cli import main

if __name__ == "__main__":
    main()
