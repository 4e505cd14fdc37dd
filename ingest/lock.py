"""One lock for loads and builds: a second one waits, or reports that it cannot start."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from zlib import crc32

import psycopg

from ingest.foreign_text import shown
from ingest.loader_errors import LockHeld

# First key of every advisory lock of the warehouse; the second is what is locked.
# PostgreSQL keeps advisory locks per database.
LOCK_CLASS = 0x57485345


def lock_key(name: str, prefix: str = "") -> int:
    """Second key of the advisory lock for `name` in the warehouse with this schema prefix."""
    return crc32(f"{prefix}{name}".encode()) - 2**31


@contextmanager
def exclusive(
    connection: psycopg.Connection[Any],
    what: str,
    *,
    prefix: str = "",
    wait: float | None = None,
    notify: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Hold the warehouse's lock on `connection` while the block runs.

    `what` is shown to anyone who has to wait, as in "load grocery". `wait` is the longest wait in
    seconds: None waits forever, 0 not at all. `notify` gets one line when waiting begins. Raises
    LockHeld, naming the holder, when the time is up. The server releases the lock when the
    connection ends, however it ends.
    """
    key = lock_key("warehouse", prefix)
    name = f"warehouse: {what}"[:63]
    connection.execute("select set_config('application_name', %s, false)", (name,))
    connection.commit()
    started, notified = time.monotonic(), False
    while not _try(connection, key):
        holder = _holder(connection, key)
        if wait is not None and time.monotonic() - started >= wait:
            raise LockHeld(f"the warehouse is busy: {holder}; try again when that has finished")
        if notify and not notified:
            notify(f"waiting for {holder}")
            notified = True
        time.sleep(0.2)
    try:
        yield
    finally:
        # A lost connection no longer holds the lock.
        with suppress(psycopg.OperationalError):
            connection.rollback()
            connection.execute("select pg_advisory_unlock(%s, %s)", (LOCK_CLASS, key))
            connection.commit()


def _try(connection: psycopg.Connection[Any], key: int) -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s, %s)", (LOCK_CLASS, key)).fetchone()
    connection.commit()
    return bool(row and row[0])


def _holder(connection: psycopg.Connection[Any], key: int) -> str:
    row = connection.execute(
        """
        select a.application_name, a.pid, to_char(a.backend_start, 'HH24:MI:SS')
        from pg_locks as l inner join pg_stat_activity as a on l.pid = a.pid
        where l.locktype = 'advisory' and l.granted and l.objsubid = 2
          and l.classid = %s::bigint::oid and l.objid = %s::bigint::oid
          and l.database = (select oid from pg_database where datname = current_database())
        """,
        (LOCK_CLASS, key % 2**32),
    ).fetchone()
    connection.commit()
    if row is None:
        return "another load or build"
    # Only roles that may read all statistics see when another role's session began.
    since = f", since {row[2]}" if row[2] else ""
    return f"{shown(row[0])} (server process {row[1]}{since})"
