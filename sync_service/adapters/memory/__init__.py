"""The reference adapter: a help desk in memory, for tests, demonstrations and dry runs."""

from sync_service.adapters.memory.adapter import MemoryAdapter
from sync_service.adapters.memory.desk import US, Manners, MemoryDesk

__all__ = ["US", "Manners", "MemoryAdapter", "MemoryDesk"]
