"""Database connections, and database errors in one line."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, overload

import psycopg
from psycopg import errors

from ingest.engine.redshift_address import Address, RedshiftAddress
from ingest.engine.redshift_errors import RedshiftFailure
from ingest.engine.redshift_session import RedshiftSession, open_session
from ingest.engine.session import Session
from ingest.foreign_text import shown
from ingest.loader_errors import DatabaseFailure

# What a statement raises when the database refuses it or is gone; for Redshift it is explained
# already.
FAILURES = (psycopg.Error, DatabaseFailure)

# SQLSTATE classes: connection, transaction rolled back (deadlock), resources (disk full), operator.
_PASSING_CLASSES = ("08", "40", "53", "57")
# What a server says that cannot take a connection yet, or not now.
_PASSING_WORDS = ("starting up", "shutting down", "in recovery", "too many", "connection slots")

# SQLSTATE: no such table, column, schema.
_MISSING = ("42P01", "42703", "3F000")

STILL_LOCKED = (
    "another session kept a table locked for too long; find out which (select usename, pid, "
    "relation::regclass from pg_locks inner join pg_stat_activity using (pid)), then try again"
)


class _FixedPath(psycopg.Connection[Any]):
    """Resolves built-ins first in every statement, whatever code of others ran in the previous one:
    `set_config` in a view or a default could put another schema first."""

    def execute(self, *given: Any, **options: Any) -> psycopg.Cursor[Any]:
        super().execute("set search_path = pg_catalog, pg_temp")
        return super().execute(*given, **options)


@overload
def connect(address: str, *, touches_others: bool = False) -> psycopg.Connection[Any]: ...


@overload
def connect(
    address: Address, *, touches_others: bool = False
) -> psycopg.Connection[Any] | RedshiftSession: ...


def connect(
    address: Address, *, touches_others: bool = False
) -> psycopg.Connection[Any] | RedshiftSession:
    """Open a session at an address: a connection string of libpq, or the address of a Redshift.

    On PostgreSQL it keeps rows out of the server's log, if the role may set that. Otherwise a
    failed COPY logs the line it failed on. This only affects tables without personal data: the
    others are copied in a form that the server never quotes. `touches_others`: for work on tables
    that several roles own. Raises DatabaseFailure.
    """
    if isinstance(address, RedshiftAddress):
        return open_session(address)
    kind = _FixedPath if touches_others else psycopg.Connection
    try:
        connection = kind.connect(address, connect_timeout=10)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else "no answer"
        message = f"cannot reach the database: {shown(reason)}"
        raise DatabaseFailure(message, may_pass=may_connect_later(reason)) from None
    for quiet in ("set log_error_verbosity = terse", "set log_min_error_statement = panic"):
        with suppress(errors.InsufficientPrivilege), connection.transaction():
            connection.execute(quiet)
    connection.execute("set datestyle = 'ISO, YMD'")
    connection.commit()
    return connection


def lock_holders(connection: Session, table: str) -> list[str]:
    """The sessions that use a table of this name: role and server process. PostgreSQL alone says
    that it waited for a lock in vain."""
    rows = connection.execute(
        "select distinct usename::text, pid"
        " from pg_locks inner join pg_stat_activity using (pid)"
        " inner join pg_class on pg_class.oid = relation"
        " where relname = %s and granted and pid <> pg_backend_pid() order by 1, 2",
        (table,),
    ).fetchall()
    return [f"{shown(role)} (server process {pid})" for role, pid in rows]


def sqlstate(error: Exception) -> str:
    """The code that the database gave with an error; empty if it gave none."""
    if isinstance(error, psycopg.Error):
        return error.sqlstate or ""
    return error.code if isinstance(error, RedshiftFailure) else ""


def is_missing(error: Exception) -> bool:
    """Whether it says that a table, a column or a schema is not there."""
    return sqlstate(error) in _MISSING


def may_pass(error: psycopg.Error | DatabaseFailure) -> bool:
    """Whether the same work may succeed later: the connection was lost, the server is stopping or
    starting, a disk is full, or another session was in the way.
    """
    if isinstance(error, DatabaseFailure):
        return error.may_pass
    if isinstance(error, errors.LockNotAvailable):
        return True
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate[:2] in _PASSING_CLASSES


def may_connect_later(reason: str) -> bool:
    """Whether a connection that failed for this reason may succeed later: nobody answered, or the
    server is busy or starting. A server that refuses a role or a database means it.
    """
    return "FATAL:" not in reason or any(words in reason for words in _PASSING_WORDS)


def explain(error: psycopg.Error | DatabaseFailure) -> str:
    """A database error as one line, without any row content."""
    if isinstance(error, DatabaseFailure):
        return str(error)
    reason = shown(error.diag.message_primary or "")
    if isinstance(error, errors.DiskFull):
        return "the database's disk is full; nothing was loaded from the file"
    if isinstance(error, errors.LockNotAvailable):
        return STILL_LOCKED
    if isinstance(error, errors.InsufficientPrivilege):
        return f"the database role may not do this: {reason}"
    if isinstance(error, errors.InvalidSchemaName | errors.UndefinedTable):
        return "the raw tables do not exist yet; run `warehouse up` or load a file first"
    if error.sqlstate is None or isinstance(error, psycopg.OperationalError):
        return f"the database connection failed: {reason or 'connection lost'}"
    return f"the database refused: {reason} (SQLSTATE {error.sqlstate})"
