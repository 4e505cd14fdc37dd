"""The warehouse's lock on Redshift: a table locked by a session of its own."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from psycopg import sql

from ingest.engine.redshift_errors import TIMED_OUT, RedshiftFailure
from ingest.engine.redshift_session import RedshiftSession
from ingest.engine.relation import Relation
from ingest.foreign_text import shown
from ingest.loader_errors import DatabaseFailure

# Redshift has no `nowait`: whoever finds the table locked gives up after this time.
_TRY_MILLISECONDS = 1000
_MOST_SHOWN = 63
# Idle connections are cut by networks (350 seconds at a load balancer of AWS), and idle sessions
# may be ended by the cluster.
BEAT_SECONDS = 60.0


class TableLock:
    """The warehouse's lock, held by a transaction that stays open. A thread keeps its session from
    being idle."""

    def __init__(
        self, session: RedshiftSession, keeper: RedshiftSession, what: str, prefix: str
    ) -> None:
        self._session, self._keeper, self._what = session, keeper, what
        self._lock = sql.Identifier(f"{prefix}ops", "warehouse_lock")
        self._book = sql.Identifier(f"{prefix}ops", "lock_holder")
        self._is_held = self._is_lost = False
        # One statement at a time goes through the keeper.
        self._turn = threading.Lock()
        self._is_over = threading.Event()
        self._heart: threading.Thread | None = None

    def take(self) -> bool:
        """Try to take the lock for a second."""
        keeper = self._keeper
        with self._turn:
            try:
                keeper.execute(f"set statement_timeout to {_TRY_MILLISECONDS}".encode())
                keeper.execute(sql.SQL("lock {}").format(self._lock))
                keeper.execute("set statement_timeout to 0")
            except RedshiftFailure as failure:
                if failure.code != TIMED_OUT:
                    raise
                keeper.rollback()
                return False
            self._is_held = True
        self._sign()
        if self._heart is None:
            self._heart = threading.Thread(target=self._beat, daemon=True)
            self._heart.start()
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

    def require(self) -> None:
        """Raises DatabaseFailure if the session that held the lock has ended: others may work
        now."""
        with self._turn:
            if self._is_held and not self._is_alive():
                raise DatabaseFailure(
                    "the warehouse's lock was lost, because the session that held it ended; "
                    "run the command again",
                    may_pass=True,
                )

    def leave_transaction(self) -> bool:
        """Ends the transaction that holds the lock."""
        with self._turn:
            self._keeper.rollback()
            self._is_held = False
        return True

    def release(self) -> None:
        """Free the lock and end its session."""
        self._is_over.set()
        with self._turn:
            self._is_held = False
            with suppress(RedshiftFailure):
                self._keeper.rollback()
            self._keeper.close()

    def _is_alive(self) -> bool:
        if not self._is_lost:
            try:
                self._keeper.execute("select 1")
            except RedshiftFailure:
                self._is_lost = True
        return not self._is_lost

    def _beat(self) -> None:
        while not self._is_over.wait(BEAT_SECONDS):
            with self._turn:
                if self._is_held and not self._is_alive():
                    return

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
    lock = TableLock(session, session.another(), what, prefix)
    try:
        yield lock
    finally:
        lock.release()
