"""Stand-ins for the vendors: real HTTP servers on loopback with switchable faults.

They share nothing with the adapters, on purpose: an adapter and a simulator that import the same
decoder would agree on the same mistake. Only `demo` and `simulate` may import this package.
"""
