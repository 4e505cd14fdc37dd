"""Rewrites tables on Redshift: VACUUM frees the blocks of deleted rows.

svv_table_info counts the rows of a table with those that are deleted but not yet freed; they stay
as long as a transaction may see them.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from psycopg import sql

from ingest.engine.redshift_engine import REDSHIFT
from ingest.engine.redshift_errors import RedshiftFailure
from ingest.engine.redshift_session import RedshiftSession
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.erasure.erasing import NotRewritten
from ingest.foreign_text import shown

# As long as erasing waits on PostgreSQL.
PATIENCE = 120.0
PAUSE = 5.0
_DENIED = "42501"


def rewrite(
    session: Session, names: list[str], notify: Callable[[str], None] | None
) -> list[NotRewritten]:
    """Free the blocks of deleted rows, in autocommit mode. Returns the tables in which some are
    left after PATIENCE seconds, with who is in a transaction, as far as the user may see that."""
    assert isinstance(session, RedshiftSession)
    refused: list[NotRewritten] = []
    waiting = [one for one in map(_relation, names) if REDSHIFT.exists(session, one)]
    started, notified = time.monotonic(), False
    while True:
        for relation in list(waiting):
            may = _vacuum(session, relation)
            if not may:
                refused.append(NotRewritten(_name(relation)))
            if not may or not _has_deleted_rows(session, relation):
                waiting.remove(relation)
        if not waiting:
            return refused
        holders = _open_transactions(session)
        if time.monotonic() - started >= PATIENCE:
            return [*refused, *(NotRewritten(_name(one), holders) for one in waiting)]
        if notify and not notified:
            notify(f"waiting for {'; '.join(holders)}: may still see what was erased")
            notified = True
        time.sleep(PAUSE)


def _vacuum(session: RedshiftSession, relation: Relation) -> bool:
    """False if the user does not own the table. Where another VACUUM runs, nothing happens yet."""
    vacuum = sql.SQL("vacuum delete only {} to 100 percent").format(relation.quoted)
    try:
        session.execute(vacuum)
    except RedshiftFailure as failure:
        if failure.code == _DENIED:
            return False
        if not failure.code or not failure.may_pass:
            raise
    return True


def _has_deleted_rows(session: RedshiftSession, relation: Relation) -> bool:
    held = session.execute(
        'select tbl_rows from svv_table_info where "schema" = %s and "table" = %s',
        tuple(relation),
    ).fetchone()
    seen = session.execute(sql.SQL("select count(*) from {}").format(relation.quoted)).fetchone()
    assert seen is not None
    # A table without any row, deleted or not, is not listed.
    return int(held[0] if held else 0) > int(seen[0])


def _open_transactions(session: RedshiftSession) -> tuple[str, ...]:
    own = session.execute("select pg_backend_pid()").fetchone()
    rows = session.execute(
        "select distinct trim(txn_owner), pid, txn_start from svv_transactions"
        " where pid <> %s order by txn_start",
        own,
    ).fetchall()
    found = [
        f"{shown(who)} (session {pid}, since {start:%H:%M:%S} UTC)" for who, pid, start in rows
    ]
    return tuple(found) or ("a transaction of another user",)


def _relation(name: str) -> Relation:
    return Relation(*name.split(".", 1))


def _name(relation: Relation) -> str:
    return f"{relation.schema}.{relation.name}"
