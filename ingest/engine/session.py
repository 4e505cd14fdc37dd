"""A connection to a database, whichever engine is behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, LiteralString, Protocol, Self

from psycopg import sql

# Statements are composed with psycopg.sql for both engines; values are always parameters (%s).
Query = LiteralString | bytes | sql.SQL | sql.Composed


class Rows(Protocol):
    """The result of a statement: its rows, and how many rows it wrote."""

    @property
    def rowcount(self) -> int:
        """Rows written or found; -1 if the database does not say."""

    @property
    def description(self) -> Sequence[Any] | None:
        """The columns, each a sequence that begins with its name; None without a result."""

    def fetchone(self) -> Any:
        """The next row as a tuple; None after the last."""

    def fetchall(self) -> list[Any]:
        """The remaining rows as tuples."""

    def __iter__(self) -> Iterator[Any]:
        """The remaining rows as tuples."""


class Session(Protocol):
    """A session; a psycopg connection is one. The first statement begins a transaction, unless
    `autocommit` is set."""

    autocommit: bool

    def execute(self, query: Query, params: Any = None, /) -> Rows:
        """Run one statement with its parameters."""

    def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> AbstractContextManager[Any]:
        """A transaction that is committed at the end of the block, or taken back if it raises."""

    def commit(self) -> None:
        """Commit what was done since the last commit."""

    def rollback(self) -> None:
        """Take back what was done since the last commit."""

    def close(self) -> None:
        """End the session; what was not committed is taken back."""

    def __enter__(self) -> Self:
        """Begin a block that commits and closes at its end, or takes back and closes."""

    def __exit__(self, *raised: Any) -> None:
        """End the block."""
