"""Reads one file: checks its rows, sums them and copies them into the raw table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from ingest.checks.cell_rules import rules_for
from ingest.engine.engines import engine_of
from ingest.files.batches import Batch, Verdict, too_many
from ingest.files.claimed_files import Candidate, printable
from ingest.files.csv_reader import CsvReader
from ingest.files.dialect_reader import DialectReader
from ingest.files.file_bytes import HashedBytes, content_sha256, is_parquet
from ingest.files.nobody import batches_without_nobody
from ingest.files.parquet_reader import ParquetReader
from ingest.loader_errors import Refusal
from ingest.loads.control_totals import Totals
from ingest.loads.copying import FilePart
from ingest.loads.file_order import FileOrder
from ingest.loads.known_words import UnknownWords
from ingest.loads.load_target import Target
from ingest.tables.raw_schemas import LOADER_COLUMNS, arrow_schema, relation_of
from ingest.tokens.tokenising import tokenise_ids


@dataclass(frozen=True)
class FileRead:
    """The result of reading a file; `load_id` is 0 if its rows were not written."""

    load_id: int
    sha256: str
    verdict: Verdict
    totals: Totals
    order: FileOrder
    words: UnknownWords


@dataclass(frozen=True)
class _Content:
    """A file being read: its batches, the reader that knows its columns, and finally its hash."""

    batches: Iterator[Batch]
    reader: CsvReader | DialectReader | ParquetReader
    sha256: Callable[[], str]


def read_file(
    target: Target, candidate: Candidate, whole_ids: frozenset[str] | None, *, writes: bool
) -> FileRead:
    """Read a whole file, and copy its good rows into the raw table if it `writes`.

    `whole_ids` are the columns in which all ids are whole numbers, once that is known. Raises
    Refusal for a file that cannot be loaded, WrittenAsFloats if those columns must be known first.
    """
    verdict = Verdict(target.options.max_reject_rows)
    content = _open(target, candidate, verdict, whole_ids)
    totals, order = Totals(target.table), FileOrder(candidate, target.table)
    words = UnknownWords(target.table, totals, target.crosswalks)
    load_id = target.ledger.next_load_id() if writes else 0
    batches = _summed(_without_people(target, content.batches, verdict), totals, order, words)
    first = next(batches, None)
    if first is None:
        raise Refusal("no rows")
    batches = chain([first], batches)
    if writes:
        _copy(target, batches, content.reader.columns, load_id)
    else:
        for _ in batches:
            pass
    _check_share(verdict, target.options.max_reject_share)
    return FileRead(load_id, content.sha256(), verdict, totals, order, words)


def _open(
    target: Target, candidate: Candidate, verdict: Verdict, whole_ids: frozenset[str] | None
) -> _Content:
    table, watch = target.table, target.watch
    rules = rules_for(table, candidate.facts, dt.date.today(), whole_ids)
    path, size = candidate.path, candidate.path.stat().st_size

    def advance(done: int) -> None:
        if watch.stop.is_set():
            raise Refusal("interrupted; nothing was loaded from the file")
        if watch.progress:
            watch.progress(printable(path.name), done, size)

    if is_parquet(path):
        parquet = ParquetReader(table, rules, verdict)
        sha256 = content_sha256(path)
        return _Content(parquet.batches(path, advance), parquet, lambda: sha256)
    blocks = HashedBytes(path, progress=advance, is_wide=target.is_wide)
    kind = CsvReader if table.dialect is None else DialectReader
    text = kind(table, rules, verdict)
    return _Content(text.batches(blocks), text, lambda: blocks.sha256)


def _without_people(target: Target, batches: Iterator[Batch], verdict: Verdict) -> Iterator[Batch]:
    """The batches without ids that mean no customer, and with tokens for personal ids."""
    for batch in batches_without_nobody(batches, target.table):
        if target.options.keep_customer_ids:
            yield batch
            continue
        rows, count = tokenise_ids(batch.rows, target.table, target.options.key)
        verdict.personal_ids += count
        yield Batch(rows, batch.lines) if count else batch


def _summed(
    batches: Iterator[Batch], totals: Totals, order: FileOrder, words: UnknownWords
) -> Iterator[Batch]:
    for batch in batches:
        for sums in (totals, order, words):
            sums.add(batch.rows)
        yield batch


def _copy(target: Target, batches: Iterator[Batch], columns: list[str], load_id: int) -> None:
    table, options = target.table, target.options
    parts = (
        FilePart(batch, load_id, columns, table, options.key, target.forgotten)
        for batch in batches
        if batch.rows.num_rows
    )
    engine_of(target.connection).copy_parts(
        target.connection,
        relation_of(table, options.prefix),
        [*LOADER_COLUMNS, *columns],
        arrow_schema(table),
        parts,
        load_id=load_id,
        prefix=options.prefix,
        is_personal=table.has_restricted,
    )


def _check_share(verdict: Verdict, share: float) -> None:
    """Refuse a file with too many rejects, or without a good row."""
    rejected = len(verdict.rejects)
    allowed = int(share * verdict.rows)
    if allowed == 0 and share > 0:
        allowed = 1
    if rejected > allowed or rejected == verdict.rows:
        many = f"{rejected:,} of {verdict.rows:,} rows would be rejected"
        raise too_many(verdict, f"{many}, more than {100 * share:.3g} % of them:")
