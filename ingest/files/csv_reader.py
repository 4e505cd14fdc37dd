"""Reads a CSV file as checked batches: clean chunks as a whole, others row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from ingest.checks.cell_rules import Rule, spelt_as
from ingest.checks.cells import FALSE_WORDS, TRUE_WORDS
from ingest.checks.row_rules import impersonal_texts, may_repeat_names, rows_are_right
from ingest.checks.vectors import absent, clean
from ingest.files.batches import Batch, RowReader, Verdict
from ingest.files.csv_records import Chunk, cells, chunks
from ingest.files.headers import LONE_RETURNS, check_delimiter, read_header
from ingest.loader_errors import Refusal
from ingest.tables.table_definitions import Table

_HEXADECIMAL = re.compile(rb"0[xX]")
_TINY = re.compile(rb"(?:^|[,\"\n])[ \t+-]*[\d.]+[eE]-\d{2,}[ \t]*(?:[,\"\r\n]|\Z)")
_FEW_ROWS = 64


class CsvReader:
    """Turns the blocks of one CSV file into batches."""

    def __init__(self, table: Table, rules: list[Rule], verdict: Verdict) -> None:
        self._table = table
        self._rules = {rule.column.name: rule for rule in rules}
        self._verdict = verdict
        self._names: list[str] = []
        self._header: list[str] = []

    @property
    def columns(self) -> list[str]:
        """The file's stored columns in its own order, then those that the loader adds; known once
        the first batch has been returned."""
        return [*self._included, *self._table.made_columns]

    def batches(self, blocks: Iterable[bytes]) -> Iterator[Batch]:
        """All rows of the file. Raises Refusal for a file that does not fit its table."""
        for chunk in chunks(blocks):
            if not self._names:
                chunk_left = self._begin(chunk)
                if chunk_left is None:
                    continue
                chunk = chunk_left
            if self._verdict.rows == 0:
                self._learn_spellings(chunk)
            self._verdict.rows += len(chunk)
            yield from self._convert(chunk)
        if not self._names:
            raise Refusal("empty file")
        if self._verdict.rows == 0:
            raise Refusal("the file has a header but no rows (to remove rows, unload their load)")

    def _begin(self, chunk: Chunk) -> Chunk | None:
        """Determine the order of columns; returns the chunk without the header."""
        first = cells(chunk.record(0)) or []
        if self._table.has_header:
            self._names = read_header(first, self._table)
        else:
            self._names = [column.name for column in self._table.file_columns]
            if b"\r" in chunk.record(0) and len(first) != len(self._names):
                raise Refusal(LONE_RETURNS)
            check_delimiter(first, self._table)
        self._header = first if self._table.has_header else []
        stored = [c.name for c in self._table.stored_columns]
        self._included = [name for name in self._names if name in stored]
        people = [c.name for c in self._table.person_names if c.name in self._names]
        self._person_names = people if self._table.impersonal_columns else []
        self._has_integers = any(c.type.is_integer for c in self._table.columns)
        self._has_decimals = any(c.type.kind == "numeric" for c in self._table.columns)
        self._sendable = all(
            c.pii not in ("drop", "token") and c.type.kind not in ("date", "timestamp", "boolean")
            for c in self._table.columns
        )
        if not self._table.has_header:
            return chunk
        return chunk.part(1, len(chunk)) if len(chunk) > 1 else None

    def _learn_spellings(self, chunk: Chunk) -> None:
        first = dict(zip(self._names, cells(chunk.record(0)) or [], strict=False))
        self._rules = {n: spelt_as(rule, first.get(n)) for n, rule in self._rules.items()}
        positions = {name: index for index, name in enumerate(self._names)}
        self._rows = RowReader(
            self._table, list(self._rules.values()), positions, len(self._names), self._header
        )

    def _convert(self, chunk: Chunk) -> Iterator[Batch]:
        rows = None if chunk.odd else self._whole(chunk)
        if rows is not None:
            raw = chunk if self._sendable and not self._changed and chunk.is_even else None
            yield Batch(rows, chunk.lines, raw)
        elif len(chunk) > _FEW_ROWS:
            step = max(len(chunk) // 16, _FEW_ROWS)
            for first in range(0, len(chunk), step):
                yield from self._convert(chunk.part(first, min(first + step, len(chunk))))
        else:
            yield self._rows.read(lambda i: cells(chunk.record(i)), chunk.lines, self._verdict)

    def _whole(self, chunk: Chunk) -> pa.Table | None:
        """The chunk as typed columns, or None if any cell is doubtful."""
        data = chunk.data
        if self._has_integers and _may_be_hexadecimal(data):
            return None
        if self._has_decimals and _may_be_tiny(data):
            return None
        try:
            table = pyarrow.csv.read_csv(
                pa.BufferReader(data),
                pyarrow.csv.ReadOptions(
                    column_names=self._names, use_threads=False, block_size=len(data) + 1
                ),
                pyarrow.csv.ParseOptions(newlines_in_values=chunk.quoted),
                self._options(),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != len(chunk):
            return None
        columns: dict[str, pa.Array] = {}
        self._changed = False
        for column in self._table.stored_columns:
            if column.name in self._included:
                array = table.column(column.name).combine_chunks()
                checked = clean(array, self._rules[column.name])
                if checked is None:
                    return None
                # Ids may have lost what does not belong to them.
                self._changed = self._changed or (column.is_id and checked is not array)
            else:
                checked = absent(self._rules[column.name], len(chunk))
            columns[column.name] = checked
        if not rows_are_right(columns, self._rules) or self._may_repeat_header(columns):
            return None
        names = [table.column(name).combine_chunks() for name in self._person_names]
        if names and may_repeat_names(names, impersonal_texts(columns, self._rules)):
            return None
        return pa.table(columns)

    def _may_repeat_header(self, columns: dict[str, pa.Array]) -> bool:
        """Whether a row begins like the header, as in concatenated files. Only text columns are
        compared: a column name is not a number or date."""
        for name, cell in zip(self._names, self._header, strict=False):
            if name in columns and pa.types.is_string(columns[name].type):
                return bool(pc.any(pc.equal(columns[name], cell), min_count=0).as_py())
        return False

    def _options(self) -> pyarrow.csv.ConvertOptions:
        types = {name: pa.string() for name in self._person_names}
        for name in self._included:
            kind = self._rules[name].column.type
            types[name] = pa.string() if kind.kind in ("date", "timestamp") else kind.arrow
        return pyarrow.csv.ConvertOptions(
            include_columns=list(dict.fromkeys([*self._included, *self._person_names])),
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            true_values=list(TRUE_WORDS),
            false_values=list(FALSE_WORDS),
        )


def _may_be_hexadecimal(data: bytes) -> bool:
    """Arrow reads 0x1F as the whole number 31; no shop's file means that."""
    return (b"x" in data or b"X" in data) and _HEXADECIMAL.search(data) is not None


def _may_be_tiny(data: bytes) -> bool:
    """Arrow reads 1E-43 as 0; read by cell, it is a number with too many decimals."""
    return (b"e-" in data or b"E-" in data) and _TINY.search(data) is not None
