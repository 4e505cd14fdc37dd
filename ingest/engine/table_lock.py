"""The warehouse's lock on Redshift: a table locked by a session of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from psycopg import sql

from ingest.engine.redshift_errors import TIMED_OUT, RedshiftFailure
from ingest.engine.redshift_session import RedshiftSession
from ingest.engine.relation import Relation
from ingest.foreign_text import shown

# Redshift has no `nowait`: whoever finds the table locked gives up after this time.
_TRY_MILLISECONDS = 1000
_MOST_SHOWN = 63


class TableLock:
    """The warehouse's lock, held by a transaction that stays open."""

    def __init__(
        self, session: RedshiftSession, keeper: RedshiftSession, what: str, prefix: str
    ) -> None:
        self._session, self._keeper, self._what = session, keeper, what
        self._lock = sql.Identifier(f"{prefix}ops", "warehouse_lock")
        self._book = sql.Identifier(f"{prefix}ops", "lock_holder")

    def take(self) -> bool:
        """Try to take the lock for a second."""
        keeper = self._keeper
        try:
            keeper.execute(f"set statement_timeout to {_TRY_MILLISECONDS}".encode())
            keeper.execute(sql.SQL("lock {}").format(self._lock))
            keeper.execute("set statement_timeout to 0")
        except RedshiftFailure as failure:
            if failure.code != TIMED_OUT:
                raise
            keeper.rollback()
            return False
        self._sign()
        return True

    def holder(self) -> str:
        """Who took the lock last, as they wrote down."""
        row = self._session.execute(
            sql.SQL("select what, since from {} order by since desc limit 1").format(self._book)
        ).fetchone()
        self._session.commit()
        if row is None:
            return "another load or build"
        return f"{shown(row[0])} (since {row[1]:%H:%M:%S} UTC)"

    def _sign(self) -> None:
        """Write down who holds the lock, where others can read it."""
        name = f"warehouse: {self._what}"[:_MOST_SHOWN]
        with self._session.transaction():
            self._session.execute(sql.SQL("delete from {}").format(self._book))
            self._session.execute(
                sql.SQL("insert into {} (what, since) values (%s, %s)").format(self._book),
                (name, dt.datetime.now(dt.UTC).replace(tzinfo=None)),
            )


@contextmanager
def brief_lock(session: RedshiftSession, relation: Relation, seconds: int) -> Iterator[bool]:
    """A table locked by a session of its own, for the block: whether it was free in that time."""
    with session.another() as keeper:
        try:
            keeper.execute(f"set statement_timeout to {seconds * 1000}".encode())
            keeper.execute(sql.SQL("lock {}").format(relation.quoted))
        except RedshiftFailure as failure:
            if failure.code != TIMED_OUT:
                raise
            yield False
            return
        yield True


@contextmanager
def table_lock(session: RedshiftSession, what: str, prefix: str) -> Iterator[TableLock]:
    """The warehouse's lock; it is free when the block, or its session, ends."""
    session.commit()
    keeper = session.another()
    try:
        yield TableLock(session, keeper, what, prefix)
    finally:
        with suppress(RedshiftFailure):
            keeper.rollback()
        keeper.close()
