"""Rewrites the tables with erased values, so that their files hold the old rows no more."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from ingest.engine.engines import engine_of
from ingest.engine.session import Session
from ingest.erasure import postgres_rewriting, redshift_rewriting
from ingest.erasure.built_tables import tables_of
from ingest.erasure.erasing import (
    Erased,
    NotRewritten,
    is_rewritten,
    pending_rewrites,
    require_rewrite,
)


def require_published(connection: Session, prefix: str) -> None:
    """Have `rewrite` rewrite what readers of schema restricted see, once that was published anew:
    on Redshift the tables are the same, and their files hold the rows of before."""
    if engine_of(connection).replaces_rows:
        tables = tables_of(connection, "restricted", prefix)
        shown = [f"{schema}.{table}" for schema, table in tables if schema == f"{prefix}published"]
        require_rewrite(connection, [Erased(name, (), 1) for name in shown], prefix)


def rewrite(
    connection: Session, prefix: str, notify: Callable[[str], None] | None = None
) -> list[NotRewritten]:
    """Rewrite the tables that `require_rewrite` recorded. Commits.

    An update leaves the old row in the table's file until it is overwritten; rewriting removes it,
    once nobody can see it any more. Returns what could not be rewritten; the next run tries again.
    """
    names = pending_rewrites(connection, prefix)
    connection.commit()
    if not names:
        return []
    connection.autocommit = True
    try:
        if isinstance(connection, psycopg.Connection):
            left = postgres_rewriting.rewrite(connection, names, notify)
        else:
            left = redshift_rewriting.rewrite(connection, names, notify)
    finally:
        connection.autocommit = False
    not_done = {one.table for one in left}
    done = [name for name in names if name not in not_done]
    if done and postgres_rewriting.STATISTICS not in not_done:
        is_rewritten(connection, done, prefix)
        connection.commit()
    return left
