"""The name of a table, with its schema."""

from __future__ import annotations

from typing import NamedTuple

from psycopg import sql


class Relation(NamedTuple):
    """A table by schema and name, both as they are in the catalogue."""

    schema: str
    name: str

    @property
    def quoted(self) -> sql.Identifier:
        """The name for a statement."""
        return sql.Identifier(self.schema, self.name)
