"""Which store an installation has: one on a server if the world knows of one, else a database of its own."""

from __future__ import annotations

from deadair.reference.env import Env
from deadair.reference.storage.postgres_store import STEPS, PostgresStore
from deadair.reference.storage.sqlite_store import SqliteStore
from deadair.reference.storage.store import Store


def store_of(env: Env, link: str) -> Store:
    """Return the store, as the node with this link reaches it."""
    remote = env.remote_database(link, STEPS)
    return SqliteStore(env) if remote is None else PostgresStore(remote)
