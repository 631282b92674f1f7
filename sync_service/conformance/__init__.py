"""The adapter conformance suite: what the engine counts on, proved of any adapter alike.

`docs/writing-an-adapter.md` says how to use it. It ships with the product and is no part of it:
nothing that the daemon runs imports it, and it needs pytest (`pip install sync-service[conformance]`).
"""
