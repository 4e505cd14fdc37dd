"""Rewrites tables on PostgreSQL, and their statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql

from ingest.erasure.erasing import NotRewritten
from ingest.erasure.old_snapshots import wait_until_unseen

STATISTICS = "pg_catalog.pg_statistic"


def rewrite(
    connection: psycopg.Connection[Any],
    names: list[str],
    notify: Callable[[str], None] | None,
) -> list[NotRewritten]:
    """Rewrite the tables, and the most common values of their columns, in autocommit mode. Returns
    what was left."""
    if holders := wait_until_unseen(connection, notify):
        return [NotRewritten(name, tuple(holders)) for name in names]
    left = [name for name in names if not _is_rewritten(connection, name)]
    if _may_rewrite_statistics(connection):
        # The old statistics have just been deleted.
        if holders := wait_until_unseen(connection, notify, of_catalogue=True):
            return [NotRewritten(STATISTICS, tuple(holders)), *map(NotRewritten, left)]
        connection.execute(f"vacuum (full) {STATISTICS}".encode())
    return [*map(NotRewritten, left)]


def _is_rewritten(connection: psycopg.Connection[Any], name: str) -> bool:
    """Rewrite the table; False if nothing happened because the role does not own it."""
    table = sql.Identifier(*name.split(".", 1))
    before = _file_of(connection, table)
    if before is None:
        return True
    connection.execute(sql.SQL("vacuum (full, analyze) {}").format(table))
    return _file_of(connection, table) != before


def _file_of(connection: psycopg.Connection[Any], table: sql.Identifier) -> int | None:
    """Number of the table's file; None if the table no longer exists."""
    row = connection.execute(
        "select pg_relation_filenode(to_regclass(%s))", (table.as_string(connection),)
    ).fetchone()
    return row[0] if row else None


def _may_rewrite_statistics(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute(
        "select pg_has_role(datdba, 'usage') from pg_database where datname = current_database()"
    ).fetchone()
    return bool(row and row[0])
