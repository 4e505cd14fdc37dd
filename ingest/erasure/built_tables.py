"""Where the rows of built models are: where builds make them, and as they are published."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from ingest.engine.engines import engine_of
from ingest.engine.session import Session

_PUBLISHED = re.compile(r"(.+?)(?:__(?:\d+|before))?")


def tables_of(
    connection: Session,
    layer: str,
    prefix: str,
    columns: Collection[str] = (),
    model: str | None = None,
) -> list[tuple[str, str]]:
    """Schema and name of the tables with rows of a layer's models, such as `restricted`.

    Of one model if it is given, and only tables that have all the columns. Never views: an update
    through a view would reach tables that its creator may not write to.
    """
    built, published = f"{prefix}build_{layer}", f"{prefix}published"
    models = {
        name
        for (name,) in connection.execute(
            "select relname from pg_class"
            " inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid"
            " where nspname = %s and relkind in ('r', 'v')",
            (built,),
        )
        if model in (None, name)
    }
    return [
        (schema, table)
        for schema, table in tables_with(connection, [built, published], columns)
        if (table if schema == built else _model(table)) in models
    ]


def tables_with(
    connection: Session, schemas: Sequence[str], columns: Collection[str]
) -> list[tuple[str, str]]:
    """Tables of the schemas that have all the columns.

    Never views: an update through a view would reach tables that its creator may not write to.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for schema, table, column, *_ in engine_of(connection).live_columns(connection, schemas):
        found.setdefault((schema, table), set()).add(column)
    return sorted(name for name, known in found.items() if known.issuperset(columns))


def _model(table: str) -> str:
    """The model that a published table shows. On PostgreSQL its name says since when."""
    found = _PUBLISHED.fullmatch(table)
    assert found is not None
    return found[1]
