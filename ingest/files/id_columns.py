"""Finds the columns of a file in which all ids are whole numbers, so that 17850.0 means 17850."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.checks.ids import are_numbers
from ingest.files.file_bytes import HashedBytes, is_parquet
from ingest.files.headers import read_header
from ingest.files.text_rows import TextRowReader
from ingest.tables.table_definitions import Table
from ingest.tables.text_dialects import Dialect


def whole_id_columns(path: Path, table: Table) -> frozenset[str]:
    """Names of the id columns that hold only whole numbers. Reads the whole file."""
    names = {column.name for column in table.file_columns if column.is_id}
    texts = _of_parquet(path, table, names) if is_parquet(path) else _of_text(path, table)
    for name, array in texts:
        if name in names and not are_numbers(array):
            names.remove(name)
    return frozenset(names)


def _of_text(path: Path, table: Table) -> Iterator[tuple[str, pa.Array]]:
    dialect = table.dialect or Dialect()
    blocks = HashedBytes(path, is_wide=dialect.is_wide)
    for rows in TextRowReader(table, dialect).rows(blocks):
        for (name, _), array in rows.columns.items():
            yield name, array


def _of_parquet(path: Path, table: Table, names: set[str]) -> Iterator[tuple[str, pa.Array]]:
    with pq.ParquetFile(path) as file:
        found = read_header(list(file.schema_arrow.names), table)
        for batch in file.iter_batches():
            for name, array in zip(found, batch.columns, strict=True):
                if name in names:
                    yield name, array.cast(pa.string())
