"""Inserts of a few rows, with as few statements as the drivers allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from psycopg import sql

from ingest.engine.relation import Relation
from ingest.engine.session import Session

T = TypeVar("T")
# Both drivers send some 32,000 parameters with a statement.
_MOST_VALUES = 30_000


def insert_statement(relation: Relation, columns: Sequence[str], rows: int = 1) -> sql.Composed:
    """An insert of so many rows, with a placeholder for each value."""
    row = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(columns)))
    return sql.SQL("insert into {} ({}) values {}").format(
        relation.quoted,
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join([row] * rows),
    )


def insert_rows(
    session: Session, relation: Relation, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Inserts rows whose values are in the order of the columns. Does not commit."""
    for some in batched(rows, _MOST_VALUES // len(columns)):
        values = [value for row in some for value in row]
        session.execute(insert_statement(relation, columns, len(some)), values)


def batched(values: Iterable[T], size: int = _MOST_VALUES) -> Iterator[list[T]]:
    """The values in lists that one statement can take."""
    remaining = iter(values)
    while some := list(islice(remaining, size)):
        yield some
