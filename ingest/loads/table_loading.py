"""The files of one table, one transaction each."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.copy import QueuedLibpqWriter

from ingest.checks.cell_rules import rules_for
from ingest.checks.ids import WrittenAsFloats
from ingest.files.batches import Batch, Verdict, too_many
from ingest.files.claimed_files import Candidate, printable
from ingest.files.csv_reader import CsvReader
from ingest.files.dialect_reader import DialectReader
from ingest.files.file_bytes import HashedBytes, content_sha256, is_parquet, open_file
from ingest.files.id_columns import whole_id_columns
from ingest.files.nobody import batches_without_nobody
from ingest.files.parquet_reader import ParquetReader
from ingest.foreign_text import first_few, shown
from ingest.loader_errors import AlreadyKnown, Refusal
from ingest.loads import repeated_orders, reused_order_numbers
from ingest.loads.control_totals import Totals
from ingest.loads.copying import binary_rows, binary_types, encode, storable
from ingest.loads.file_order import FileOrder
from ingest.loads.known_words import Crosswalk, UnknownWords
from ingest.loads.ledger import Load, Outcome, TableLedger
from ingest.loads.load_report import FileResult, Status
from ingest.loads.rejected_orders import note_rejected_orders
from ingest.lock import LOCK_CLASS, lock_key
from ingest.sessions import explain
from ingest.tables.raw_schemas import index_loads, table_name
from ingest.tables.table_definitions import Table
from ingest.tokens.forgotten_list import read_forgotten
from ingest.tokens.token_keys import TokenKey, check_key
from ingest.tokens.tokenising import tokenise_ids

Advance = Callable[[str, int, int], None]
_Judged = tuple[FileResult, Load | None, list[Load]]


@dataclass(frozen=True)
class Options:
    """What the caller of load() asked for; see there."""

    as_of: dt.date
    check: bool = False
    corrects: bool = False
    adds: bool = False
    order_again: str | None = None
    time_zone: ZoneInfo | None = None
    token_key: TokenKey | None = None
    prefix: str = ""
    max_reject_share: float = 0.01
    max_reject_rows: int = 1000
    keep_customer_ids: bool = False
    crosswalks: Mapping[tuple[str, str], Crosswalk] = field(default_factory=dict)


class TableLoader:
    """Loads files into one table over one connection, holding that table's lock."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        table: Table,
        options: Options,
        stop: threading.Event,
        progress: Advance | None = None,
    ) -> None:
        self._connection = connection
        self._table = table = _with_options(table, options)
        self._options = options
        self._stop = stop
        self._progress = progress
        # A loader that was killed may still have a transaction about to commit: wait for it.
        key = lock_key(f"{table.schema}.{table.name}", options.prefix)
        connection.execute("select pg_advisory_lock(%s, %s)", (LOCK_CLASS, key))
        self._ledger = TableLedger(connection, table, options.prefix)
        self._forgotten = read_forgotten(connection, table, options.prefix)
        connection.commit()

    def load(self, candidates: Sequence[Candidate]) -> list[FileResult]:
        """Load the files in order; of a replace table, only the newest that is accepted."""
        if self._table.mode == "append":
            return [self._one(candidate) for candidate in candidates]
        in_parts = Counter(candidate.folder for candidate in candidates)
        for folder, count in in_parts.items():
            if folder and count > 1:
                message = (
                    f"the folder {shown(folder)} has {count} files, and one file is the whole of "
                    f"table {self._table.name}: write it as one"
                )
                return [self._result(candidate, "refused", message) for candidate in candidates]
        results: list[FileResult] = []
        newest: Candidate | None = None
        for candidate in reversed(candidates):
            if newest is not None:
                message = f"{shown(newest.path.name)}, newer by name, is the whole table"
                results.append(self._result(candidate, "superseded", message))
                continue
            result = self._one(candidate)
            results.append(result)
            if result.status != "refused":
                newest = candidate
        return results[::-1]

    def _result(self, candidate: Candidate, status: Status, message: str) -> FileResult:
        return FileResult(candidate.path, self._table.name, status, message=message)

    def _one(self, candidate: Candidate) -> FileResult:
        try:
            if self._stop.is_set():
                raise Refusal("interrupted before this file")
            try:
                result, accepted, leaving = self._in_transaction(candidate, None)
            except WrittenAsFloats:
                whole_ids = whole_id_columns(candidate.path, self._table)
                result, accepted, leaving = self._in_transaction(candidate, whole_ids)
            if accepted is not None and not self._options.check:
                self._ledger.accept(accepted, leaving)
            return result
        except AlreadyKnown as known:
            result = self._result(candidate, "known", known.message)
        except Refusal as refusal:
            result = self._result(candidate, "refused", str(refusal))
        except psycopg.Error as error:
            result = self._result(candidate, "refused", explain(error))
        except OSError as error:
            result = self._result(candidate, "refused", f"cannot be read: {error.strerror}")
        return result

    def _in_transaction(self, candidate: Candidate, whole_ids: frozenset[str] | None) -> _Judged:
        with self._connection.transaction(force_rollback=self._options.check):
            return self._judge_and_copy(candidate, whole_ids)

    def _judge_and_copy(self, candidate: Candidate, whole_ids: frozenset[str] | None) -> _Judged:
        options, started = self._options, dt.datetime.now(dt.UTC)
        leaving = self._before_reading(candidate)
        self._check_key()
        verdict = Verdict(options.max_reject_rows)
        totals = Totals(self._table)
        content = self._open(candidate, verdict, whole_ids)
        named = batches_without_nobody(content.batches, self._table)
        content = replace(content, batches=named)
        if not options.keep_customer_ids:
            content = replace(content, batches=self._tokenise_ids(content.batches, verdict))
        order = FileOrder(candidate, self._table)
        # Nothing comes again where nothing is there yet; then a check needs no raw table either.
        writes = not options.check or (
            repeated_orders.can_come_again(self._table) and bool(self._ledger.live())
        )
        load_id = self._ledger.next_load_id() if writes else 0
        words = UnknownWords(self._table, totals, options.crosswalks)
        self._stream(content, load_id, _Sums(totals, order, words), writes)
        self._check_share(verdict)
        sha256 = content.sha256()
        self._ledger.check_content(sha256, options.corrects)
        accepted, told = None, ""
        if writes:
            leaving = self._settle_orders(load_id, leaving)
            of_rejects = {reject.order for reject in verdict.rejects if reject.order is not None}
            told = note_rejected_orders(
                self._connection, self._table, load_id, leaving, of_rejects, options.prefix
            )
        if not options.check:
            outcome = Outcome(
                printable(candidate.name)[-512:],
                sha256,
                candidate.path.stat().st_size,
                verdict.rows,
                verdict.rejects,
                totals.result(),
                options.as_of,
                started,
                self._table.order_again,
                order.text(load_id),
                str(self._table.time_zone) if self._table.time_zone else None,
            )
            accepted = self._ledger.write(load_id, candidate, outcome)
            self._ledger.supersede(leaving, load_id)
            if self._ledger.live():
                index_loads(self._connection, self._table, options.prefix)
        rejects = sorted(verdict.rejects, key=lambda reject: reject.line)
        result = FileResult(
            candidate.path,
            self._table.name,
            "checked" if options.check else "loaded",
            verdict.rows,
            verdict.rows - len(rejects),
            len(rejects),
            tuple(totals.result()),
            tuple(rejects),
            None if options.check else load_id,
            "; ".join(filter(None, (_replaces(leaving), told, verdict.note))),
            verdict.personal_ids,
            words.result(),
        )
        return result, accepted, leaving

    def _before_reading(self, candidate: Candidate) -> list[Load]:
        """Judge what name and size alone can tell, so that a known file is not copied again."""
        options = self._options
        if candidate.fault:
            raise Refusal(candidate.fault)
        open_file(candidate.path).close()
        size = candidate.path.stat().st_size
        if size == 0:
            raise Refusal("empty file")
        decided = not self._ledger.same_name(candidate) or self._table.mode == "replace"
        if not decided or self._ledger.has_size(size):
            sha256 = content_sha256(candidate.path, is_wide=self._is_wide)
            self._ledger.check_content(sha256, options.corrects)
        return self._ledger.superseded_by_name(
            candidate, corrects=options.corrects, adds=options.adds or self._is_rolling
        )

    def _check_key(self) -> None:
        """A warehouse's tokens are all made under one key, or they would not meet."""
        if self._table.has_tokens or self._forgotten:
            options = self._options
            check_key(
                self._connection, options.token_key, options.prefix, remember=not options.check
            )

    def _open(
        self, candidate: Candidate, verdict: Verdict, whole_ids: frozenset[str] | None
    ) -> _Content:
        rules = rules_for(self._table, candidate.facts, dt.date.today(), whole_ids)
        path, size = candidate.path, candidate.path.stat().st_size

        def advance(done: int) -> None:
            if self._stop.is_set():
                raise Refusal("interrupted; nothing of the file was loaded")
            if self._progress:
                self._progress(printable(path.name), done, size)

        if is_parquet(path):
            parquet = ParquetReader(self._table, rules, verdict)
            sha256 = content_sha256(path)
            return _Content(parquet.batches(path, advance), parquet, lambda: sha256)
        blocks = HashedBytes(path, progress=advance, is_wide=self._is_wide)
        kind = CsvReader if self._table.dialect is None else DialectReader
        text = kind(self._table, rules, verdict)
        return _Content(text.batches(blocks), text, lambda: blocks.sha256)

    @property
    def _is_wide(self) -> bool:
        return self._table.dialect is not None and self._table.dialect.is_wide

    @property
    def _is_rolling(self) -> bool:
        return self._table.order_again == "newest"

    def _tokenise_ids(self, batches: Iterator[Batch], verdict: Verdict) -> Iterator[Batch]:
        for batch in batches:
            rows, count = tokenise_ids(batch.rows, self._table, self._options.token_key)
            verdict.personal_ids += count
            yield Batch(rows, batch.lines) if count else batch

    def _stream(self, content: _Content, load_id: int, sums: _Sums, writes: bool) -> None:
        first = next(content.batches, None)
        if first is None:
            raise Refusal("no rows")
        batches = chain([first], content.batches)
        if not writes:
            for batch in batches:
                sums.add(batch.rows)
            return
        columns = content.reader.columns
        is_binary = self._table.has_restricted
        cursor = self._connection.cursor()
        statement = sql.SQL("copy {} ({}) from stdin (format {})").format(
            table_name(self._table, self._options.prefix),
            sql.SQL(", ").join(sql.Identifier(n) for n in ("load_id", "file_line", *columns)),
            sql.SQL("binary" if is_binary else "csv"),
        )
        refusal: Refusal | None = None
        with suppress(_Abandoned), cursor.copy(statement, writer=QueuedLibpqWriter(cursor)) as copy:
            if is_binary:
                copy.set_types(binary_types(columns, self._table))
            try:
                for batch in batches:
                    sums.add(batch.rows)
                    if batch.rows.num_rows:
                        self._write(copy, batch, load_id, columns)
            except Refusal as error:
                # The reason may quote a cell, and psycopg tells the server why a COPY fails.
                refusal = error
                raise _Abandoned("the file was refused") from None
        if refusal is not None:
            raise refusal

    def _write(self, copy: psycopg.Copy, batch: Batch, load_id: int, columns: list[str]) -> None:
        table, key, forgotten = self._table, self._options.token_key, self._forgotten
        if not table.has_restricted:
            copy.write(encode(batch, load_id, columns, table, key, forgotten))
            return
        rows = storable(batch, columns, table, key, forgotten)
        for row in binary_rows(rows, load_id, iter(batch.lines.tolist())):
            copy.write_row(row)

    def _check_share(self, verdict: Verdict) -> None:
        """Refuse a file with too many rejects, or without any row that is good."""
        rejected, share = len(verdict.rejects), self._options.max_reject_share
        allowed = int(share * verdict.rows)
        if allowed == 0 and share > 0:
            allowed = 1
        if rejected > allowed or rejected == verdict.rows:
            many = f"{rejected:,} of {verdict.rows:,} rows would be rejected"
            raise too_many(verdict, f"{many}, more than {100 * share:.3g} % of them:")

    def _settle_orders(self, load_id: int, leaving: list[Load]) -> list[Load]:
        options = self._options
        if not options.corrects and self._ledger.live():
            reused_order_numbers.refuse_reused_numbers(
                self._connection, self._table, load_id, leaving, options.prefix
            )
        if self._is_rolling:
            return leaving
        gone = {load.load_id for load in leaving}
        rolling = [load.load_id for load in self._ledger.live() if load.order_again]
        again = repeated_orders.settle(
            self._connection,
            self._table,
            load_id,
            leaving,
            corrects=options.corrects,
            adds=options.adds,
            rolling=[number for number in rolling if number not in gone],
            prefix=options.prefix,
        )
        return leaving + [load for load in self._ledger.live() if load.load_id in again]


class _Abandoned(Exception):
    """Ends a COPY without telling the server more than that."""


@dataclass(frozen=True)
class _Sums:
    """What is worked out over all rows of a file."""

    totals: Totals
    order: FileOrder
    words: UnknownWords

    def add(self, rows: pa.Table) -> None:
        self.totals.add(rows)
        self.order.add(rows)
        self.words.add(rows)


def _with_options(table: Table, options: Options) -> Table:
    """The table with what the caller says of its files, where its definition leaves that open."""
    if options.time_zone is not None:
        table = replace(table, time_zone=options.time_zone)
    if options.order_again and table.order_id is not None and table.mode == "append":
        table = replace(table, order_again=options.order_again)
    return table


@dataclass(frozen=True)
class _Content:
    """A file being read: its batches, who knows its columns, and its hash when all is read."""

    batches: Iterator[Batch]
    reader: CsvReader | DialectReader | ParquetReader
    sha256: Callable[[], str]


def _replaces(leaving: Sequence[Load]) -> str:
    if not leaving:
        return ""
    return f"takes the place of load {first_few([load.load_id for load in leaving], 5)}"
