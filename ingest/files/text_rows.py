"""Reads the data rows of a text file in a dialect, as columns of text.

Lines above the header, a `sep=` line, blank rows, repeated headers and totals rows are left out and
counted. A row that cannot be split into cells keeps its position, with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from ingest.checks.vectors import truths
from ingest.counts import counted
from ingest.files.csv_records import Chunk, cells, chunks
from ingest.files.headers import Key, keys_of, misses_nothing, wrong_header
from ingest.files.transcoding import Transcoder
from ingest.foreign_text import shown
from ingest.loader_errors import Refusal
from ingest.tables.table_definitions import Table, plain_header
from ingest.tables.text_dialects import Dialect, total_label

_SEARCHED = 200
_FEW_ROWS = 64
_ABOVE, _SEP, _BLANK, _AGAIN, _TOTAL = (
    ("line above the header", "lines above the header"),
    ("sep= line", "sep= lines"),
    ("blank row", "blank rows"),
    ("repeated header", "repeated headers"),
    ("totals row", "totals rows"),
)
_Row = tuple[int, list[str] | None]


@dataclass(frozen=True)
class Fault:
    """Why a row does not have the right cells, and its order cell."""

    reason: str
    order: str = ""


@dataclass(frozen=True)
class TextRows:
    """Rows of a file as text, with empty cells as null. `columns` are keyed by the table's column
    and the item number (0 if there is one per row). `faults` are the rows that cannot be split into
    cells, by position; their cells are null."""

    columns: dict[Key, pa.Array]
    lines: npt.NDArray[np.int64]
    faults: dict[int, Fault] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lines)


class TextRowReader:
    """Reads the rows of one text file."""

    def __init__(self, table: Table, dialect: Dialect) -> None:
        self._table = table
        self._dialect = dialect
        self._transcoder = Transcoder(dialect)
        self._keys: list[Key | None] = []
        self._header: list[str] | None = None
        self._seen: list[_Row] = []
        self._total = total_label(dialect.total_rows) if dialect.total_rows else None
        self._told_by: list[int] = []
        self.left_out: Counter[tuple[str, str]] = Counter()

    @property
    def keys(self) -> list[Key]:
        """The table's columns in file order; known once the first rows have been returned."""
        return [key for key in self._keys if key is not None]

    def rows(self, blocks: Iterable[bytes]) -> Iterator[TextRows]:
        """All rows of the file. Raises Refusal for a file that does not fit its table."""
        for chunk in chunks(self._transcoder.blocks(blocks)):
            left = chunk if self._keys else self._begin(chunk)
            if left is not None:
                yield from self._rows_of(left)
        if not self._keys:
            if not self._seen:
                raise Refusal("empty file")
            raise wrong_header(self._seen, self._table)

    # The beginning of a file.

    def _begin(self, chunk: Chunk) -> Chunk | None:
        """Determine the order of columns; returns the rows below the header, if any were read."""
        for index in range(len(chunk)):
            row, line = self._cells(chunk, index), int(chunk.lines[index])
            if not self._seen and row and self._is_sep_line(row):
                self._leave_out(_SEP)
                continue
            is_first = line > self._dialect.skip_lines
            if not self._table.has_header and is_first:
                self._settle([(c.name, 0) for c in self._table.file_columns], row or [])
                self._leave_out(_ABOVE, len(self._seen))
                return chunk.part(index, len(chunk))
            if self._table.has_header and row and misses_nothing(row, self._table):
                self._header = row
                below = self._cells(chunk, index + 1) if index + 1 < len(chunk) else None
                self._settle(keys_of(row, self._table), below or [])
                self._leave_out(_ABOVE, len(self._seen))
                return chunk.part(index + 1, len(chunk)) if index + 1 < len(chunk) else None
            self._seen.append((line, row))
            if len(self._seen) > _SEARCHED:
                raise wrong_header(self._seen, self._table)
        return None

    def _settle(self, keys: list[Key | None] | list[Key], first: list[str]) -> None:
        """Set the columns, including empty ones without a header at the end of the first row."""
        extra = len(first) - len(keys)
        blank = extra > 0 and not any(cell.strip() for cell in first[len(keys) :])
        self._keys = [*keys, *([None] * extra if blank else [])]
        lacking = {(name, 0) for name in self._dialect.total_rows_lack}
        self._told_by = [index for index, key in enumerate(self._keys) if key in lacking]
        if not self._told_by:
            self._total = None

    def _is_sep_line(self, row: list[str]) -> bool:
        """Whether the first line names the delimiter for spreadsheets; Refusal if it is wrong."""
        text = self._dialect.delimiter.join(row).strip()
        if not text.casefold().startswith("sep=") or len(text) > len("sep=") + 1:
            return False
        if text[4:] not in ("", self._dialect.delimiter.strip()):
            raise Refusal(
                f"its first line says that cells are separated by '{shown(text[4:])}'; the table's "
                f"dialect says {self._dialect.delimiter!r}"
            )
        return True

    # Rows.

    def _rows_of(self, chunk: Chunk) -> Iterator[TextRows]:
        found = None if chunk.odd else self._whole(chunk)
        if found is not None:
            if len(found):
                yield found
        elif len(chunk) > _FEW_ROWS:
            step = max(len(chunk) // 16, _FEW_ROWS)
            for first in range(0, len(chunk), step):
                yield from self._rows_of(chunk.part(first, min(first + step, len(chunk))))
        else:
            yield from self._listed(self._listing(chunk, 0))

    def _whole(self, chunk: Chunk) -> TextRows | None:
        """The chunk as columns, or None if its rows differ in the number of cells."""
        names = [str(position) for position in range(len(self._keys))]
        try:
            table = pyarrow.csv.read_csv(
                pa.BufferReader(chunk.data),
                pyarrow.csv.ReadOptions(
                    column_names=names, use_threads=False, block_size=len(chunk.data) + 1
                ),
                pyarrow.csv.ParseOptions(newlines_in_values=chunk.quoted),
                pyarrow.csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != len(chunk):
            return None
        arrays = [
            self._transcoder.restored_column(column.combine_chunks()) for column in table.columns
        ]
        for key, array in zip(self._keys, arrays, strict=True):
            if key is None and array.null_count < len(array):
                return None
        kept = self._data_rows(arrays, chunk.lines)
        lines = chunk.lines
        if len(kept) < len(lines):
            arrays, lines = [array.take(pa.array(kept)) for array in arrays], lines[kept]
        named = zip(self._keys, arrays, strict=True)
        return TextRows({key: array for key, array in named if key is not None}, lines)

    def _data_rows(
        self, arrays: list[pa.Array], lines: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Positions of the rows that are not blank, totals or repeated headers."""
        blank = _blank_in(arrays, np.arange(len(lines)))
        self._leave_out(_BLANK, len(blank))
        totals = []
        if self._total is not None:
            told_by = [arrays[index] for index in self._told_by]
            candidates = _blank_in(told_by, np.setdiff1d(np.arange(len(lines)), blank))
            totals += [
                position
                for position in candidates.tolist()
                if self._is_total([array[position].as_py() or "" for array in arrays])
            ]
        self._leave_out(_TOTAL, len(totals))
        again = []
        if self._header is not None:
            first = next(i for i, cell in enumerate(self._header) if cell.strip())
            name = self._header[first].strip()
            found = pc.equal(pc.utf8_trim_whitespace(arrays[first]), name)
            for position in np.flatnonzero(truths(found)).tolist():
                row = [array[position].as_py() or "" for array in arrays]
                if _same(row, self._header):
                    again.append(position)
        self._leave_out(_AGAIN, len(again))
        return np.delete(np.arange(len(lines)), [*blank.tolist(), *totals, *again])

    def _listed(self, rows: list[_Row]) -> Iterator[TextRows]:
        """The rows one by one, for rows that differ in the number of cells."""
        taken: list[list[str]] = []
        lines: list[int] = []
        faults: dict[int, Fault] = {}
        width = max((i + 1 for i, key in enumerate(self._keys) if key is not None), default=0)
        for line, row in rows:
            what = self._no_data(row) if row is not None else None
            if what:
                self._leave_out(what)
                continue
            fault = _fault(row, width)
            if fault:
                faults[len(lines)] = Fault(fault, self._order_of(row or []))
            taken.append([""] * width if row is None or fault else row)
            lines.append(line)
        if not lines:
            return
        columns = {}
        for position, key in enumerate(self._keys):
            if key is not None:
                column = [row[position] or None for row in taken]
                columns[key] = pa.array(column, pa.string())
        yield TextRows(columns, np.array(lines, np.int64), faults)

    def _order_of(self, row: list[str]) -> str:
        key = (self._table.order_id or "", 0)
        position = self._keys.index(key) if key in self._keys else len(row)
        return row[position] if position < len(row) else ""

    def _listing(self, chunk: Chunk, first: int) -> list[_Row]:
        """The lines and cells of the chunk's rows, starting with `first`."""
        rows = range(first, len(chunk))
        return [(int(chunk.lines[index]), self._cells(chunk, index)) for index in rows]

    def _cells(self, chunk: Chunk, index: int) -> list[str] | None:
        row = cells(chunk.record(index))
        return None if row is None else [self._transcoder.restored(cell) for cell in row]

    # Rows that are not data.

    def _no_data(self, row: list[str]) -> tuple[str, str] | None:
        if not any(cell.strip() for cell in row):
            return _BLANK
        if self._header is not None and _same(row, self._header):
            return _AGAIN
        return _TOTAL if self._is_total(row) else None

    def _is_total(self, row: list[str]) -> bool:
        """Whether a totals word is in a row that lacks what every line has."""
        if self._total is None:
            return False
        lacks = not any(row[index].strip() for index in self._told_by if index < len(row))
        return lacks and any(map(self._total.match, row))

    def _leave_out(self, what: tuple[str, str], count: int = 1) -> None:
        if count:
            self.left_out[what] += count


def in_words(left_out: Counter[tuple[str, str]]) -> str:
    """What was left out of a file, in words; empty if nothing was."""
    parts = [counted(count, one, many) for (one, many), count in left_out.items()]
    return f"left out: {', '.join(parts)}" if parts else ""


def _blank_in(arrays: list[pa.Array], positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The positions at which all columns are blank."""
    for array in arrays:
        if not len(positions):
            break
        taken = array if len(positions) == len(array) else array.take(pa.array(positions))
        positions = positions[_is_blank(taken)]
    return positions


def _is_blank(array: pa.Array) -> npt.NDArray[np.bool_]:
    return truths(pc.equal(pc.fill_null(pc.utf8_trim_whitespace(array), ""), ""))


def _same(row: list[str], header: list[str]) -> bool:
    again, names = ([plain_header(cell) for cell in x if cell.strip()] for x in (row, header))
    return again == names


def _fault(row: list[str] | None, width: int) -> str | None:
    if row is None:
        return "text after a closing quote"
    while len(row) > width and not row[-1].strip():
        row.pop()
    if len(row) != width:
        return f"{len(row)} cells instead of {width}"
    return None
