"""Turns batches into input for COPY: CSV, or binary rows for tables with restricted columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from ingest.checks.vectors import integer_array
from ingest.files.batches import Batch
from ingest.files.csv_records import Chunk
from ingest.tables.table_definitions import Table
from ingest.tokens.forgotten_list import Forgotten
from ingest.tokens.token_keys import TokenKey
from ingest.tokens.tokenising import tokenise

_OPTIONS = pyarrow.csv.WriteOptions(include_header=False)


# PostgreSQL's names for the types of a raw table, as psycopg writes them in binary form.
_BINARY_TYPES = {
    "bigint": "int8",
    "integer": "int4",
    "smallint": "int2",
    "boolean": "bool",
    "double precision": "float8",
    "date": "date",
    "timestamp": "timestamp",
    "varchar": "varchar",
    "numeric": "numeric",
}


def encode(
    batch: Batch,
    load_id: int,
    columns: list[str],
    table: Table,
    key: TokenKey | None,
    forgotten: Forgotten,
) -> memoryview:
    """The batch as CSV lines: load_id, file_line, then `columns` in that order.

    Raw bytes that may be sent unchanged get the two numbers put in front of each line; everything
    else is written from the typed columns that `storable` returns.
    """
    if batch.raw is not None and not forgotten:
        return _prefixed(batch.raw, load_id)
    rows = storable(batch, columns, table, key, forgotten)
    loads = pa.repeat(pa.scalar(load_id, pa.int64()), rows.num_rows)
    full = pa.table(
        [loads, integer_array(batch.lines), *rows.columns], ["load_id", "line", *columns]
    )
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(full, sink, _OPTIONS)
    return memoryview(sink.getvalue())


def storable(
    batch: Batch, columns: list[str], table: Table, key: TokenKey | None, forgotten: Forgotten
) -> pa.Table:
    """The typed columns as they may be stored: with tokens, without forgotten customers."""
    rows = tokenise(batch.rows.select(columns), table, key)
    if not forgotten:
        return rows
    assert key is not None
    return forgotten.erase(rows, table, key)


def binary_types(columns: list[str], table: Table) -> list[str]:
    """PostgreSQL's types of load_id, file_line and `columns`, for Copy.set_types."""
    return ["int8", "int8", *(_BINARY_TYPES[table.column(name).type.kind] for name in columns)]


def binary_rows(rows: pa.Table, load_id: int, lines: Iterator[int]) -> Iterator[tuple[Any, ...]]:
    """The rows as Python values, load_id and line in front, for Copy.write_row.

    When PostgreSQL fails on a line of text, its error and its log quote the line; for a binary row
    they name only the column.
    """
    values = [column.to_pylist() for column in rows.columns]
    for line, row in zip(lines, zip(*values, strict=True), strict=True):
        yield (load_id, line, *row)


def _prefixed(chunk: Chunk, load_id: int) -> memoryview:
    offsets = np.concatenate((chunk.starts[:1], chunk.ends)).astype(np.int32)
    records = _strings(offsets, chunk.data)
    numbers = integer_array(chunk.lines).cast(pa.string())
    joined = pc.binary_join_element_wise(_scalar(str(load_id)), numbers, records, _scalar(","))
    ends = np.frombuffer(joined.buffers()[1], np.int32)
    return memoryview(joined.buffers()[2])[: int(ends[len(joined)])]


def _strings(offsets: npt.NDArray[np.int32], data: bytes) -> pa.StringArray:
    count = len(offsets) - 1
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data))


def _scalar(text: str) -> pa.StringScalar:
    """Like pa.scalar, which would import pandas if that is installed."""
    return _strings(np.array([0, len(text)], np.int32), text.encode())[0]
