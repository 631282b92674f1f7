"""The decisions of a sync as pure functions of values: no clock, no I/O, no logging."""
