"""UNLOAD: rows on their way out of Redshift, as Parquet by way of S3."""

from __future__ import annotations

import io
from collections.abc import Generator
from contextlib import suppress

import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import sql

from ingest.engine.redshift_session import RedshiftSession
from ingest.engine.staging_area import StagingArea
from ingest.loader_errors import DatabaseFailure

# A part is read whole.
_PART_MEGABYTES = 64
_QUOTES = "$$"


def unloaded(
    session: RedshiftSession, query: sql.Composable, area: StagingArea, folder: str, rows: int
) -> Generator[pa.RecordBatch, None, None]:
    """The rows of a query, at most `rows` at a time, in no order. The folder is deleted at the end,
    or when the generator is closed. Raises DatabaseFailure, also if not every row arrived."""
    arrived = 0
    try:
        sent = _run(session, query, area, folder)
        for content in area.parts(folder):
            for batch in pq.ParquetFile(io.BytesIO(content)).iter_batches(rows):
                arrived += batch.num_rows
                yield batch
        if arrived != sent:
            raise DatabaseFailure(f"{sent:,} rows were unloaded, {arrived:,} arrived")
    finally:
        with suppress(DatabaseFailure):  # the next call deletes it
            area.remove(folder)


def _run(session: RedshiftSession, query: sql.Composable, area: StagingArea, folder: str) -> int:
    """Unload, and return how many rows that were."""
    text, staging = query.as_string(None), area.staging
    assert _QUOTES not in text, "the query cannot be quoted"
    options = f"format as parquet manifest maxfilesize {_PART_MEGABYTES} mb"
    if staging.kms_key:
        # Here a key has no ARN.
        key = staging.kms_key.rpartition("/")[2]
        options += f" kms_key_id '{key}' encrypted"
    statement = (
        f"unload ({_QUOTES}{text}{_QUOTES}) to '{area.address(folder)}'"
        f" iam_role {staging.quoted_role} {options}"
    )
    session.execute(statement.encode())
    (count,) = session.execute("select pg_last_unload_count()").fetchone() or (0,)
    return int(count)
