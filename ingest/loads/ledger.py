"""The ledger of loads: what is in the warehouse, and what a new file does to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from ingest.files.batches import Reject
from ingest.files.claimed_files import Candidate, identity_of
from ingest.foreign_text import shown
from ingest.loader_errors import AlreadyKnown, Refusal
from ingest.loads.control_totals import Total
from ingest.tables.raw_schemas import table_name
from ingest.tables.table_definitions import Table


@dataclass
class Load:
    """One row of ops.load_files, as far as later files ask for it."""

    load_id: int
    file_name: str
    identity: str
    sha256: str
    file_bytes: int
    is_live: bool
    status: str
    superseded_by: int | None
    order_again: str | None


@dataclass(frozen=True)
class Outcome:
    """What the ledger writes down about an accepted file."""

    file_name: str
    sha256: str
    file_bytes: int
    rows_in_file: int
    rejects: Sequence[Reject]
    totals: Sequence[Total]
    as_of: dt.date
    started_at: dt.datetime
    order_again: str | None
    file_order: str
    time_zone: str | None


class TableLedger:
    """The loads of one table. Whoever uses it holds the table's lock, so it does not go stale."""

    def __init__(self, connection: psycopg.Connection[Any], table: Table, prefix: str) -> None:
        self._connection = connection
        self._table = table
        self._prefix = prefix
        self._loads: dict[int, Load] = {}
        self._by_content: dict[str, list[Load]] = {}
        self._by_name: dict[str, list[Load]] = {}
        self._sizes: set[int] = set()
        found = connection.execute(
            "select to_regclass(%s) is not null", (f'"{prefix}ops".load_files',)
        ).fetchone()
        if found and found[0]:
            self._read()

    def _ops(self, name: str) -> sql.Identifier:
        return sql.Identifier(f"{self._prefix}ops", name)

    def _read(self) -> None:
        query = sql.SQL(
            "select load_id, file_name, sha256, file_bytes, is_live, status, superseded_by_load_id,"
            " order_again from {} where source_system = %s and table_name = %s"
        ).format(self._ops("load_files"))
        for row in self._connection.execute(query, (self._table.source, self._table.name)):
            number, name, sha256, size, is_live, status, by, again = row
            identity = identity_of(name, self._table)
            self._add(Load(number, name, identity, sha256, size, is_live, status, by, again))

    def _add(self, load: Load) -> None:
        self._loads[load.load_id] = load
        self._by_content.setdefault(load.sha256, []).append(load)
        self._by_name.setdefault(load.identity, []).append(load)
        self._sizes.add(load.file_bytes)

    def has_size(self, file_bytes: int) -> bool:
        """Whether any file of that size was taken before: content of another size is new."""
        return file_bytes in self._sizes

    def live(self) -> list[Load]:
        """Loads whose rows count."""
        return [load for load in self._loads.values() if load.is_live]

    def same_name(self, candidate: Candidate) -> list[Load]:
        """Live loads of the same delivery."""
        return [load for load in self._by_name.get(candidate.identity, []) if load.is_live]

    def check_content(self, sha256: str, corrects: bool) -> None:
        """Raise AlreadyKnown when the content must not be taken again.

        In mode replace only the current content is known. In mode append, content is known for as
        long as it, or what corrected it, is live; `corrects` lets corrected content come back.
        """
        for load in self._by_content.get(sha256, []):
            if load.is_live:
                name = f" ({shown(load.file_name)})" if load.file_name else ""
                raise AlreadyKnown(load.load_id, f"known already as load {load.load_id}{name}")
            final = self._final(load)
            if self._table.mode == "append" and not corrects and final.is_live:
                raise AlreadyKnown(
                    load.load_id,
                    f"known already as load {load.load_id}, since corrected by load "
                    f"{final.load_id}; say --corrects to take it again",
                )

    def _final(self, load: Load) -> Load:
        while not load.is_live and load.superseded_by in self._loads:
            load = self._loads[load.superseded_by]
        return load

    def superseded_by_name(self, candidate: Candidate, *, corrects: bool, adds: bool) -> list[Load]:
        """The live loads that an accepted file puts out of use by its mode and name.

        Raises Refusal for a known name with other content, unless the caller or the table's
        definition says what that means.
        """
        if self._table.mode == "replace":
            return self.live()
        same = self.same_name(candidate)
        if not same or adds:
            return []
        if corrects or self._table.same_name_corrects:
            return same
        raise Refusal(
            f"load {same[-1].load_id} came from a file of this name with other content; say "
            "--corrects if this file takes its place, --adds if both count"
        )

    def next_load_id(self) -> int:
        """A new load id, higher than every id given out before."""
        row = self._connection.execute(
            "select nextval(pg_get_serial_sequence(%s, 'load_id'))",
            (f'"{self._prefix}ops".load_files',),
        ).fetchone()
        assert row is not None
        return int(row[0])

    def write(self, load_id: int, candidate: Candidate, outcome: Outcome) -> Load:
        """Write down an accepted file with its totals and rejects; not yet committed."""
        rejected = len(outcome.rejects)
        self._connection.execute(
            sql.SQL(
                "insert into {} (load_id, source_system, table_name, file_name, sha256, file_bytes,"
                " rows_in_file, rows_loaded, rows_rejected, as_of_date, status, is_live,"
                " started_at, finished_at, order_again, file_order, time_zone)"
                " overriding system value"
                " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'live', true, %s,"
                " clock_timestamp(), %s, %s, %s)"
            ).format(self._ops("load_files")),
            (
                load_id,
                self._table.source,
                self._table.name,
                outcome.file_name,
                outcome.sha256,
                outcome.file_bytes,
                outcome.rows_in_file,
                outcome.rows_in_file - rejected,
                rejected,
                outcome.as_of,
                outcome.started_at,
                outcome.order_again,
                outcome.file_order,
                outcome.time_zone,
            ),
        )
        cursor = self._connection.cursor()
        with cursor.copy(sql.SQL("copy {} from stdin").format(self._ops("load_totals"))) as copy:
            for t in outcome.totals:
                row = (load_id, t.business_date, t.currency_code, t.row_count, t.control_amount)
                copy.write_row(row)
        with cursor.copy(sql.SQL("copy {} from stdin").format(self._ops("rejected_rows"))) as copy:
            for r in sorted(outcome.rejects, key=lambda reject: reject.line):
                copy.write_row((load_id, r.line, r.column, r.reason[:512], r.value))
        return Load(
            load_id,
            outcome.file_name,
            candidate.identity,
            outcome.sha256,
            outcome.file_bytes,
            True,
            "live",
            None,
            outcome.order_again,
        )

    def supersede(self, loads: Sequence[Load], by: int) -> None:
        """Take the rows of earlier loads out and say which load took their place."""
        status = "replaced" if self._table.mode == "replace" else "corrected"
        retire(self._connection, self._table, [x.load_id for x in loads], status, by, self._prefix)

    def accept(self, load: Load, superseded: Sequence[Load]) -> None:
        """Remember a committed load."""
        for old in superseded:
            old.is_live, old.superseded_by = False, load.load_id
        self._add(load)


def retire(
    connection: psycopg.Connection[Any],
    table: Table,
    load_ids: Sequence[int],
    status: str,
    by: int | None,
    prefix: str,
) -> int:
    """Delete the raw rows of loads and mark them as no longer live; returns the rows deleted."""
    if not load_ids:
        return 0
    ids = list(load_ids)
    deleted = connection.execute(
        sql.SQL("delete from {} where load_id = any(%s)").format(table_name(table, prefix)), (ids,)
    ).rowcount
    connection.execute(
        sql.SQL(
            "update {} set status = %s, is_live = false, superseded_by_load_id = %s,"
            " superseded_at = clock_timestamp() where load_id = any(%s)"
        ).format(sql.Identifier(f"{prefix}ops", "load_files")),
        (status, by, ids),
    )
    return deleted
