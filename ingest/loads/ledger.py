"""The ledger of loads: what is in the warehouse, and how a new file changes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.files.batches import Reject
from ingest.files.claimed_files import Candidate, identity_of
from ingest.foreign_text import shown
from ingest.loader_errors import AlreadyKnown, Refusal
from ingest.loads.control_totals import Total
from ingest.tables.raw_schemas import table_name
from ingest.tables.table_definitions import Table

_TOTALS = pa.schema(
    [
        ("load_id", pa.int64()),
        ("business_date", pa.date32()),
        ("currency_code", pa.string()),
        ("row_count", pa.int64()),
        ("control_amount", pa.decimal128(18, 4)),
    ]
)
_REJECTS = pa.schema(
    [
        ("load_id", pa.int64()),
        ("line_number", pa.int64()),
        ("column_name", pa.string()),
        ("reason", pa.string()),
        ("value", pa.string()),
    ]
)


@dataclass
class Load:
    """One row of ops.load_files: the columns that later files are compared with."""

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
    """What the ledger records about an accepted file."""

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
    """The loads of one table. Its user holds the table's lock, so it does not go stale."""

    def __init__(self, connection: Session, table: Table, prefix: str) -> None:
        self._connection = connection
        self._engine = engine_of(connection)
        self._table = table
        self._prefix = prefix
        # A check may run before there is a ledger.
        self._is_there = self._engine.exists(connection, Relation(f"{prefix}ops", "load_files"))
        self._read()

    def _ops(self, name: str) -> sql.Identifier:
        return sql.Identifier(f"{self._prefix}ops", name)

    def begin_file(self) -> None:
        """First step of the transaction of a file: no other loader writes until it ends, and what
        others wrote until now is known."""
        if self._is_there and self._engine.lock_loads(self._connection, self._prefix):
            self._read()

    def _read(self) -> None:
        self._loads: dict[int, Load] = {}
        self._by_content: dict[str, list[Load]] = {}
        self._by_name: dict[str, list[Load]] = {}
        self._sizes: set[int] = set()
        if not self._is_there:
            return
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
        """Whether a file of this size was loaded before: content of another size is new."""
        return file_bytes in self._sizes

    def live(self) -> list[Load]:
        """Loads with rows that count."""
        return [load for load in self._loads.values() if load.is_live]

    def same_name(self, candidate: Candidate) -> list[Load]:
        """Live loads of the same delivery."""
        return [load for load in self._by_name.get(candidate.identity, []) if load.is_live]

    def check_content(self, sha256: str, corrects: bool) -> None:
        """Raise AlreadyKnown if the content must not be loaded again.

        In mode replace, only the current content is known. In mode append, content is known as
        long as it, or the load that corrected it, is live; `corrects` lets corrected content
        return.
        """
        for load in self._by_content.get(sha256, []):
            if load.is_live:
                name = f" ({shown(load.file_name)})" if load.file_name else ""
                raise AlreadyKnown(load.load_id, f"already loaded as load {load.load_id}{name}")
            final = self._final(load)
            if self._table.mode == "append" and not corrects and final.is_live:
                raise AlreadyKnown(
                    load.load_id,
                    f"already loaded as load {load.load_id}, since corrected by load "
                    f"{final.load_id}; pass --corrects to load it again",
                )

    def _final(self, load: Load) -> Load:
        while not load.is_live and load.superseded_by in self._loads:
            load = self._loads[load.superseded_by]
        return load

    def superseded_by_name(self, candidate: Candidate, *, corrects: bool, adds: bool) -> list[Load]:
        """The live loads that an accepted file replaces, by mode and name.

        Raises Refusal for a known name with different content, unless the caller or the table's
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
            f"load {same[-1].load_id} came from a file with this name but different content; pass "
            "--corrects if this file replaces it, --adds if both count"
        )

    def next_load_id(self) -> int:
        """A new load id, higher than all earlier ones."""
        return self._engine.new_load_id(self._connection, self._prefix)

    def write(self, load_id: int, candidate: Candidate, outcome: Outcome) -> Load:
        """Record an accepted file with its totals and rejects; does not commit."""
        rejected = len(outcome.rejects)
        self._connection.execute(
            sql.SQL(
                "insert into {} (load_id, source_system, table_name, file_name, sha256, file_bytes,"
                " rows_in_file, rows_loaded, rows_rejected, as_of_date, status, is_live,"
                " started_at, finished_at, order_again, file_order, time_zone) {}"
                " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'live', true, %s,"
                " %s, %s, %s, %s)"
            ).format(self._ops("load_files"), self._engine.with_given_id),
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
                dt.datetime.now(dt.UTC),
                outcome.order_again,
                outcome.file_order,
                outcome.time_zone,
            ),
        )
        self.write_rows(
            load_id,
            "load_totals",
            _TOTALS,
            (
                (load_id, t.business_date, t.currency_code, t.row_count, t.control_amount)
                for t in outcome.totals
            ),
        )
        self.write_rows(
            load_id,
            "rejected_rows",
            _REJECTS,
            (
                (load_id, r.line, r.column, r.reason[:512], r.value)
                for r in sorted(outcome.rejects, key=lambda reject: reject.line)
            ),
        )
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

    def write_rows(
        self, load_id: int, name: str, schema: pa.Schema, rows: Iterable[tuple[Any, ...]]
    ) -> None:
        """Write rows about a load into a table of the ledger."""
        relation = Relation(f"{self._prefix}ops", name)
        self._engine.write_rows(
            self._connection, relation, schema, rows, load_id=load_id, prefix=self._prefix
        )

    def supersede(self, loads: Sequence[Load], by: int) -> None:
        """Delete the rows of earlier loads and record which load replaced them."""
        status = "replaced" if self._table.mode == "replace" else "corrected"
        retire(self._connection, self._table, [x.load_id for x in loads], status, by, self._prefix)

    def accept(self, load: Load, superseded: Sequence[Load]) -> None:
        """Note a committed load."""
        for old in superseded:
            old.is_live, old.superseded_by = False, load.load_id
        self._add(load)


def retire(
    connection: Session,
    table: Table,
    load_ids: Sequence[int],
    status: str,
    by: int | None,
    prefix: str,
) -> int:
    """Delete the raw rows of loads and mark the loads as not live; returns the rows deleted."""
    if not load_ids:
        return 0
    among, ids = engine_of(connection).among(load_ids)
    deleted = connection.execute(
        sql.SQL("delete from {} where load_id {}").format(table_name(table, prefix), among), ids
    ).rowcount
    connection.execute(
        sql.SQL(
            "update {} set status = %s, is_live = false, superseded_by_load_id = %s,"
            " superseded_at = %s where load_id {}"
        ).format(sql.Identifier(f"{prefix}ops", "load_files"), among),
        (status, by, dt.datetime.now(dt.UTC), *ids),
    )
    return deleted
