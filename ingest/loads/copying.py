"""Turns batches into what an engine copies: CSV lines or typed columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from ingest.checks.vectors import integer_array
from ingest.files.batches import Batch
from ingest.files.csv_records import Chunk
from ingest.tables.raw_schemas import LOADER_COLUMNS
from ingest.tables.table_definitions import Table
from ingest.tokens.forgotten_list import Forgotten
from ingest.tokens.token_keys import TokenKey
from ingest.tokens.tokenising import tokenise

_OPTIONS = pyarrow.csv.WriteOptions(include_header=False)


@dataclass(frozen=True)
class FilePart:
    """A batch on its way into the raw table: load_id, file_line, then `columns` in that order."""

    batch: Batch
    load_id: int
    columns: list[str]
    table: Table
    key: TokenKey | None
    forgotten: Forgotten

    def csv(self) -> memoryview:
        """The batch as CSV lines. Raw bytes that may be sent unchanged get the two numbers put in
        front of each line; everything else is written from the typed columns."""
        if self.batch.raw is not None and not self.forgotten:
            return _prefixed(self.batch.raw, self.load_id)
        sink = pa.BufferOutputStream()
        pyarrow.csv.write_csv(self.typed(), sink, _OPTIONS)
        return memoryview(sink.getvalue())

    def typed(self) -> pa.Table:
        """The typed columns as they may be stored: with tokens, without forgotten customers."""
        rows = tokenise(self.batch.rows.select(self.columns), self.table, self.key)
        if self.forgotten:
            assert self.key is not None
            rows = self.forgotten.erase(rows, self.table, self.key)
        loads = pa.repeat(pa.scalar(self.load_id, pa.int64()), rows.num_rows)
        lines = integer_array(self.batch.lines)
        return pa.table([loads, lines, *rows.columns], [*LOADER_COLUMNS, *self.columns])


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
