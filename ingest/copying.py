"""Batches to the bytes of COPY … (format csv)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from ingest.batches import Batch
from ingest.definitions import Table
from ingest.privacy import TokenKey, tokenise
from ingest.records import Chunk
from ingest.vectors import integer_array

_OPTIONS = pyarrow.csv.WriteOptions(include_header=False)


def encode(
    batch: Batch, load_id: int, columns: list[str], table: Table, key: TokenKey | None
) -> memoryview:
    """The batch as CSV lines: load_id, file_line, then `columns` in that order.

    Bytes that may go as they are get the two numbers put in front of each line; everything else
    is written anew from the typed columns, personal values as tokens.
    """
    if batch.raw is not None:
        return _prefixed(batch.raw, load_id)
    rows = tokenise(batch.rows.select(columns), table, key)
    loads = pa.repeat(pa.scalar(load_id, pa.int64()), rows.num_rows)
    full = pa.table(
        [loads, integer_array(batch.lines), *rows.columns], ["load_id", "line", *columns]
    )
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(full, sink, _OPTIONS)
    return memoryview(sink.getvalue())


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
    """As pa.scalar, which would import pandas where that is installed."""
    return _strings(np.array([0, len(text)], np.int32), text.encode())[0]
