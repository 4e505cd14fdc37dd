"""Texts that only one person has, and where the database still holds them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.session import Session
from ingest.erasure.built_tables import tables_of
from ingest.erasure.given import given_texts
from ingest.erasure.persons import Person
from ingest.erasure.words import given_words, texts_of_others, whole_word
from ingest.tables.raw_schemas import relation_of, table_name
from ingest.tables.table_definitions import Column, Table

# Shorter texts, such as a first name, may also be a word in something else.
SHORTEST_VALUE = 6
_TEXT_TYPES = ("character varying", "text")
# Schemas, besides those of raw tables, that builds do not recreate.
_KEPT = ("ops", "restricted", "build_restricted", "snapshots", "ml", "reference", "build_reference")


@dataclass(frozen=True)
class Trace:
    """Rows of a table that still hold something of the person; `column` is empty for whole rows."""

    table: str
    column: str
    rows: int


def personal_values(
    connection: Session,
    tables: Mapping[str, Table],
    person: Person,
    prefix: str,
) -> set[str]:
    """Texts that only the person has: in the personal columns of the person's rows, and not as a
    word in those of any other row of the source."""
    found: set[str] = set()
    for table in tables.values():
        for column in _texts(table.erasable_columns):
            query = sql.SQL("select distinct {0} from {1} where {2} and length({0}) >= {3}").format(
                sql.Identifier(column.name),
                table_name(table, prefix),
                person.is_of(table),
                sql.Literal(SHORTEST_VALUE),
            )
            found |= {row[0] for row in connection.execute(query, person.parameters)}
    if not found:
        return found
    words, others = given_words(connection, found, prefix), set[str]()
    for table in tables.values():
        for column in _texts(table.stored_columns):
            if column.pii:
                relation, own = relation_of(table, prefix), person.lines.get(table.name)
                others |= texts_of_others(connection, relation, column.name, words, own)
    return found - others


def _texts(columns: Iterable[Column]) -> list[Column]:
    return [column for column in columns if column.type.kind == "varchar"]


def count_traces(
    connection: Session,
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
    if values:
        given = given_texts(connection, values, prefix)
        for schema, table, column in columns:
            row = connection.execute(
                sql.SQL("select count(*) from {} where {}").format(
                    sql.Identifier(schema, table), given.has(sql.Identifier(column))
                ),
                given.parameters,
            ).fetchone()
            if row and row[0]:
                found.append(Trace(f"{schema}.{table}", column, row[0]))
    if engine_of(connection).shows_statistics:
        found += _in_statistics(connection, columns, values)
        found += _in_statistics(connection, built, {*values} - {*replaced})
    return found, len(columns)


def text_columns(connection: Session, prefix: str) -> list[tuple[str, str, str]]:
    """Schema, table and name of the warehouse's text columns."""
    schemas = [
        row[0]
        for row in connection.execute("select nspname from pg_namespace order by nspname")
        if row[0].startswith(prefix)
        and row[0] != "information_schema"
        # No schema of a user can be called so.
        and not row[0].startswith("pg_")
    ]
    return sorted(
        (schema, table, column)
        for schema, table, column, kind, _ in engine_of(connection).live_columns(
            connection, schemas
        )
        if kind.startswith(_TEXT_TYPES)
    )


def _in_statistics(
    connection: Session,
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
