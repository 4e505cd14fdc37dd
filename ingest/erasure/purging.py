"""`warehouse purge`: erases personal columns and rejects past their retention."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.redshift_address import Address
from ingest.engine.session import Session
from ingest.erasure.erasing import (
    ERASED_SCHEMAS,
    Erased,
    NotRewritten,
    empty_columns,
    holds_any,
    is_kept,
    pending_rewrites,
    record,
    require_rewrite,
)
from ingest.erasure.rewriting import require_published, rewrite
from ingest.loader_errors import DatabaseFailure
from ingest.lock import exclusive, without_transaction
from ingest.sessions import FAILURES, connect, explain, may_pass
from ingest.tables.definition_files import read_definitions
from ingest.tables.foreign_code import refuse_foreign_rules
from ingest.tables.raw_schemas import ensure, table_name
from ingest.tables.table_definitions import Table


@dataclass(frozen=True)
class Purged:
    """What a purge emptied and deleted (or would), by table; `rejects` are rows of the ledger.

    `not_rewritten` are tables whose files still hold the old rows.
    """

    emptied: tuple[Erased, ...]
    rejects: tuple[Erased, ...]
    not_rewritten: tuple[NotRewritten, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows with emptied personal columns."""
        return sum(erased.rows for erased in self.emptied)


def purge(
    address: Address,
    project_dir: str | Path,
    prefix: str = "",
    *,
    dry_run: bool = False,
    rebuild: Callable[[], None] = lambda: None,
    wait: float | None = None,
    notify: Callable[[str], None] | None = None,
) -> Purged:
    """Empty restricted and token columns of rows past their table's `retention_days`.

    Retention counts from the time the file was loaded. Columns that facts are built from (ids,
    keys) and the rows themselves stay; rows that the restricted model in `kept_by` has not taken in
    yet wait. Rejects past `reject_retention_days` are deleted. A table without retention keeps
    everything. `dry_run` counts and changes nothing. All or nothing; safe to repeat. Once it is
    committed and columns were emptied, `rebuild` is called to rebuild the restricted models; then
    the tables are rewritten.
    """
    definitions = read_definitions(project_dir)
    tables = [table for source in definitions.values() for table in source.tables.values()]
    with (
        connect(address, touches_others=True) as connection,
        exclusive(connection, "purge", prefix=prefix, wait=wait, notify=notify) as lock,
    ):
        engine = engine_of(connection)
        try:
            with connection.transaction(force_rollback=dry_run):
                ensure(connection, definitions, prefix)
                if engine.has_foreign_code:
                    refuse_foreign_rules(connection, ERASED_SCHEMAS, prefix)
                emptied = [
                    _empty(connection, table, prefix)
                    for table in tables
                    if table.retention_days is not None
                ]
                rejects = [
                    _delete_rejects(connection, table, prefix)
                    for table in tables
                    if table.reject_retention_days is not None
                ]
                ledger = Erased(f"{prefix}ops.rejected_rows", (), sum(r.rows for r in rejects))
                require_rewrite(connection, [*emptied, ledger], prefix)
                lock.require()
            if dry_run:
                return Purged(tuple(emptied), tuple(rejects))
            if {*pending_rewrites(connection, prefix)} - {ledger.table}:
                connection.commit()
                rebuild()
                require_published(connection, prefix)
            connection.commit()
            with without_transaction(lock, notify):
                not_rewritten = rewrite(connection, prefix, notify)
        except FAILURES as error:
            raise DatabaseFailure(explain(error), may_pass=may_pass(error)) from None
    return Purged(tuple(emptied), tuple(rejects), tuple(not_rewritten))


def _old_loads(connection: Session, table: Table, days: int | None, prefix: str) -> list[int]:
    query = sql.SQL(
        "select load_id from {} where source_system = %s and table_name = %s"
        " and finished_at < %s order by load_id"
    ).format(sql.Identifier(f"{prefix}ops", "load_files"))
    oldest = dt.datetime.now(dt.UTC) - dt.timedelta(days=days or 0)
    return [row[0] for row in connection.execute(query, (table.source, table.name, oldest))]


def _empty(connection: Session, table: Table, prefix: str) -> Erased:
    loads = _old_loads(connection, table, table.retention_days, prefix)
    is_old = sql.SQL("load_id in ({})").format(_listed(loads))
    kept = is_kept(connection, table, prefix)
    erased = empty_columns(connection, table, sql.SQL("{} and {}").format(is_old, kept), prefix)
    record(connection, table, "purge", erased.rows, prefix)
    waiting = connection.execute(
        sql.SQL("select count(*) from {} where {} and {}").format(
            table_name(table, prefix), is_old, holds_any(table.erasable_columns)
        )
    ).fetchone()
    assert waiting is not None
    return Erased(erased.table, erased.columns, erased.rows, waiting[0])


def _delete_rejects(connection: Session, table: Table, prefix: str) -> Erased:
    loads = _old_loads(connection, table, table.reject_retention_days, prefix)
    rejects, old = sql.Identifier(f"{prefix}ops", "rejected_rows"), _listed(loads)
    deleted = connection.execute(
        sql.SQL(
            "select load_id, count(*) from {} where load_id in ({}) group by load_id"
            " order by load_id"
        ).format(rejects, old)
    ).fetchall()
    connection.execute(sql.SQL("delete from {} where load_id in ({})").format(rejects, old))
    for load_id, rows in deleted:
        record(connection, table, "rejects", rows, prefix, load_id)
    return Erased(f"{prefix}{table.schema}.{table.name}", (), sum(rows for _, rows in deleted))


def _listed(loads: list[int]) -> sql.Composable:
    """Load ids, for `in`."""
    return sql.SQL(", ").join(map(sql.Literal, loads)) if loads else sql.SQL("null")
