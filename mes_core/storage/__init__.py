"""The store: SQLAlchemy Core over SQLite (default) or another database by address."""

from mes_core.storage.store import SqlStore, open_store

__all__ = ["SqlStore", "open_store"]
