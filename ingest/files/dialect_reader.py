"""Reads a text file in a dialect as checked batches: clean columns whole, others row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.checks.cell_rules import Rule, spelt_as
from ingest.checks.cells import CellFault, read_cell
from ingest.checks.row_rules import impersonal_texts, may_repeat_names, rows_are_right
from ingest.checks.vectors import absent, clean
from ingest.files.batches import Batch, Reject, RowReader, Verdict
from ingest.files.headers import Key
from ingest.files.shaping import FillDown, unpivot
from ingest.files.text_rows import TextRowReader, TextRows, in_words
from ingest.loader_errors import Refusal
from ingest.tables.table_definitions import Table
from ingest.tables.text_dialects import Dialect

_FEW_ROWS = 64
# Forms that Arrow and the reader of single cells read as the same number.
_PLAIN_NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
_DECIMAL_COMMA = r"^-?[0-9]+(,[0-9]+)?$"


class DialectReader:
    """Turns the blocks of one text file into batches."""

    def __init__(self, table: Table, rules: list[Rule], verdict: Verdict) -> None:
        self._table = table
        self._dialect = table.dialect or Dialect()
        self._rules = {rule.column.name: rule for rule in rules}
        self._verdict = verdict
        self._names: list[str] = []

    @property
    def columns(self) -> list[str]:
        """The file's stored columns in its own order, then those that the loader adds; known once
        the first batch has been returned."""
        stored = [name for name in self._names if name in self._rules]
        return stored + [name for name in self._table.made_columns if name not in stored]

    def batches(self, blocks: Iterable[bytes]) -> Iterator[Batch]:
        """All rows of the file. Raises Refusal for a file that does not fit its table."""
        reader = TextRowReader(self._table, self._dialect)
        fill_down = FillDown(self._table) if self._table.fill_down else None
        for rows in reader.rows(blocks):
            if fill_down:
                rows = fill_down.apply(rows)
            if self._table.item_columns:
                rows = unpivot(rows, self._table)
            if not self._names:
                self._begin(rows, reader.keys)
            self._verdict.rows += len(rows)
            yield from self._convert(self._sound(rows))
        self._verdict.note = in_words(reader.left_out)
        if not self._names:
            raise Refusal("the file has a header but no rows (to remove rows, unload their load)")

    def _begin(self, rows: TextRows, keys: list[Key]) -> None:
        in_order = list(dict.fromkeys(name for name, _ in keys))
        self._names = in_order + [name for name, _ in rows.columns if name not in in_order]
        first = {name: column[0].as_py() for (name, _), column in rows.columns.items()}
        self._rules = {n: spelt_as(rule, first.get(n)) for n, rule in self._rules.items()}
        positions = {name: index for index, name in enumerate(self._names)}
        rules = list(self._rules.values())
        self._rows = RowReader(self._table, rules, positions, len(self._names))

    def _sound(self, rows: TextRows) -> TextRows:
        """The rows that could be split into cells; the others are rejected."""
        if not rows.faults:
            return rows
        for index, fault in rows.faults.items():
            line, order = int(rows.lines[index]), self._rows.order_in(fault.order)
            self._verdict.reject(Reject(line, None, fault.reason, None, order))
        kept = np.delete(np.arange(len(rows)), list(rows.faults))
        columns = {key: column.take(pa.array(kept)) for key, column in rows.columns.items()}
        return TextRows(columns, rows.lines[kept])

    def _convert(self, rows: TextRows) -> Iterator[Batch]:
        if not len(rows):
            return
        typed = self._whole(rows)
        if typed is not None:
            yield Batch(typed, rows.lines)
        elif len(rows) > _FEW_ROWS:
            step = max(len(rows) // 16, _FEW_ROWS)
            for first in range(0, len(rows), step):
                part = {key: column.slice(first, step) for key, column in rows.columns.items()}
                yield from self._convert(TextRows(part, rows.lines[first : first + step]))
        else:
            texts = [rows.columns[name, 0].to_pylist() for name in self._names]
            yield self._rows.read(lambda i: [t[i] or "" for t in texts], rows.lines, self._verdict)

    def _whole(self, rows: TextRows) -> pa.Table | None:
        """The rows as typed columns, or None if any cell is doubtful."""
        columns: dict[str, pa.Array] = {}
        for name, rule in self._rules.items():
            if (name, 0) not in rows.columns:
                columns[name] = absent(rule, len(rows))
                continue
            typed = _typed(rows.columns[name, 0], rule)
            checked = None if typed is None else clean(typed, rule)
            if checked is None:
                return None
            columns[name] = checked
        people = [c.name for c in self._table.person_names if (c.name, 0) in rows.columns]
        names = [rows.columns[name, 0] for name in people]
        if may_repeat_names(names, impersonal_texts(columns, self._rules)):
            return None
        return pa.table(columns) if rows_are_right(columns, self._rules) else None


def _typed(array: pa.Array, rule: Rule) -> pa.Array | None:
    """A text column in the type that `clean` expects; None if any cell is doubtful."""
    kind = rule.column.type
    if kind.kind in ("varchar", "date", "timestamp"):
        return array
    quick = _quick(array, rule)
    if quick is not None:
        return quick
    # Read each distinct text once: files repeat their prices and quantities.
    encoded = array.dictionary_encode()
    try:
        values = [read_cell(text, rule) for text in encoded.dictionary.to_pylist()]
    except CellFault:
        return None
    return pa.array(values, kind.arrow).take(encoded.indices)


def _quick(array: pa.Array, rule: Rule) -> pa.Array | None:
    """Plain numbers, converted by Arrow; None if any cell needs a closer look."""
    if rule.column.type.kind == "boolean" or rule.notation is None:
        return None
    form = _PLAIN_NUMBER if rule.notation.decimal == "." else _DECIMAL_COMMA
    if not pc.all(pc.match_substring_regex(array, form), min_count=0).as_py():
        return None
    if rule.notation.decimal == ",":
        array = pc.replace_substring(array, ",", ".")
    try:
        return array.cast(rule.column.type.arrow)
    except pa.ArrowInvalid:
        return None
