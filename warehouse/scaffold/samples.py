"""Sample files, read as text the way the loader will read them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.errors import Refusal
from ingest.files import expand, stem, unique
from ingest.foreign_text import shown, shown_names
from ingest.reading import HashedBytes, is_parquet
from ingest.records import cells, chunks
from warehouse.errors import WarehouseError

SAMPLE_ROWS = 50_000
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


@dataclass
class Sample:
    """One or more files of the same columns: their headers and the cells of each column, as text.

    `columns[i]` holds the cells under `headers[i]`, at most SAMPLE_ROWS from each file.
    """

    stem: str
    headers: list[str]
    columns: list[list[str]]
    files: list[Path] = field(default_factory=list)

    @property
    def row_count(self) -> int:
        """Rows that were read."""
        return len(self.columns[0]) if self.columns else 0


def read_samples(paths: tuple[Path, ...], has_header: bool = True) -> list[Sample]:
    """The samples that paths (files, folders, patterns) stand for; like files are one sample.

    Raises WarehouseError naming the file that is no CSV, gzip or Parquet file with rows.
    """
    samples: dict[tuple[str, ...], Sample] = {}
    for path in unique([found for given in paths for found in _files(given)]):
        try:
            one = _read(path, has_header)
        except Refusal as fault:
            raise WarehouseError(f"{shown(path.name)} cannot serve as a sample: {fault}.") from None
        key = (*(name.casefold() for name in one.headers), "" if has_header else one.stem)
        known = samples.setdefault(key, one)
        if known is not one:
            known.stem = _common_start(known.stem, one.stem)
            known.files += one.files
            for column, more in zip(known.columns, one.columns, strict=True):
                column.extend(more)
    return list(samples.values())


def _files(path: Path) -> list[Path]:
    try:
        return expand(path)
    except Refusal as fault:
        raise WarehouseError(f"{shown(str(path))}: {fault}.") from None


def _read(path: Path, has_header: bool) -> Sample:
    rows = _parquet_rows(path) if is_parquet(path) else _csv_rows(path)
    first = next(rows, None)
    if first is None:
        raise Refusal("empty file")
    if not has_header and not is_parquet(path):
        headers = [f"column_{number}" for number in range(1, len(first) + 1)]
        columns = [[cell] for cell in first]
    else:
        headers = [name.strip() for name in first]
        columns = [[] for _ in headers]
        _check_header(headers)
    for row in islice(rows, SAMPLE_ROWS):
        if len(row) != len(headers):
            raise Refusal(f"a row has {len(row)} cells under {len(headers)} headers")
        for column, cell in zip(columns, row, strict=True):
            column.append(cell)
    if not columns[0]:
        raise Refusal("it has a header and no rows")
    return Sample(stem(path.name), headers, columns, [path])


def _csv_rows(path: Path) -> Iterator[list[str]]:
    for chunk in chunks(HashedBytes(path)):
        for index in range(len(chunk)):
            row = cells(chunk.record(index))
            if row is None:
                raise Refusal(f"text follows a closing quote on line {chunk.lines[index]}")
            yield row


def _parquet_rows(path: Path) -> Iterator[list[str]]:
    try:
        with pq.ParquetFile(path) as file:
            yield list(file.schema_arrow.names)
            for batch in file.iter_batches(10_000):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    yield [_text(value) for value in row]
    except (pa.ArrowException, OSError):
        raise Refusal("damaged Parquet file") from None


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _check_header(headers: list[str]) -> None:
    if len(headers) == 1:
        for delimiter, what in _OTHER_DELIMITERS.items():
            if delimiter in headers[0]:
                raise Refusal(f"its cells are separated by {what}, not by commas")
    folded = [name.casefold() for name in headers]
    repeated = sorted({name for name in folded if folded.count(name) > 1})
    if repeated:
        raise Refusal(f"its header repeats {shown_names(repeated)}")
    if "" in folded:
        raise Refusal(f"column {folded.index('') + 1} of its header has no name")
    if all(name.replace(".", "").replace("-", "").isdigit() for name in folded):
        raise Refusal("its first line is no header; say --no-header if it has none")


def _common_start(one: str, other: str) -> str:
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return one[:length] or one
