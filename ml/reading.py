"""Reads the rows that models train on and score, from either engine."""

from collections.abc import Generator, Sequence

import numpy as np
import psycopg
from psycopg import sql

from ingest.engine.redshift_session import RedshiftSession
from ingest.engine.session import Session
from ml import copy_reading
from ml.chunk import CHUNK_ROWS, Chunk


def read_chunks(
    session: Session,
    relation: sql.Composable,
    numbers: Sequence[str],
    texts: Sequence[str],
    *,
    prefix: str,
    rows: int = CHUNK_ROWS,
) -> Generator[Chunk, None, None]:
    """The columns of a relation (a table, or a query in parentheses), at most `rows` at a time.

    Numbers are read as double precision, texts as they are; a null text becomes an empty one.
    `prefix` is the warehouse's. Raises psycopg.Error, DatabaseFailure.
    """
    if isinstance(session, RedshiftSession):
        from ml import unload_reading

        return unload_reading.read_chunks(session, relation, numbers, texts, rows, prefix)
    assert isinstance(session, psycopg.Connection)
    return copy_reading.read_chunks(session, relation, numbers, texts, rows)


def read_all(
    session: Session,
    relation: sql.Composable,
    numbers: Sequence[str],
    texts: Sequence[str],
    *,
    prefix: str,
) -> Chunk:
    """All rows at once, for data small enough to train on."""
    chunks = list(read_chunks(session, relation, numbers, texts, prefix=prefix))
    if not chunks:
        return Chunk(np.empty((0, len(numbers))), [[] for _ in texts])
    return Chunk(
        np.concatenate([chunk.values for chunk in chunks]),
        [[text for chunk in chunks for text in chunk.texts[i]] for i in range(len(texts))],
    )
