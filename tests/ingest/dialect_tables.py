"""A shop whose tables have dialects, read with and without a database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from ingest.checks.cell_rules import FileFacts, rules_for
from ingest.files.batches import Verdict
from ingest.files.csv_reader import CsvReader
from ingest.files.dialect_reader import DialectReader
from ingest.tables.column_types import parse_type
from ingest.tables.table_definitions import Column, Table
from ingest.tables.text_dialects import Dialect

TODAY = dt.date(2026, 10, 31)


def sales(*columns: Column, **options: Any) -> Table:
    """A table of sales; by default with the columns Order, Date, Product, Qty and Price."""
    options.setdefault("dialect", Dialect())
    options.setdefault("order_id", "order")
    standard = (
        Column("order", parse_type("varchar(64)"), required=True, is_id=True),
        Column("date", parse_type("date")),
        Column("product", parse_type("varchar(64)")),
        Column("qty", parse_type("integer")),
        Column("price", parse_type("numeric(18,4)")),
    )
    return Table("test", "sales", "raw_test", columns or standard, "append", **options)


@dataclass
class Reading:
    """What came of a file: its rows as text, their lines, rejects (with the value and order of
    each), and what was left out."""

    rows: list[tuple[str | None, ...]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rejects: list[tuple[int, str | None, str]] = field(default_factory=list)
    quoted: list[tuple[str | None, str | None]] = field(default_factory=list)
    note: str = ""


def read(table: Table, content: str | bytes, size: int = 10**6) -> Reading:
    """Read a file's content in blocks of `size` bytes."""
    data = content.encode() if isinstance(content, str) else content
    verdict = Verdict(10**6)
    rules = rules_for(table, FileFacts(), TODAY)
    reader: CsvReader | DialectReader
    reader = (CsvReader if table.dialect is None else DialectReader)(table, rules, verdict)
    found = Reading()
    for batch in reader.batches([data[i : i + size] for i in range(0, len(data), size)]):
        columns = [column.to_pylist() for column in batch.rows.columns]
        for row in zip(*columns, strict=True):
            found.rows.append(tuple(None if value is None else str(value) for value in row))
        found.lines += batch.lines.tolist()
    rejects = sorted(verdict.rejects, key=lambda reject: reject.line)
    found.rejects = [(reject.line, reject.column, reject.reason) for reject in rejects]
    found.quoted = [(reject.value, reject.order) for reject in rejects]
    assert len(found.rows) + len(found.rejects) == verdict.rows
    found.note = verdict.note
    return found
