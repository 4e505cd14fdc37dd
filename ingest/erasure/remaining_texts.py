"""Texts that only one person has, and where the database still holds them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from ingest.erasure.built_tables import tables_of
from ingest.tables.raw_schemas import table_name
from ingest.tables.table_definitions import Column, Table

# Shorter texts, such as a first name, may also be a word in something else.
SHORTEST_VALUE = 6
# Schemas, besides those of raw tables, that builds do not recreate.
_KEPT = ("ops", "restricted", "build_restricted", "snapshots", "ml", "reference", "build_reference")


@dataclass(frozen=True)
class Trace:
    """Rows of a table that still hold something of the person; `column` is empty for whole rows."""

    table: str
    column: str
    rows: int


def personal_values(
    connection: psycopg.Connection[Any],
    tables: Mapping[str, Table],
    is_of: Callable[[Table], sql.Composable],
    prefix: str,
    parameters: Mapping[str, Any],
) -> set[str]:
    """Texts that only the person has: in the personal columns of the person's rows, and not as a
    word in those of any other row of the source. `is_of` is the condition on a table's rows."""
    found: set[str] = set()
    for table in tables.values():
        for column in _texts(table.erasable_columns):
            query = sql.SQL("select distinct {0} from {1} where {2} and length({0}) >= {3}").format(
                sql.Identifier(column.name),
                table_name(table, prefix),
                is_of(table),
                sql.Literal(SHORTEST_VALUE),
            )
            found |= {row[0] for row in connection.execute(query, parameters)}
    for table in tables.values():
        for column in _texts(table.stored_columns):
            if not column.pii or not found:
                continue
            # Most cells contain none of the texts, which strpos finds out quickly.
            query = sql.SQL(
                "select text from unnest(%(texts)s::text[], %(words)s::text[]) as own (text, word)"
                " where exists (select 1 from {1} where strpos({0}, own.text) > 0"
                " and {0} ~ own.word and not {2})"
            ).format(sql.Identifier(column.name), table_name(table, prefix), is_of(table))
            given = {"texts": [*found], "words": [*map(whole_word, found)], **parameters}
            found -= {row[0] for row in connection.execute(query, given)}
    return found


def _texts(columns: Iterable[Column]) -> list[Column]:
    return [column for column in columns if column.type.kind == "varchar"]


def whole_word(text: str) -> str:
    """PostgreSQL's regular expression for the text, but not as part of a word or number."""
    escaped = re.sub(r"([^\w\s]|_)", r"\\\1", text)
    return rf"(?<![[:alnum:]_])(?<![0-9][.,]){escaped}(?![[:alnum:]_])(?![.,][0-9])"


def count_traces(
    connection: psycopg.Connection[Any],
    values: Collection[str],
    replaced: Collection[str],
    prefix: str,
) -> tuple[list[Trace], int]:
    """Search every text column of every table of the warehouse for the texts.

    Returns where they are as whole values, and how many columns were searched. Facts and marts that
    the next build recreates are not searched: they hold no personal columns. Their statistics are
    searched, but not for `replaced` ids, which they have until then.
    """
    kept = {prefix + schema for schema in _KEPT}
    everywhere = text_columns(connection, prefix)
    published = {
        table
        for layer in ("restricted", "reference")
        for table in tables_of(connection, layer, prefix)
    }
    columns = [
        c
        for c in everywhere
        if c[0] in kept or c[0].startswith(f"{prefix}raw_") or (c[0], c[1]) in published
    ]
    built = [c for c in everywhere if c not in columns]
    found = []
    for schema, table, column in columns if values else ():
        row = connection.execute(
            sql.SQL("select count(*) from {} where {} = any(%s)").format(
                sql.Identifier(schema, table), sql.Identifier(column)
            ),
            (list(values),),
        ).fetchone()
        if row and row[0]:
            found.append(Trace(f"{schema}.{table}", column, row[0]))
    found += _in_statistics(connection, columns, values)
    found += _in_statistics(connection, built, {*values} - {*replaced})
    return found, len(columns)


def text_columns(connection: psycopg.Connection[Any], prefix: str) -> list[tuple[str, str, str]]:
    """Schema, table and name of the warehouse's text columns."""
    return connection.execute(
        """
        select n.nspname, c.relname, a.attname
        from pg_attribute as a
        inner join pg_class as c on a.attrelid = c.oid
        inner join pg_namespace as n on c.relnamespace = n.oid
        where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
            and a.atttypid in ('varchar'::regtype, 'text'::regtype)
            and starts_with(n.nspname, %s)
            and n.nspname not in ('pg_catalog', 'pg_toast', 'information_schema')
        order by 1, 2, 3
        """,
        (prefix,),
    ).fetchall()


def _in_statistics(
    connection: psycopg.Connection[Any],
    columns: Sequence[tuple[str, str, str]],
    values: Collection[str],
) -> list[Trace]:
    """Statistics of text columns that contain one of the texts. Numbers do not count as traces."""
    if not columns or not values:
        return []
    rows = connection.execute(
        "select schemaname, tablename, attname from pg_stats"
        " where (schemaname, tablename, attname) in"
        " (select * from unnest(%s::name[], %s::name[], %s::name[])) and exists (select 1 from"
        " unnest(most_common_vals::text::text[] || histogram_bounds::text::text[]) as value"
        " where value ~ any(%s::text[])) order by 1, 2, 3",
        (*map(list, zip(*columns, strict=True)), [*map(whole_word, values)]),
    ).fetchall()
    return [Trace(f"pg_stats of {schema}.{table}", column, 1) for schema, table, column in rows]
