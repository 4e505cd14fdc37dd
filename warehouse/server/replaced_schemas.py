"""Schemas that a restore has replaced: readers may still be in them for a moment."""

import re
import time

import psycopg
from psycopg import sql

_EACH_TRY = "1s"


def replaced_name(prefix: str, number: int) -> str:
    """The name that a schema gets when a restore replaces it."""
    return f"{prefix}warehouse_replaced_{number}"


def is_replaced(schema: str, prefix: str) -> bool:
    """Whether a schema has such a name."""
    return bool(re.fullmatch(rf"{prefix}warehouse_replaced_\d+", schema, re.ASCII))


def replaced_schemas(connection: psycopg.Connection, prefix: str) -> list[str]:
    """The schemas that are still to be dropped."""
    rows = connection.execute(
        "select nspname::text from pg_namespace where nspname like '%%warehouse_replaced_%%'"
        " order by 1"
    ).fetchall()
    return [name for (name,) in rows if is_replaced(name, prefix)]


def drop_replaced(connection: psycopg.Connection, prefix: str, patience: float = 0) -> list[str]:
    """Drops them; each is tried for `patience` seconds, and once in any case. Commits.

    Returns the names of those that somebody still reads; the next `warehouse up` tries again.
    """
    waiting, began = replaced_schemas(connection, prefix), time.monotonic()
    connection.commit()
    while waiting:
        waiting = [name for name in waiting if not _is_dropped(connection, name)]
        if time.monotonic() - began >= patience:
            break
    return waiting


def _is_dropped(connection: psycopg.Connection, name: str) -> bool:
    try:
        with connection.transaction():
            connection.execute(f"set local lock_timeout = '{_EACH_TRY}'")
            drop = sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(name))
            connection.execute(drop)
    except (
        psycopg.errors.LockNotAvailable,
        psycopg.errors.DeadlockDetected,
        psycopg.errors.InsufficientPrivilege,
    ):
        return False
    return True
