"""Writes columns of numbers as CSV, in batches, with Arrow."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv

_OPTIONS = pa_csv.WriteOptions(include_header=False, quoting_style="none")


def cents_column(cents: npt.NDArray[Any]) -> pa.Array:
    """Return whole cents as exact decimals with two places, without going through floats."""
    words = np.empty((len(cents), 2), dtype="<i8")
    words[:, 0] = cents
    words[:, 1] = words[:, 0] >> 63
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(cents), [None, pa.py_buffer(words)])


class CsvFile:
    """A CSV file with a header that grows batch by batch; only one batch is in memory.

    Cells are written unquoted: a cell with a comma, quote or line break is an error.
    """

    def __init__(self, path: Path, columns: list[str]) -> None:
        """Create the file and write its header. Raises OSError when it cannot be written."""
        self.path = path
        self.rows = 0
        self._columns = columns
        self._file: BinaryIO = path.open("wb")
        self._file.write((",".join(columns) + "\n").encode())

    def write(self, columns: Mapping[str, npt.NDArray[Any] | pa.Array]) -> None:
        """Append rows, given as one array per column of the header."""
        table = pa.table({name: columns[name] for name in self._columns})
        if table.num_rows:
            pa_csv.write_csv(table, self._file, _OPTIONS)
            self.rows += table.num_rows

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        """Return the file, to be closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()


def write_csv(path: Path, columns: Mapping[str, npt.NDArray[Any] | pa.Array]) -> int:
    """Write one whole CSV file and return its number of data rows."""
    with CsvFile(path, list(columns)) as file:
        file.write(columns)
        return file.rows
