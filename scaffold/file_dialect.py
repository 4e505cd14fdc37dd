"""The dialect of a text file: encoding, delimiter, and position of the header."""

import csv
import gzip
import io
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from charset_normalizer import from_bytes

from ingest.counts import counted
from ingest.files.file_bytes import GZIP_MAGIC, HashedBytes, open_file
from ingest.foreign_text import first_few, shown
from ingest.loader_errors import Refusal
from scaffold.header_words import is_role_name
from scaffold.total_rows import Rows, TotalRows, find_totals

SAMPLE_BYTES = 32 * 1024 * 1024
_HEADER_ROWS = 30
# Tried where a file is no UTF-8, likely ones first; the header's words decide among them.
_ENCODINGS = ("cp1252", "cp932", "gb18030", "big5", "euc_kr", "cp1250", "cp1251", "euc_jp",
              "mac_roman", "cp850")  # fmt: skip
_DELIMITERS = {",": ",", ";": ";", "\t": "tab", "|": "|"}
# Files with a greater share of rejects are not loaded.
MOST_REJECTS = 0.01


@dataclass(frozen=True)
class GuessedDialect:
    """What a table's definition says of its text files beside plain CSV in UTF-8.

    `total_rows` are the words of rows of totals, `total_rows_lack` the headers of columns that
    every line fills and those rows do not.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    total_rows: frozenset[str] = field(default=frozenset(), compare=False)
    total_rows_lack: frozenset[str] = field(default=frozenset(), compare=False)
    is_plain: bool = field(default=True, compare=False)

    def __str__(self) -> str:
        return f"{self.encoding}, {_DELIMITERS[self.delimiter]}"

    def with_rows_of(self, other: "GuessedDialect") -> "GuessedDialect":
        """The dialect of two files that are written alike; each may have rows of totals."""
        lacks = [one.total_rows_lack for one in (self, other) if one.total_rows]
        return replace(
            self,
            total_rows=self.total_rows | other.total_rows,
            total_rows_lack=frozenset.intersection(*lacks) if lacks else frozenset(),
            is_plain=self.is_plain and other.is_plain,
        )

    @property
    def delimiter_name(self) -> str:
        """The delimiter as definitions name it."""
        return _DELIMITERS[self.delimiter]


@dataclass
class SampleText:
    """A text file cut into cells: `columns` under `headers`, the line of each row, and what was
    left out, in words."""

    headers: list[str]
    columns: list[list[str]]
    lines: list[int]
    dialect: GuessedDialect
    said: list[str] = field(default_factory=list)


def guess_text(path: Path, has_header: bool, row_limit: int) -> SampleText:
    """Reads a text file in the dialect that fits it. Raises Refusal if it is not text with rows."""
    data = _start(path)
    if not data.strip(b"\xef\xbb\xbf\r\n\t ,;"):
        raise Refusal("empty file")
    encoding, text = _decode(data)
    delimiter, has_sep_line = _delimiter(text)
    rows = _rows(text, delimiter, row_limit)
    if has_sep_line:
        rows = rows[1:]
    said = []
    if encoding != "utf-8":
        said.append(f"{shown(path.name)} is in {encoding}.")
    above = _header_index([row for _, row in rows]) if has_header else 0
    if above:
        said.append(
            f"{shown(path.name)}: "
            f"{counted(above, 'line above the header is', 'lines above the header are')} "
            "left out."
        )
    if not rows[above:]:
        raise Refusal("empty file")
    width, headers, named = _headers(rows[above][1], [row for _, row in rows[above:]], has_header)
    body = rows[above + 1 :] if has_header else rows[above:]
    kept, totals, left = _body(body, headers, rows[above][1] if has_header else None, delimiter)
    said += [f"{shown(path.name)}: {what}." for what in left]
    columns = [[row[index] for _, row in kept] for index in named]
    is_plain = (
        encoding == "utf-8" and delimiter == "," and not above and not has_sep_line
        and len(named) == width and not left
    )  # fmt: skip
    return SampleText(
        headers, columns, [line for line, _ in kept],
        GuessedDialect(encoding, delimiter, totals.words, totals.lack, is_plain), said,
    )  # fmt: skip


def _start(path: Path) -> bytes:
    with open_file(path) as raw:
        start = raw.read(4)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return path.read_bytes()[:SAMPLE_BYTES]
    if start.startswith(GZIP_MAGIC):
        with gzip.open(path) as packed:
            head = packed.read(2)
            if head in (b"\xff\xfe", b"\xfe\xff"):
                return head + packed.read(SAMPLE_BYTES)
    found = b""
    for block in HashedBytes(path):
        found += block
        if len(found) >= SAMPLE_BYTES:
            break
    return found if len(found) < SAMPLE_BYTES else found[: found.rfind(b"\n") + 1]


def _decode(data: bytes) -> tuple[str, str]:
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            codec = "utf-8-sig" if name == "utf-8" else name
            return name, data.decode(codec, errors="replace")
    try:
        return "utf-8", data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    scores: list[tuple[int, str, str]] = []
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any("\x80" <= letter <= "\x9f" for letter in text[:10_000]):
            continue
        delimiter, _ = _delimiter(text)
        rows = _rows(text, delimiter, _HEADER_ROWS)
        known = max((sum(map(is_role_name, row)) for _, row in rows), default=0)
        scores.append((known, encoding, text))
    if not scores:
        raise Refusal("it is text in no encoding that is known; save it as UTF-8")
    best = max(score for score, _, _ in scores)
    candidates = [(encoding, text) for score, encoding, text in scores if score == best]
    likely = from_bytes(
        data[:200_000], cp_isolation=[encoding for encoding, _ in candidates]
    ).best()
    for encoding, text in candidates:
        if likely is not None and likely.encoding == encoding and len(candidates) > 1:
            # Windows-1252 and its neighbours differ in few letters: the common one wins a draw.
            is_close = {"cp1252", "cp1250", "mac_roman", "cp850"} >= {encoding, candidates[0][0]}
            return candidates[0] if is_close else (encoding, text)
    return candidates[0]


def _delimiter(text: str) -> tuple[str, bool]:
    first = text[:20].splitlines()[0].strip() if text else ""
    if first.casefold().startswith("sep=") and len(first) == 5 and first[4] in _DELIMITERS:
        return first[4], True
    if first.casefold() == "sep=":
        return "\t", True
    scored = []
    for delimiter in _DELIMITERS:
        rows = [row for _, row in _rows(text[:200_000], delimiter, 100)]
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if widths:
            width, count = widths.most_common(1)[0]
            known = max(sum(map(is_role_name, row)) for row in rows[:_HEADER_ROWS])
            scored.append((known, count / len(rows), width, delimiter))
    return (max(scored)[3] if scored else ","), False


def _rows(text: str, delimiter: str, limit: int) -> Rows:
    """Rows with the line each begins on; blank lines are none."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: Rows = []
    line = 1
    csv.field_size_limit(1024 * 1024)
    try:
        for row in reader:
            if row and not (len(row) == 1 and not row[0].strip()):
                found.append((line, row))
            line = reader.line_num + 1
            if len(found) > limit:
                break
    except csv.Error as fault:
        raise Refusal(f"line {line} cannot be read: {fault}") from None
    return found


def _header_index(rows: list[list[str]]) -> int:
    """Which row is the header: the first that has the names of most roles, or the usual width."""
    top = rows[:_HEADER_ROWS]
    known = [sum(map(is_role_name, row)) for row in top]
    best = max(known, default=0)
    if best >= 2:
        return known.index(best)
    widths = Counter(_filled_width(row) for row in rows if _filled_width(row) > 1)
    if not widths:
        return 0
    usual = max(widths, key=lambda width: (widths[width], width))
    return next((i for i, row in enumerate(top) if _filled_width(row) >= usual), 0)


def _filled_width(row: list[str]) -> int:
    return max((index + 1 for index, cell in enumerate(row) if cell.strip()), default=0)


def _headers(
    first: list[str], rows: list[list[str]], has_header: bool
) -> tuple[int, list[str], list[int]]:
    """The width of rows, the headers, and which columns they are over: without empty ones at the
    end."""
    if not has_header:
        width = len(first)
        return width, [f"column_{number}" for number in range(1, width + 1)], list(range(width))
    width = len(first)
    end = width
    while (
        end
        and not first[end - 1].strip()
        and not any(len(row) >= end and row[end - 1].strip() for row in rows[1:])
    ):
        end -= 1
    return width, [name.strip() for name in first[:end]], list(range(end))


def _body(
    rows: Rows, headers: list[str], first: list[str] | None, delimiter: str
) -> tuple[Rows, TotalRows, list[str]]:
    """The rows that are data, the rows of totals among them, and what was left out, in words.

    `first` is the row of the header as the file has it, None where it has none.
    """
    filled = [(line, row) for line, row in rows if any(cell.strip() for cell in row)]
    read = [(line, row) for line, row in filled if row != first]
    totals = find_totals(headers, read, delimiter)
    _refuse_headings([entry for i, entry in enumerate(read) if i not in totals.positions])
    blank, again = len(rows) - len(filled), len(filled) - len(read)
    width = len(first) if first is not None else len(headers)
    kept: Rows = []
    ragged: list[int] = []
    for index, (line, row) in enumerate(read):
        if index in totals.positions:
            continue
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            ragged.append(line)
        else:
            kept.append((line, row[:width]))
    left = []
    if blank:
        left.append(f"{counted(blank, 'blank row is', 'blank rows are')} left out")
    if again:
        left.append(
            f"the header is repeated {counted(again, 'time')}; the repetitions are left out"
        )
    if totals.positions:
        left.append(totals.said)
    if ragged:
        left.append(f"rows with another number of cells are rejected (line {first_few(ragged, 5)})")
    return kept, totals, left


def _refuse_headings(rows: Rows) -> None:
    """Refusal for a report whose rows are grouped under headings, which say once what holds for all
    rows below."""
    lone = [line for line, row in rows if _filled_width(row) == 1 < len(row)]
    if len(lone) > max(1, MOST_REJECTS * len(rows)):
        raise Refusal(
            f"line {lone[0]} and {len(lone) - 1:,} more have one cell alone, as headings over the "
            "rows below them; export a plain list, in which each row says it all (no grouping)"
        )
