"""Cuts CSV bytes into chunks of whole records, each record with the line it begins on.

A quote counts only at the start of a cell (RFC 4180); elsewhere it is an ordinary character. Empty
lines are not records.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.loader_errors import Refusal

MAX_RECORD_BYTES = 1024 * 1024
BOM = b"\xef\xbb\xbf"

_NEWLINE, _RETURN, _COMMA, _QUOTE = b'\n\r,"'
_CELL = re.compile(rb'"[^"]*(?:""[^"]*)*"|[^",][^,]*|')
_Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chunk:
    """Whole records: `data[starts[i]:ends[i]]` is record i, including its line end, on `lines[i]`.

    `quoted`: there are quotes. `odd`: some record needs a closer look than Arrow takes, because it
    has text after a closing quote, or a carriage return that does not end a line.
    """

    data: bytes
    starts: _Positions
    ends: _Positions
    lines: _Positions
    quoted: bool
    odd: bool

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def is_even(self) -> bool:
        """Whether every line is one record without quotes that ends in only a line feed."""
        whole = int((self.ends - self.starts).sum()) == len(self.data)
        return whole and not self.odd and not self.quoted and b"\r" not in self.data

    def record(self, index: int) -> bytes:
        """The bytes of one record, without its line end."""
        text = self.data[self.starts[index] : self.ends[index]]
        return text.removesuffix(b"\n").removesuffix(b"\r")

    def part(self, first: int, last: int) -> Chunk:
        """Records first … last - 1 as a separate chunk."""
        start, end = int(self.starts[first]), int(self.ends[last - 1])
        data = self.data[start:end]
        starts, ends = self.starts[first:last] - start, self.ends[first:last] - start
        odd = self.odd and (_lone_returns(data) or _has_stray_quotes(data))
        return Chunk(data, starts, ends, self.lines[first:last], b'"' in data, odd)


def chunks(blocks: Iterable[bytes]) -> Iterator[Chunk]:
    """Cut blocks of any size into chunks of whole records.

    Raises Refusal, with the line, for NUL bytes, text that is not UTF-8, an unclosed quote and a
    record of more than MAX_RECORD_BYTES. The result does not depend on the block size.
    """
    rest, line = b"", 1
    is_start = True
    for block in blocks:
        rest += block
        if is_start and len(rest) < len(BOM) and BOM.startswith(rest):
            continue
        if is_start:
            rest, is_start = rest.removeprefix(BOM), False
        if b"\n" not in block:
            if len(rest) > MAX_RECORD_BYTES:
                _check_nul(rest, line)
                raise _too_long(rest, line)
            continue
        chunk, used = _cut(rest, line)
        if used:
            _check_bytes(rest[:used], line)
            line += rest.count(b"\n", 0, used)
            rest = rest[used:]
        if len(rest) > MAX_RECORD_BYTES:
            raise _too_long(rest, line)
        if chunk is not None:
            yield chunk
    if is_start:
        rest = rest.removeprefix(BOM)
    if rest:
        chunk, used = _cut(rest + b"\n", line)
        _check_bytes(rest[: used or len(rest)], line)
        if used < len(rest):
            raise _too_long(rest[used:], line + rest.count(b"\n", 0, used))
        if chunk is not None:
            yield chunk


def cells(record: bytes) -> list[str] | None:
    """The cells of one record; None if text follows a closing quote."""
    if b'"' not in record:
        return record.decode().split(",")
    found = []
    position = 0
    while True:
        match = _CELL.match(record, position)
        assert match is not None
        text = match[0]
        position = match.end()
        if position < len(record) and record[position] != _COMMA:
            return None
        if text.startswith(b'"'):
            text = text[1:-1].replace(b'""', b'"')
        found.append(text.decode())
        if position >= len(record):
            return found
        position += 1


def _cut(data: bytes, line: int) -> tuple[Chunk | None, int]:
    """The whole records at the start of `data`, which begins on `line`, and their length."""
    newlines = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE)
    if len(newlines) == 0:
        return None, 0
    quoted = b'"' in data
    odd = _lone_returns(data)
    if not quoted:
        ends = newlines + 1
        ordinals = np.arange(len(ends))
    elif not _has_stray_quotes(data):
        quotes = np.flatnonzero(np.frombuffer(data, np.uint8) == _QUOTE)
        outside = np.searchsorted(quotes, newlines) % 2 == 0
        ends = newlines[outside] + 1
        ordinals = np.flatnonzero(outside)
    else:
        odd = True
        ends, ordinals = _scan(data, newlines, line)
    if len(ends) == 0:
        return None, 0
    starts = np.concatenate(([0], ends[:-1]))
    first_lines = np.concatenate(([0], ordinals[:-1] + 1)) + line
    lengths = ends - starts
    if int(lengths.max()) > MAX_RECORD_BYTES:
        raise _too_long(data, int(first_lines[int(lengths.argmax())]))
    blank = lengths == 1
    if b"\r" in data:
        short = np.flatnonzero(lengths == 2)
        blank[short[np.frombuffer(data, np.uint8)[starts[short]] == _RETURN]] = True
    used = int(ends[-1])
    if blank.all():
        return None, used
    if blank.any():
        starts, ends, first_lines = starts[~blank], ends[~blank], first_lines[~blank]
    return Chunk(data[:used], starts, ends, first_lines, quoted, odd), used


def _lone_returns(data: bytes) -> bool:
    return b"\r" in data and data.count(b"\r") != data.count(b"\r\n")


def _has_stray_quotes(data: bytes) -> bool:
    """Whether counting quotes is not enough to find where cells begin and end."""
    array = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(array == _QUOTE)
    opening, closing = quotes[0::2], quotes[1::2]
    before = array[opening[opening > 0] - 1]
    behind = closing[closing < len(array) - 1] + 1
    after, then = array[behind], array[np.minimum(behind + 1, len(array) - 1)]
    starts_cell = np.isin(before, (_COMMA, _NEWLINE, _QUOTE))
    # A carriage return ends a cell only before a line feed.
    ends_cell = np.isin(after, (_COMMA, _NEWLINE, _QUOTE)) | (
        (after == _RETURN) & (then == _NEWLINE)
    )
    return not (starts_cell.all() and ends_cell.all())


def _scan(data: bytes, newlines: _Positions, line: int) -> tuple[_Positions, _Positions]:
    """The ends of records and the ordinals of the line feeds that end them, cell by cell."""
    ends, ordinals = [], []
    start = 0
    for ordinal, newline in enumerate(newlines.tolist()):
        if b'"' not in data[start:newline] or _is_whole(data[start:newline], line + ordinal):
            ends.append(newline + 1)
            ordinals.append(ordinal)
            start = newline + 1
    return np.array(ends, np.int64), np.array(ordinals, np.int64)


def _is_whole(record: bytes, line: int) -> bool:
    """Whether no quote is open at the end of the record."""
    position = 0
    while position <= len(record):
        if record[position : position + 1] != b'"':
            comma = record.find(b",", position)
            if comma < 0:
                return True
            position = comma + 1
            continue
        closing = _closing_quote(record, position + 1)
        if closing is None:
            return False
        tail = record[closing + 1 :].removesuffix(b"\r")
        if tail and tail[:1] != b",":
            if b"\n" in record[position:closing]:
                opened = line - record.count(b"\n", position)
                raise Refusal(f"unclosed quote: the cell that begins on line {opened} never ends")
            comma = record.find(b",", closing)
            if comma < 0:
                return True
            position = comma + 1
        elif not tail:
            return True
        else:
            position = closing + 2
    return True


def _closing_quote(record: bytes, position: int) -> int | None:
    while True:
        quote = record.find(b'"', position)
        if quote < 0:
            return None
        if record[quote + 1 : quote + 2] != b'"':
            return quote
        position = quote + 2


def _too_long(data: bytes, line: int) -> Refusal:
    if b'"' in data:
        return Refusal(
            f"unclosed quote: the record that begins on line {line} has a quoted cell that does "
            f"not end within {MAX_RECORD_BYTES // 1024**2} MB or before the end of the file"
        )
    return Refusal(f"line {line} is longer than {MAX_RECORD_BYTES // 1024**2} MB")


def _check_nul(data: bytes, line: int) -> None:
    nul = data.find(b"\0")
    if nul >= 0:
        at = line + data.count(b"\n", 0, nul)
        raise Refusal(f"NUL byte on line {at}: a binary file, or text in UTF-16; save it as UTF-8")


def _check_bytes(data: bytes, line: int) -> None:
    _check_nul(data, line)
    if data.isascii():
        return
    try:
        data.decode()
    except UnicodeDecodeError as error:
        at = line + data.count(b"\n", 0, error.start)
        raise Refusal(
            f"not UTF-8 on line {at} (byte 0x{data[error.start]:02x}): save it as UTF-8, or set "
            "encoding in the table's dialect, such as cp1252; warehouse scaffold detects it"
        ) from None
