"""Parquet files as text, the way a CSV file would have their values."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.loader_errors import Refusal


def read_parquet(path: Path, rows: int) -> tuple[list[str], list[list[str]]]:
    """Headers and the cells of each column, of at most `rows` rows. Refusal for a damaged file."""
    try:
        with pq.ParquetFile(path) as file:
            headers = [name.strip() for name in file.schema_arrow.names]
            columns: list[list[str]] = [[] for _ in headers]
            for batch in file.iter_batches(10_000):
                for column, array in zip(columns, batch.columns, strict=True):
                    column += [_text(value) for value in array.to_pylist()]
                if len(columns[0]) >= rows:
                    break
    except (pa.ArrowException, OSError):
        raise Refusal("damaged Parquet file") from None
    return headers, [column[:rows] for column in columns]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
