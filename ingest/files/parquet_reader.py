"""Reads a Parquet file as checked batches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest.checks.cell_rules import Rule, spelt_as
from ingest.checks.ids import LARGEST_EXACT
from ingest.checks.row_rules import impersonal_texts, may_repeat_names, rows_are_right
from ingest.checks.vectors import absent, clean
from ingest.files.batches import Batch, RowReader, Verdict
from ingest.files.headers import read_header
from ingest.foreign_text import shown
from ingest.loader_errors import Refusal
from ingest.tables.table_definitions import Column, Table

_BATCH_ROWS = 65_536
_LARGEST_SINGLE = 2**24


class ParquetReader:
    """Turns one Parquet file into batches; a row's line is its number, counted from 1."""

    def __init__(self, table: Table, rules: list[Rule], verdict: Verdict) -> None:
        self._table = table
        self._rules = {rule.column.name: rule for rule in rules}
        self._verdict = verdict
        self._included: list[str] = []

    @property
    def columns(self) -> list[str]:
        """The file's stored columns in its own order, then those that the loader adds; known once
        the first batch has been returned."""
        return [*self._included, *self._table.made_columns]

    def batches(self, path: Path, progress: Callable[[int], None] | None = None) -> Iterator[Batch]:
        """All rows of the file. Raises Refusal for a damaged file or one with wrong columns."""
        try:
            with pq.ParquetFile(path) as file:
                self._begin(file.schema_arrow)
                done, total = 0, file.metadata.num_rows
                size = path.stat().st_size
                for batch in file.iter_batches(_BATCH_ROWS):
                    if done == 0:
                        self._learn_spellings(batch)
                    yield self._convert(batch, done + 1)
                    done += batch.num_rows
                    if progress:
                        progress(size * done // total)
        except (pa.ArrowException, OSError):
            raise Refusal("damaged Parquet file; fetch the file again") from None
        self._verdict.rows = done
        if done == 0:
            raise Refusal("the file has columns but no rows")

    def _begin(self, schema: pa.Schema) -> None:
        names = read_header(list(schema.names), self._table)
        for name, field in zip(names, schema, strict=True):
            if pa.types.is_nested(field.type) or pa.types.is_binary(field.type):
                raise Refusal(f"column {name!r} holds bytes or structures, not single values")
            has_zone = pa.types.is_timestamp(field.type) and field.type.tz is not None
            if has_zone and self._table.time_zone is None:
                zone = shown(field.type.tz)
                raise Refusal(
                    f"column {name!r} has a time zone ({zone}); give the shop's own: pass"
                    " --time-zone Europe/Berlin, or set time_zone in the table's definition"
                )
            if name not in self._rules:
                continue
            rule = self._rules[name]
            if pa.types.is_temporal(field.type):
                self._rules[name] = replace(rule, formats=())
            elif pa.types.is_floating(field.type) and rule.column.is_id:
                self._rules[name] = replace(rule, has_float_ids=True)
        self._names = names
        stored = {column.name for column in self._table.stored_columns}
        self._included = [name for name in names if name in stored]

    def _learn_spellings(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows:
            first = dict(zip(self._names, [str(c[0].as_py()) for c in batch.columns], strict=True))
            self._rules = {n: spelt_as(rule, first.get(n)) for n, rule in self._rules.items()}
        positions = {name: index for index, name in enumerate(self._names)}
        rules = list(self._rules.values())
        self._rows = RowReader(self._table, rules, positions, len(self._names))

    def _convert(self, batch: pa.RecordBatch, first: int) -> Batch:
        lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
        arrays = dict(zip(self._names, batch.columns, strict=True))
        columns: dict[str, pa.Array] = {}
        for column in self._table.stored_columns:
            if column.name not in arrays:
                columns[column.name] = absent(self._rules[column.name], batch.num_rows)
                continue
            typed = _typed(arrays[column.name], column)
            checked = None if typed is None else clean(typed, self._rules[column.name])
            if checked is None:
                return self._by_row(batch, lines)
            columns[column.name] = checked
        if not rows_are_right(columns, self._rules):
            return self._by_row(batch, lines)
        people = [c for c in self._table.person_names if c.name in arrays]
        names = [typed for c in people if (typed := _typed(arrays[c.name], c)) is not None]
        if may_repeat_names(names, impersonal_texts(columns, self._rules)):
            return self._by_row(batch, lines)
        return Batch(pa.table(columns), lines)

    def _by_row(self, batch: pa.RecordBatch, lines: np.ndarray[Any, np.dtype[np.int64]]) -> Batch:
        texts = []
        for name, array in zip(self._names, batch.columns, strict=True):
            texts.append(_texts(array, self._table.column(name)))
        return self._rows.read(lambda i: [column[i] for column in texts], lines, self._verdict)


def _typed(array: pa.Array, column: Column) -> pa.Array | None:
    """The column in the type that `clean` expects, with the same values; None if doubtful."""
    kind = column.type.kind
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if _is_text(array.type):
        array = array.cast(pa.string())
        array = pc.if_else(pc.equal(array, ""), None, array)
        return array if kind in ("varchar", "date", "timestamp") else None
    try:
        if kind in ("date", "timestamp"):
            texts = pa.array(_texts(array, column), pa.string())
            return pc.if_else(array.is_valid(), texts, None)
        if kind == "boolean":
            return array if pa.types.is_boolean(array.type) else None
        if kind == "varchar":
            if column.is_id and pa.types.is_floating(array.type):
                return pa.array([text or None for text in _float_ids(array)], pa.string())
            return array.cast(pa.string()) if pa.types.is_integer(array.type) else None
        if kind == "numeric" and pa.types.is_floating(array.type):
            decimals = array.cast(column.type.arrow)
            exact = pc.equal(decimals.cast(array.type), array)
            return decimals if pc.all(pc.fill_null(exact, True)).as_py() else None
        return array.cast(column.type.arrow)
    except pa.ArrowException:
        return None


def _is_text(kind: pa.DataType) -> bool:
    return kind in (pa.string(), pa.large_string(), pa.string_view())


def _texts(array: pa.Array, column: Column) -> list[str]:
    """The values as in a CSV file, with dates and times in ISO 8601."""
    if column.is_id and pa.types.is_floating(array.type):
        return _float_ids(array)
    if pa.types.is_float32(array.type) or pa.types.is_float16(array.type):
        return ["" if v is None else str(np.float32(v)) for v in array.to_pylist()]
    return [_text(value, column.type.kind == "date") for value in array.to_pylist()]


def _float_ids(array: pa.Array) -> list[str]:
    """Ids from a column of floating-point numbers: whole ones without decimals, as far as the type
    is exact; a missing one is empty."""
    largest = _LARGEST_SINGLE if array.type != pa.float64() else LARGEST_EXACT
    texts = []
    for value in array.to_pylist():
        if value is None or value != value:
            texts.append("")
        elif value == value // 1 and abs(value) <= largest:
            texts.append(str(int(value)))
        else:
            texts.append(f"{value!r}")
    return texts


def _text(value: Any, is_date: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime) and is_date and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else str(value)
