"""Where the rows of built models are: where builds make them, and as they are published."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg


def tables_of(
    connection: psycopg.Connection[Any],
    layer: str,
    prefix: str,
    columns: Collection[str] = (),
    model: str | None = None,
) -> list[tuple[str, str]]:
    """Schema and name of the tables with rows of a layer's models, such as `restricted`.

    Of one model if it is given, and only tables that have all the columns. Never views: an update
    through a view would reach tables that its creator may not write to.
    """
    return connection.execute(
        """
        with models as (
            select relname from pg_class
            where relnamespace = to_regnamespace(quote_ident(%(built)s::text))
                and relkind in ('r', 'v') and %(model)s::text in (relname, '')
        )
        select nspname, pg_class.relname
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        inner join models on nspname = %(built)s::text and pg_class.relname = models.relname
            or nspname = %(published)s::text
                and pg_class.relname ~ ('^' || models.relname || '__([0-9]+|before)$')
        where relkind in ('r', 'p') and cardinality(%(columns)s::text[]) = (
            select count(*) from pg_attribute
            where attrelid = pg_class.oid and not attisdropped
                and attname = any(%(columns)s::text[])
        )
        order by 1, 2
        """,
        {
            "built": f"{prefix}build_{layer}",
            "published": f"{prefix}published",
            "model": model or "",
            "columns": list(columns),
        },
    ).fetchall()
