"""Ids that mean no customer, such as 0, GUEST or Walk-in."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from ingest.files.batches import Batch
from ingest.tables.table_definitions import Table


def without_nobody(rows: pa.Table, table: Table) -> pa.Table:
    """The rows of a batch, with ids that mean no customer (by the definition) emptied."""
    for column in table.columns:
        if not column.nobody or column.name not in rows.column_names:
            continue
        cells = rows.column(column.name)
        plain = pc.utf8_lower(pc.utf8_trim_whitespace(cells.cast(pa.string())))
        is_nobody = pc.is_in(plain, value_set=pa.array(column.nobody, pa.string()))
        kept = pc.if_else(is_nobody, pa.scalar(None, cells.type), cells)
        rows = rows.set_column(rows.column_names.index(column.name), column.name, kept)
    return rows


def batches_without_nobody(batches: Iterator[Batch], table: Table) -> Iterator[Batch]:
    """The batches of a file, each as without_nobody returns it."""
    if not any(column.nobody for column in table.columns):
        yield from batches
        return
    for batch in batches:
        yield Batch(without_nobody(batch.rows, table), batch.lines)
