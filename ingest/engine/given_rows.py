"""Rows that a program gives to its statements, so that no value of theirs is in a statement."""

from __future__ import annotations

from typing import Any, NamedTuple

from psycopg import sql


class GivenRows(NamedTuple):
    """What stands for the rows behind `from`, under which name, their columns, and the parameters
    (by name) of every statement that reads them."""

    source: sql.Composable
    name: str
    columns: tuple[str, ...]
    parameters: dict[str, Any]

    def has(self, *expressions: sql.Composable) -> sql.Composable:
        """The condition that the values of the expressions are one of the rows."""
        return sql.SQL("({}) in (select {} from {})").format(
            sql.SQL(", ").join(expressions),
            sql.SQL(", ").join(map(self.column, self.columns)),
            self.source,
        )

    def column(self, name: str) -> sql.Identifier:
        """A column of the rows."""
        return sql.Identifier(self.name, name)
