"""Reads rows of numbers from PostgreSQL in chunks, with COPY in binary format.

Each row has a fixed width up to its texts, which come last: numpy reads a whole chunk at once.
"""

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from ml.chunk import Chunk

_HEADER = 19
_TRAILER = b"\xff\xff"


def read_chunks(
    connection: psycopg.Connection[Any],
    relation: sql.Composable,
    numbers: Sequence[str],
    texts: Sequence[str],
    rows: int,
) -> Generator[Chunk, None, None]:
    """As `reading.read_chunks`. Needs memory for one chunk, regardless of the table's size."""
    columns = [
        sql.SQL("coalesce(cast({} as double precision), 'NaN')").format(sql.Identifier(name))
        for name in numbers
    ] + [sql.SQL("coalesce(cast({} as text), '')").format(sql.Identifier(name)) for name in texts]
    query = sql.SQL("copy (select {} from {} as given) to stdout (format binary)").format(
        sql.SQL(", ").join(columns), relation
    )
    layout = np.dtype(
        [("fields", ">i2")]
        + [(f"f{i}", [("size", ">i4"), ("value", ">f8")]) for i in range(len(numbers))]
    )
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        pending: list[bytes] = []
        header = _HEADER
        for message in copy:
            row = bytes(message[header:])
            header = 0
            if row == _TRAILER or not row:
                continue
            pending.append(row)
            if len(pending) == rows:
                yield _parse(pending, layout, len(texts))
                pending = []
        if pending:
            yield _parse(pending, layout, len(texts))


def _parse(rows: list[bytes], layout: np.dtype[np.void], text_count: int) -> Chunk:
    width = layout.itemsize
    fixed = np.frombuffer(b"".join([row[:width] for row in rows]), layout)
    numbers = [name for name in (layout.names or ()) if name != "fields"]
    values = np.empty((len(rows), len(numbers)))
    for index, name in enumerate(numbers):
        values[:, index] = fixed[name]["value"]
    if text_count == 0:
        return Chunk(values, [])
    if text_count == 1:
        return Chunk(values, [[row[width + 4 :].decode() for row in rows]])
    split = [_split(row, width, text_count) for row in rows]
    return Chunk(values, [list(column) for column in zip(*split, strict=True)])


def _split(row: bytes, start: int, count: int) -> list[str]:
    found = []
    for _ in range(count):
        size = int.from_bytes(row[start : start + 4], "big")
        found.append(row[start + 4 : start + 4 + size].decode())
        start += 4 + size
    return found
