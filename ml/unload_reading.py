"""Reads rows of numbers from Redshift in chunks, with UNLOAD to Parquet.

The driver would keep all rows of a query in memory.
"""

from collections.abc import Generator, Sequence
from contextlib import closing

import numpy as np
from psycopg import sql

from ingest.engine.redshift_engine import REDSHIFT
from ingest.engine.redshift_session import RedshiftSession
from ml.chunk import Chunk


def read_chunks(
    session: RedshiftSession,
    relation: sql.Composable,
    numbers: Sequence[str],
    texts: Sequence[str],
    rows: int,
    prefix: str,
) -> Generator[Chunk, None, None]:
    """As `reading.read_chunks`. Needs memory for one chunk and one part of what is unloaded."""
    columns = [
        sql.SQL("cast({0} as double precision) as {0}").format(sql.Identifier(name))
        for name in numbers
    ] + [
        sql.SQL("{} as {}").format(REDSHIFT.as_text(sql.Identifier(name)), sql.Identifier(name))
        for name in texts
    ]
    query = sql.SQL("select {} from {} as given").format(sql.SQL(", ").join(columns), relation)
    with closing(REDSHIFT.unload(session, query, prefix=prefix, rows=rows)) as batches:
        for batch in batches:
            if not batch.num_rows:
                continue
            values = np.empty((batch.num_rows, len(numbers)))
            for place in range(len(numbers)):
                values[:, place] = batch.column(place).to_numpy(zero_copy_only=False)
            cells = [column.to_pylist() for column in batch.columns[len(numbers) :]]
            yield Chunk(values, [[text or "" for text in column] for column in cells])
