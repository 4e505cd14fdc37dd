"""PostgreSQL's advisory locks: who holds the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from zlib import crc32

import psycopg

from ingest.foreign_text import shown

# First key of every advisory lock of the warehouse; the second is what is locked.
# PostgreSQL keeps advisory locks per database.
LOCK_CLASS = 0x57485345


def lock_key(name: str, prefix: str = "") -> int:
    """Second key of the advisory lock for `name` in the warehouse with this schema prefix."""
    return crc32(f"{prefix}{name}".encode()) - 2**31


class AdvisoryLock:
    """The warehouse's lock, held by a connection."""

    def __init__(self, connection: psycopg.Connection[Any], prefix: str) -> None:
        self._connection = connection
        self._key = lock_key("warehouse", prefix)
        self._is_held = False

    def take(self) -> bool:
        """Try to take the lock; returns at once."""
        row = self._connection.execute(
            "select pg_try_advisory_lock(%s, %s)", (LOCK_CLASS, self._key)
        ).fetchone()
        self._connection.commit()
        self._is_held = bool(row and row[0])
        return self._is_held

    def holder(self) -> str:
        """Who holds the lock: what it does, its server process, since when."""
        row = self._connection.execute(
            """
            select a.application_name, a.pid, to_char(a.backend_start, 'HH24:MI:SS')
            from pg_locks as l inner join pg_stat_activity as a on l.pid = a.pid
            where l.locktype = 'advisory' and l.granted and l.objsubid = 2
              and l.classid = %s::bigint::oid and l.objid = %s::bigint::oid
              and l.database = (select oid from pg_database where datname = current_database())
            """,
            (LOCK_CLASS, self._key % 2**32),
        ).fetchone()
        self._connection.commit()
        if row is None:
            return "another load or build"
        # Only roles that may read all statistics see when another role's session began.
        since = f", since {row[2]}" if row[2] else ""
        return f"{shown(row[0])} (server process {row[1]}{since})"

    def require(self) -> None:
        """Nothing: the session does the work itself, or each loader locks its table, too."""

    def leave_transaction(self) -> bool:
        """It is held by the session."""
        return False

    def release(self) -> None:
        """Free the lock if it is held; a lost connection no longer holds it."""
        if not self._is_held:
            return
        with suppress(psycopg.OperationalError):
            self._connection.rollback()
            self._connection.execute("select pg_advisory_unlock(%s, %s)", (LOCK_CLASS, self._key))
            self._connection.commit()


@contextmanager
def advisory_lock(
    connection: psycopg.Connection[Any], what: str, prefix: str
) -> Iterator[AdvisoryLock]:
    """The warehouse's lock, freed at the end of the block. Others see `what` the holder does."""
    name = f"warehouse: {what}"[:63]
    connection.execute("select set_config('application_name', %s, false)", (name,))
    connection.commit()
    lock = AdvisoryLock(connection, prefix)
    try:
        yield lock
    finally:
        lock.release()
