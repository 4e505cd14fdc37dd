"""The rows of a text file in a dialect, as columns of text: what is no row of data is left out.

Lines above the header, a `sep=` line, blank rows, the header again and totals at the end are only
counted. A row that cannot be cut into cells keeps its place, with the reason.
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

from ingest.definitions import Table, plain_header
from ingest.dialects import Dialect
from ingest.errors import Refusal
from ingest.foreign_text import shown
from ingest.headers import Key, keys_of, misses_nothing, wrong_header
from ingest.records import Chunk, cells, chunks
from ingest.transcoding import Transcoder
from ingest.vectors import truths

_SEARCHED = 200
_FEW_ROWS = 64
_ABOVE, _SEP, _BLANK, _AGAIN, _TOTAL = (
    ("line above the header", "lines above the header"),
    ("sep= line", "sep= lines"),
    ("blank row", "blank rows"),
    ("header again", "headers again"),
    ("total row at the end", "total rows at the end"),
)
_Row = tuple[int, list[str] | None]


@dataclass(frozen=True)
class TextRows:
    """Rows of a file as text, an empty cell as null. `columns` are named by the table's column and
    the number of the item (0 where there is one per row). `faults` says of the rows that cannot be
    cut into cells why; their cells are null."""

    columns: dict[Key, pa.Array]
    lines: npt.NDArray[np.int64]
    faults: dict[int, str] = field(default_factory=dict)

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
        self._pending: list[_Row] = []
        self._words = tuple(word.casefold() for word in dialect.total_rows)
        self.left_out: Counter[tuple[str, str]] = Counter()

    @property
    def keys(self) -> list[Key]:
        """The table's columns in the order of the file; known once the first rows are out."""
        return [key for key in self._keys if key is not None]

    def rows(self, blocks: Iterable[bytes]) -> Iterator[TextRows]:
        """All rows of the file. Raises Refusal for a file that is not what it claims to be."""
        for chunk in chunks(self._transcoder.blocks(blocks)):
            left = chunk if self._keys else self._begin(chunk)
            if left is not None:
                yield from self._of_chunk(left)
        if not self._keys:
            if not self._seen:
                raise Refusal("empty file")
            raise wrong_header(self._seen, self._table)
        for _, row in self._pending:
            self._leave_out(_TOTAL if self._is_total(row) else _BLANK)

    # The beginning of a file.

    def _begin(self, chunk: Chunk) -> Chunk | None:
        """Settle the order of columns; returns the rows below the header, if there are any yet."""
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
        """The columns, and those without a header that the first row has behind them."""
        extra = len(first) - len(keys)
        blank = extra > 0 and not any(cell.strip() for cell in first[len(keys) :])
        self._keys = [*keys, *([None] * extra if blank else [])]

    def _is_sep_line(self, row: list[str]) -> bool:
        """Whether a first line tells spreadsheets the delimiter; Refusal if it is another one."""
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

    def _of_chunk(self, chunk: Chunk) -> Iterator[TextRows]:
        end = self._end_of_data(chunk)
        if end and self._pending:
            # What looked like totals at the end has rows below it.
            yield from self._listed(self._pending)
            self._pending = []
        self._pending += self._listing(chunk, end)
        if end:
            yield from self._rows_of(chunk.part(0, end))

    def _end_of_data(self, chunk: Chunk) -> int:
        """How many rows stand before the totals and blank rows at the chunk's end."""
        end = len(chunk)
        if not self._words:
            return end
        while end and self._is_total_or_blank(self._cells(chunk, end - 1)):
            end -= 1
        return end

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
        """The chunk as columns, or None where its rows differ in the number of cells."""
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
        """Positions of the rows that are neither blank nor the header again."""
        blank = np.arange(len(lines))
        for array in arrays:
            blank = blank[_is_blank(array if len(blank) == len(lines) else array.take(blank))]
            if not len(blank):
                break
        self._leave_out(_BLANK, len(blank))
        again = []
        if self._header is not None:
            told_by = next(i for i, cell in enumerate(self._header) if cell.strip())
            name = self._header[told_by].strip()
            found = pc.equal(pc.utf8_trim_whitespace(arrays[told_by]), name)
            for position in np.flatnonzero(truths(found)).tolist():
                row = [array[position].as_py() or "" for array in arrays]
                if _same(row, self._header):
                    again.append(position)
        self._leave_out(_AGAIN, len(again))
        return np.delete(np.arange(len(lines)), [*blank.tolist(), *again])

    def _listed(self, rows: list[_Row]) -> Iterator[TextRows]:
        """Rows one by one, for those that differ in the number of cells."""
        taken: list[list[str]] = []
        lines: list[int] = []
        faults: dict[int, str] = {}
        width = max((i + 1 for i, key in enumerate(self._keys) if key is not None), default=0)
        for line, row in rows:
            what = self._no_data(row) if row is not None else None
            if what:
                self._leave_out(what)
                continue
            fault = _fault(row, width)
            if fault:
                faults[len(lines)] = fault
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

    def _listing(self, chunk: Chunk, first: int) -> list[_Row]:
        """Lines and cells of the chunk's rows from `first` on."""
        rows = range(first, len(chunk))
        return [(int(chunk.lines[index]), self._cells(chunk, index)) for index in rows]

    def _cells(self, chunk: Chunk, index: int) -> list[str] | None:
        row = cells(chunk.record(index))
        return None if row is None else [self._transcoder.restored(cell) for cell in row]

    # What is no row of data.

    def _no_data(self, row: list[str]) -> tuple[str, str] | None:
        if not any(cell.strip() for cell in row):
            return _BLANK
        if self._header is not None and _same(row, self._header):
            return _AGAIN
        return None

    def _is_total_or_blank(self, row: list[str] | None) -> bool:
        return row is not None and (not any(cell.strip() for cell in row) or self._is_total(row))

    def _is_total(self, row: list[str] | None) -> bool:
        first = next((cell.strip() for cell in row or [] if cell.strip()), "")
        return first.casefold().startswith(self._words)

    def _leave_out(self, what: tuple[str, str], count: int = 1) -> None:
        if count:
            self.left_out[what] += count


def told(left_out: Counter[tuple[str, str]]) -> str:
    """What was left out of a file, in words; empty where nothing was."""
    parts = [f"{count:,} {one if count == 1 else many}" for (one, many), count in left_out.items()]
    return f"left out: {', '.join(parts)}" if parts else ""


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
