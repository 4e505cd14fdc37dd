"""Turns a file in a dialect into plain CSV: UTF-8, commas, double quotes.

The delimiter is swapped with the comma, and the quotes likewise, so that the rest of the loader
reads one kind of file; `restored` swaps them back in each cell. Line numbers do not change.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

import pyarrow as pa

from ingest.loader_errors import Refusal
from ingest.tables.text_dialects import Dialect

_UTF_8_BOM = codecs.BOM_UTF8
_UTF_16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Control characters that do not occur in text: the result of decoding with the wrong encoding.
_CONTROLS = re.compile("[\x80-\x9f]")
# Replaces a double quote where quotes are ordinary characters.
_STAND_IN = 0x1F
_ESCAPED = re.compile(rb'\\(["\'\\])')


class Transcoder:
    """Turns the blocks of one file into blocks of plain CSV, and cells back."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._table = _swapping(dialect)

    def blocks(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The file as plain CSV. Raises Refusal, with line and byte, for text that is not in the
        dialect's encoding, and for UTF-8 that is declared as another encoding."""
        is_utf_8 = self._dialect.encoding == "utf-8"
        decoded = blocks if is_utf_8 else _decoded(blocks, self._dialect.encoding)
        if self._dialect.escape:
            decoded = _unescaped(decoded)
        if self._table is None:
            yield from decoded
            return
        for block in decoded:
            if self._dialect.quote is None and _STAND_IN in block:
                raise Refusal("a control character (0x1f) in the file: it is not plain text")
            yield block.translate(self._table)

    def restored(self, text: str) -> str:
        """A cell of the plain CSV as it is in the original file."""
        if self._table is None:
            return text
        return text.encode().translate(self._table).decode()

    def restored_column(self, array: pa.Array) -> pa.Array:
        """A column of cells as they are in the original file."""
        if self._table is None or len(array) == 0:
            return array
        valid, offsets, data = array.buffers()
        swapped = pa.py_buffer(data.to_pybytes().translate(self._table)) if data else data
        return pa.StringArray.from_buffers(len(array), offsets, swapped, valid, -1, array.offset)


def _swapping(dialect: Dialect) -> bytes | None:
    """The translation that swaps the dialect's characters with those of plain CSV; self-inverse."""
    pairs = []
    if dialect.delimiter != ",":
        pairs.append((ord(dialect.delimiter), ord(",")))
    if dialect.quote is None:
        pairs.append((_STAND_IN, ord('"')))
    elif dialect.quote != '"':
        pairs.append((ord(dialect.quote), ord('"')))
    if not pairs:
        return None
    table = bytearray(range(256))
    for one, other in pairs:
        table[one], table[other] = other, one
    return bytes(table)


def _decoded(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    other = None if encoding.startswith("utf") else _MaybeUtf8(encoding)
    line, is_first = 1, True
    for block in _with_start(blocks):
        if is_first:
            _check_mark(block, encoding)
            is_first = False
        if other:
            other.feed(block)
        text = _decode(decoder, block, encoding, line, final=False)
        _check_controls(text, encoding, line)
        line += text.count("\n")
        if text:
            yield text.encode()
    text = _decode(decoder, b"", encoding, line, final=True)
    if other:
        other.end()
    if text:
        yield text.encode()


def _with_start(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks, the first one long enough for any byte order mark."""
    start, rest = b"", iter(blocks)
    for block in rest:
        start += block
        if len(start) >= len(_UTF_8_BOM):
            break
    if start:
        yield start
    yield from rest


def _decode(
    decoder: codecs.IncrementalDecoder, block: bytes, encoding: str, line: int, *, final: bool
) -> str:
    try:
        return decoder.decode(block, final)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding, "replace")
        at = line + before.count("\n")
        raise Refusal(
            f"not {encoding} on line {at} (byte 0x{error.object[error.start]:02x}): set the file's "
            "encoding in the table's dialect"
        ) from None


def _check_mark(block: bytes, encoding: str) -> None:
    """Refuse a byte order mark of another encoding, and UTF-16 without one."""
    if block.startswith(_UTF_8_BOM) and not encoding.startswith("utf"):
        raise Refusal(f"the file is UTF-8, as its first bytes say, not {encoding}")
    if encoding == "utf-16" and not block.startswith(_UTF_16_BOMS):
        raise Refusal(
            "not UTF-16: the file does not begin with a byte order mark (encoding: utf-16-le is "
            "UTF-16 without one)"
        )


def _check_controls(text: str, encoding: str, line: int) -> None:
    found = _CONTROLS.search(text) if not text.isascii() else None
    if found:
        at = line + text.count("\n", 0, found.start())
        raise Refusal(
            f"a control character (U+{ord(found[0]):04X}) on line {at}: the file is not {encoding},"
            " but perhaps cp1252 or utf-8"
        )


class _MaybeUtf8:
    """Detects UTF-8 in a file declared as another encoding: non-ASCII text that is valid UTF-8
    throughout is UTF-8, and would be decoded to the wrong letters."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._is_possible = True
        self._is_ascii = True

    def feed(self, block: bytes) -> None:
        """Add the next bytes of the file."""
        if not self._is_possible:
            return
        self._is_ascii = self._is_ascii and block.isascii()
        try:
            self._decoder.decode(block)
        except UnicodeDecodeError:
            self._is_possible = False

    def end(self) -> None:
        """Refusal when the whole file was UTF-8."""
        try:
            self._decoder.decode(b"", True)
        except UnicodeDecodeError:
            return
        if self._is_possible and not self._is_ascii:
            raise Refusal(
                f"the file is UTF-8, not {self._encoding}: its letters would become others; say "
                "encoding: utf-8 in the table's dialect"
            )


def _unescaped(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Quotes behind a backslash doubled, as plain CSV writes them."""
    rest = b""
    for block in blocks:
        data = rest + block
        trailing = len(data) - len(data.rstrip(b"\\"))
        cut = len(data) - trailing % 2
        data, rest = data[:cut], data[cut:]
        yield _ESCAPED.sub(lambda m: b"\\" if m[1] == b"\\" else m[1] * 2, data)
    if rest:
        yield rest
