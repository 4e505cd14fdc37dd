"""The name of a table, with its schema."""

from __future__ import annotations

from typing import NamedTuple

from psycopg import sql


class Relation(NamedTuple):
    """A table by schema and name, as they are in the catalogue; a temporary table's schema is
    empty."""

    schema: str
    name: str

    @property
    def quoted(self) -> sql.Identifier:
        """The name for a statement."""
        return sql.Identifier(*filter(None, self))
