"""Checked rows on their way into a raw table, and rejected rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingest.checks.cell_rules import Rule
from ingest.checks.cells import (
    IN_NO_PERSONAL_COLUMN,
    PERSONAL,
    CellFault,
    constant_of,
    read_cell,
)
from ingest.checks.row_rules import names_in_row, repeats_name, row_fault
from ingest.files.csv_records import Chunk
from ingest.foreign_text import shown
from ingest.loader_errors import Refusal
from ingest.personal.personal_headers import NAME
from ingest.tables.table_definitions import Table

_VALUE_LENGTH = 512
_ADVICE = {
    "decimal comma": "dialect: {decimal: ','}",
    "thousands separator": "dialect: {thousands: …}",
    "currency sign": "currency",
    "a word that the definition": "units",
    "not a date": "format",
}


@dataclass(frozen=True)
class Reject:
    """A row that was not loaded: the line it begins on, the column, the reason, the value and, if
    it can be read, its order."""

    line: int
    column: str | None
    reason: str
    value: str | None
    order: str | None = None


@dataclass(frozen=True)
class Batch:
    """Rows that passed every check: typed columns and the line of each row. If the file's bytes
    can be sent to the database unchanged, `raw` holds them: one line per row, all columns of the
    file in its order."""

    rows: pa.Table
    lines: npt.NDArray[np.int64]
    raw: Chunk | None = None


@dataclass
class Verdict:
    """The result for a file's rows so far; at most `limit` rejects are collected.

    `personal_ids` counts rows with a personal customer id that is stored as a token. Once all rows
    are read, `note` says what else was in the file.
    """

    limit: int
    rows: int = 0
    personal_ids: int = 0
    rejects: list[Reject] = field(default_factory=list)
    note: str = ""

    def reject(self, reject: Reject) -> None:
        """Add a rejected row; raises Refusal as soon as there are more than a file may have."""
        self.rejects.append(reject)
        if len(self.rejects) > self.limit:
            raise too_many(self, f"more than {self.limit:,} rows would be rejected;")


def too_many(verdict: Verdict, what: str) -> Refusal:
    """Why a file with too many rejects is refused: what most of them have in common, `what`, and
    the first ones with line, column, reason and, if kept, value."""
    common = _common(verdict)
    return Refusal(f"{common}{what} {_examples(verdict, 2 if common else 3)}")


def _common(verdict: Verdict) -> str:
    """The reason for most rejects, with an example if values are kept; empty if they have little
    in common."""
    groups = Counter((reject.column, reject.reason) for reject in verdict.rejects)
    (column, reason), count = groups.most_common(1)[0]
    if column is None or count < 2 or 2 * count < len(verdict.rejects):
        return ""
    of_group = (r for r in verdict.rejects if (r.column, r.reason) == (column, reason))
    value = next(of_group).value
    like = f" are like '{shown(value, 40)}'" if value else ""
    return f"{column}: {count:,} of {verdict.rows:,} cells{like}: {reason}{_advice(reason)}; "


def _advice(reason: str) -> str:
    """What to set in the table's definition so that such cells can be read."""
    for words, key in _ADVICE.items():
        if words in reason:
            return f" (set {key} in the definition; warehouse scaffold writes one)"
    if reason.startswith(PERSONAL):
        return " (if that is right, set pii: drop or personal_values: keep in the definition)"
    return ""


def _examples(verdict: Verdict, count: int) -> str:
    examples = []
    for reject in sorted(verdict.rejects, key=lambda r: r.line)[:count]:
        column = f", {reject.column}" if reject.column else ""
        value = f" ('{shown(reject.value, 40)}')" if reject.value else ""
        examples.append(f"line {reject.line}{column}: {reject.reason}{value}")
    more = ["and more"] if len(verdict.rejects) > count else []
    return "; ".join(examples + more)


class RowReader:
    """Reads rows one by one, for parts of a file that are not clean."""

    def __init__(
        self,
        table: Table,
        rules: list[Rule],
        positions: dict[str, int],
        width: int,
        header: list[str] | None = None,
    ) -> None:
        self._table = table
        self._header = header
        self._rules = [rule for rule in rules if rule.column.name in positions]
        self._absent = [rule for rule in rules if rule.column.name not in positions]
        self._constants = {rule.column.name: constant_of(rule) for rule in self._absent}
        self._rules.sort(key=lambda rule: positions[rule.column.name])
        self._positions = positions
        self._width = width
        self._names = [positions[c.name] for c in table.person_names if c.name in positions]

    def read(
        self, rows: Callable[[int], list[str] | None], lines: npt.NDArray[np.int64], out: Verdict
    ) -> Batch:
        """Read the rows `rows(0) … rows(len(lines) - 1)`; None means a malformed row."""
        columns: dict[str, list[object]] = {r.column.name: [] for r in self._rules + self._absent}
        kept = []
        for index, line in enumerate(lines.tolist()):
            fault = self._row(rows(index), line, columns)
            if fault is None:
                kept.append(line)
            else:
                out.reject(replace(fault, order=self._order(rows(index))))
        types = {rule.column.name: rule.column.type.arrow for rule in self._rules + self._absent}
        arrays = {name: pa.array(values, types[name]) for name, values in columns.items()}
        ordered = {column.name: arrays[column.name] for column in self._table.stored_columns}
        return Batch(pa.table(ordered), np.array(kept, np.int64))

    def _row(
        self, cells: list[str] | None, line: int, columns: dict[str, list[object]]
    ) -> Reject | None:
        if cells is None:
            return Reject(line, None, "text after a closing quote", None)
        if len(cells) != self._width:
            # Quotes no cell: in a row with extra columns, any cell may hold personal data.
            return Reject(line, None, f"{len(cells)} cells instead of {self._width}", None)
        if cells == self._header:
            return Reject(line, None, "repeated header", None)
        values = {}
        for rule in self._rules:
            text = cells[self._positions[rule.column.name]]
            try:
                values[rule.column.name] = read_cell(text, rule)
            except CellFault as fault:
                return self._reject(line, rule, str(fault), text)
        for rule in self._rules:
            reason = row_fault(rule, values)
            if reason:
                return self._reject(line, rule, reason, _text(values[rule.column.name]))
        if repeating := self._repeats_name(cells):
            reason = IN_NO_PERSONAL_COLUMN.format(NAME)
            return Reject(line, repeating.column.name, reason, None)
        for name, value in values.items():
            columns[name].append(value)
        for name, value in self._constants.items():
            columns[name].append(value)
        return None

    def _order(self, cells: list[str] | None) -> str | None:
        position = self._positions.get(self._table.order_id or "")
        if position is None or cells is None or position >= len(cells):
            return None
        return self.order_in(cells[position])

    def order_in(self, text: str) -> str | None:
        """The order that a cell names, as in its raw table; None if it names none."""
        rule = next((r for r in self._rules if r.column.name == self._table.order_id), None)
        if rule is None or rule.column.pii:
            return None
        try:
            value = read_cell(text, rule)
        except CellFault:
            return None
        return None if value is None else str(value)

    def _repeats_name(self, cells: list[str]) -> Rule | None:
        """The impersonal column that repeats the person's name of the same row."""
        names = names_in_row(cells[position] for position in self._names)
        for rule in self._rules if names else ():
            if rule.impersonal and repeats_name(cells[self._positions[rule.column.name]], names):
                return rule
        return None

    def _reject(self, line: int, rule: Rule, reason: str, text: str) -> Reject:
        keeps = self._table.keeps_rejected_values
        value = text.replace("\0", "")[:_VALUE_LENGTH] if keeps else None
        return Reject(line, rule.column.name, reason, value)


def _text(value: object) -> str:
    return "" if value is None else str(value)
