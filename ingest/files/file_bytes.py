"""Opens, unpacks and hashes the bytes of a file in one reading."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from ingest.loader_errors import Refusal

BLOCK_BYTES = 4 * 1024 * 1024

GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
_UTF_16 = "text in UTF-16; save it as UTF-8, or set encoding: utf-16 in the table's dialect"
_FOREIGN = {
    b"PK\x03\x04": "a zip archive or an Excel workbook; save it as CSV",
    b"\xd0\xcf\x11\xe0": "an Excel workbook; save it as CSV",
    b"\xff\xfe": _UTF_16,
    b"\xfe\xff": _UTF_16,
    b"BZh": "a bzip2 archive; unpack it or use gzip",
    b"\xfd7zXZ": "an xz archive; unpack it or use gzip",
    b"\x28\xb5\x2f\xfd": "a zstandard archive; unpack it or use gzip",
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite database",
}

_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")

Progress = Callable[[int], None]


def open_file(path: Path) -> IO[bytes]:
    """Open a file for reading bytes; raises Refusal if that is not possible."""
    try:
        return path.open("rb")
    except PermissionError:
        raise Refusal("no permission to read the file") from None
    except FileNotFoundError:
        raise Refusal("no such file") from None
    except OSError as error:
        raise Refusal(f"cannot be read: {error.strerror}") from None


def is_parquet(path: Path) -> bool:
    """Whether the file begins as Parquet files do; raises Refusal if only its name says so."""
    with open_file(path) as file:
        magic = _read(file, len(PARQUET_MAGIC))
    if magic != PARQUET_MAGIC and path.suffix.lower() in (".parquet", ".pq"):
        raise Refusal("empty file" if not magic else "not a Parquet file, despite its name")
    return magic == PARQUET_MAGIC


class HashedBytes:
    """The content of a text file in blocks, unpacked if it is gzip.

    `sha256` is the hash of the content (so that a recompressed file is not a new one); it is
    complete once all blocks have been read. `is_wide`: every character has more than one byte, as
    in UTF-16. Raises Refusal for content that is not CSV and for a broken archive. `progress` is
    called with the number of bytes read so far from the file on disk.
    """

    def __init__(
        self,
        path: Path,
        block_bytes: int = BLOCK_BYTES,
        progress: Progress | None = None,
        *,
        is_wide: bool = False,
    ) -> None:
        self._path = path
        self._is_wide = is_wide
        self._block_bytes = block_bytes
        self._progress = progress
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Hex digest of what has been read so far."""
        return self._hash.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        with open_file(self._path) as raw:
            start = _read(raw, 16)
            raw.seek(0)
            packed = start.startswith(GZIP_MAGIC)
            self._check(start, is_text=False)
            if not packed and self._path.suffix.lower() == ".gz":
                raise Refusal("not a gzip file, despite its name")
            stream = gzip.GzipFile(fileobj=raw) if packed else raw
            first = True
            while block := _unpack(stream, self._block_bytes):
                if first:
                    self._check(block, is_text=True)
                first = False
                self._hash.update(block)
                yield block
                if self._progress:
                    self._progress(raw.tell())

    def _check(self, start: bytes, *, is_text: bool) -> None:
        for magic, what in _FOREIGN.items():
            if start.startswith(magic) and not (self._is_wide and magic in _WIDE_MARKS):
                raise Refusal(f"not a CSV file: it is {what}")
        if is_text and not self._is_wide:
            _check_text(start[:16])


def content_sha256(path: Path, *, is_wide: bool = False) -> str:
    """SHA-256 of a file's content as in HashedBytes, or of the file itself if it is Parquet."""
    if is_parquet(path):
        return _plain_sha256(path)
    content = HashedBytes(path, is_wide=is_wide)
    for _ in content:
        pass
    return content.sha256


def sha256_of_beginning(path: Path, size: int) -> str | None:
    """SHA-256 of the first `size` bytes as they are; None if there are fewer. Raises Refusal."""
    digest = hashlib.sha256()
    with open_file(path) as file:
        while size and (block := _read(file, min(size, BLOCK_BYTES))):
            digest.update(block)
            size -= len(block)
    return None if size else digest.hexdigest()


def _plain_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open_file(path) as file:
        while block := _read(file, BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _check_text(start: bytes) -> None:
    if len(start) >= 4 and (start[1::2].count(0) > 1 or start[::2].count(0) > 1):
        raise Refusal(f"not a CSV file: it is {_UTF_16}")


def _unpack(stream: IO[bytes] | gzip.GzipFile, size: int) -> bytes:
    try:
        return stream.read(size)
    except EOFError:
        raise Refusal("broken gzip: the archive ends too early; fetch the file again") from None
    except (gzip.BadGzipFile, zlib.error):
        raise Refusal("broken gzip: the archive is damaged; fetch the file again") from None
    except OSError as error:
        raise Refusal(f"cannot be read: {error.strerror or error}") from None


def _read(file: IO[bytes], size: int) -> bytes:
    try:
        return file.read(size)
    except OSError as error:
        raise Refusal(f"cannot be read: {error.strerror}") from None
