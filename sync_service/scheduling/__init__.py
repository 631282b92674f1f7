"""When links run: ticks, supervised tasks, and the end of the daemon."""
