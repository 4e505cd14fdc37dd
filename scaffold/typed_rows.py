"""Rows of the sample as the loader will load them: read by the loader, under the definition."""

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingest.checks.cell_rules import FileFacts, rules_for
from ingest.checks.ids import WrittenAsFloats
from ingest.files.batches import Batch, Reject, Verdict
from ingest.files.claimed_files import Candidate
from ingest.files.csv_reader import CsvReader
from ingest.files.dialect_reader import DialectReader
from ingest.files.file_bytes import HashedBytes, is_parquet
from ingest.files.id_columns import whole_id_columns
from ingest.files.nobody import without_nobody
from ingest.files.parquet_reader import ParquetReader
from ingest.foreign_text import shown
from ingest.loader_errors import DefinitionError, Refusal
from ingest.tables.definition_files import read_definitions
from ingest.tables.table_definitions import Table
from warehouse.errors import WarehouseError

_MOST_ROWS = 200_000
_MOST_REJECTS = 10_000


@dataclass
class TypedRows:
    """The rows of a table's sample files, by column; `places` says where each is, `files` in
    which of the `paths`, which are in the order in which they are loaded.

    `rejects` are the rows that are not loaded, each with its file; `is_whole` says whether all were
    read.
    """

    rows: pa.Table
    places: Sequence[str]
    paths: Sequence[Path] = ()
    files: Sequence[int] = ()
    rejects: list[tuple[Path, Reject]] = field(default_factory=list)
    is_whole: bool = True

    def without(self, left_out: Sequence[int]) -> "TypedRows":
        """The rows without some of them, given by their position."""
        gone = set(left_out)
        kept = [index for index in range(len(self.places)) if index not in gone]
        return replace(
            self,
            rows=self.rows.take(pa.array(kept, pa.int64())),
            places=[self.places[index] for index in kept],
            files=[self.files[index] for index in kept],
        )

    def numbers(self, name: str) -> list[Decimal | None]:
        """The numbers of a column; None for empty cells."""
        return [None if v is None else Decimal(v) for v in self.rows.column(name).to_pylist()]

    def texts(self, name: str) -> list[str | None]:
        """The cells of a column as text."""
        return [None if v is None else str(v) for v in self.rows.column(name).to_pylist()]

    def values(self, name: str) -> list[Any]:
        """The cells of a column as they were typed."""
        return list(self.rows.column(name).to_pylist())


def defined_tables(source: str, definition: str) -> dict[str, Table]:
    """The tables that the text of a source's definition defines, by name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "models" / "staging" / source / f"_{source}__sources.yml"
        path.parent.mkdir(parents=True)
        path.write_text(definition, encoding="utf-8")
        try:
            return read_definitions(folder)[source].tables
        except DefinitionError as fault:
            raise WarehouseError(f"the files cannot be described: {fault}.") from None


def read_typed(table: Table, paths: Sequence[Path]) -> TypedRows:
    """Reads the sample files as the loader does. Raises WarehouseError for a file that it
    refuses."""
    found: list[pa.Table] = []
    places: list[str] = []
    files: list[int] = []
    rejects: list[tuple[Path, Reject]] = []
    is_whole = True
    paths = sorted(paths, key=lambda path: Candidate(path, table).sort_key)
    for number, path in enumerate(paths):
        name = shown(path.name)
        what = "row" if is_parquet(path) else "line"
        try:
            try:
                batches, verdict, is_read = _read(table, path, None)
            except WrittenAsFloats:
                batches, verdict, is_read = _read(table, path, whole_id_columns(path, table))
        except Refusal as fault:
            raise WarehouseError(f"{name} cannot serve as a sample: {fault}.") from None
        for batch in batches:
            found.append(without_nobody(batch.rows, table))
            places += [f"{name} {what} {line}" for line in batch.lines.tolist()]
            files += [number] * len(batch.lines)
        is_whole = is_whole and is_read
        rejects += [(path, reject) for reject in verdict.rejects]
    return TypedRows(pa.concat_tables(found), places, paths, files, rejects, is_whole)


def _read(
    table: Table, path: Path, whole_ids: frozenset[str] | None
) -> tuple[list[Batch], Verdict, bool]:
    """The batches of a file, what became of its rows, and whether all of it was read."""
    verdict = Verdict(_MOST_REJECTS)
    rules = rules_for(table, FileFacts(), dt.date.today(), whole_ids)
    dialect = table.dialect
    if is_parquet(path):
        batches = ParquetReader(table, rules, verdict).batches(path)
    elif dialect is None:
        batches = CsvReader(table, rules, verdict).batches(HashedBytes(path))
    else:
        blocks = HashedBytes(path, is_wide=dialect.is_wide)
        batches = DialectReader(table, rules, verdict).batches(blocks)
    found: list[Batch] = []
    count = 0
    for batch in batches:
        found.append(batch)
        count += batch.rows.num_rows
        if count >= _MOST_ROWS:
            return found, verdict, False
    return found, verdict, True
