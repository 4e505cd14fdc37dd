"""Texts and rows that erasing compares with: personal values, which no statement holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.given_rows import GivenRows
from ingest.engine.session import Session

# What names a row of a raw table.
LINE = (sql.Identifier("load_id"), sql.Identifier("file_line"))
_TEXT, _NUMBER = pa.string(), pa.int64()


def given_texts(session: Session, texts: Iterable[str], prefix: str) -> GivenRows:
    """Texts, in column `value`."""
    schema = pa.schema([("value", _TEXT)])
    return engine_of(session).give_rows(session, schema, [(text,) for text in texts], prefix=prefix)


def given_changes(session: Session, to: Mapping[str, str], prefix: str) -> GivenRows:
    """What each text becomes, in columns `old_value` and `new_value`."""
    schema = pa.schema([("old_value", _TEXT), ("new_value", _TEXT)])
    return engine_of(session).give_rows(session, schema, to.items(), prefix=prefix)


def given_lines(session: Session, lines: Iterable[tuple[int, int]], prefix: str) -> GivenRows:
    """Rows of a raw table, in columns `of_load` and `of_line`, to compare with LINE."""
    schema = pa.schema([("of_load", _NUMBER), ("of_line", _NUMBER)])
    return engine_of(session).give_rows(session, schema, lines, prefix=prefix)
