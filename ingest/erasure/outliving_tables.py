"""Erases a person's ids, birth years and quoted values in tables that builds do not recreate."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from ingest.erasure.built_tables import tables_of
from ingest.erasure.erasing import Erased
from ingest.erasure.remaining_texts import text_columns, whole_word

# Schemas of built tables that keep customer ids across builds.
_KEEP_CUSTOMERS = ("snapshots", "ml")


def erase_rejects(
    connection: psycopg.Connection[Any], values: Collection[str], prefix: str
) -> list[Erased]:
    """Empty the value of rejects that contain one of the texts, in the ledger and its mart, as it
    is built and as it is published.
    """
    emptied = []
    marts = tables_of(connection, "marts", prefix, {"rejected_value"}, "rejected_rows")
    for schema, table, column in (
        (f"{prefix}ops", "rejected_rows", "value"),
        *((schema, table, "rejected_value") for schema, table in marts),
    ):
        if not values:
            continue
        name = sql.Identifier(schema, table)
        rows = connection.execute(
            sql.SQL("update {0} set {1} = null where {1} ~ any(%s::text[])").format(
                name, sql.Identifier(column)
            ),
            ([*map(whole_word, values)],),
        ).rowcount
        emptied.append(Erased(f"{schema}.{table}", (column,), rows))
    return emptied


def rename_customers(
    connection: psycopg.Connection[Any], source: str, to: Mapping[str, str], prefix: str
) -> list[Erased]:
    """Replace customer ids in the tables that builds do not recreate."""
    renamed = []
    for schema, table in _tables_of_customers(connection, "customer_id", prefix):
        update = sql.SQL(
            "update {} set customer_id = %s where source_system = %s and customer_id = %s"
        ).format(sql.Identifier(schema, table))
        rows = sum(
            connection.execute(update, (other, source, given)).rowcount
            for given, other in to.items()
        )
        renamed.append(Erased(f"{schema}.{table}", ("customer_id",), rows))
    return renamed


def rename_kept(
    connection: psycopg.Connection[Any],
    keeper: tuple[str, str],
    rows: Sequence[tuple[int, int]],
    to: Mapping[str, str],
) -> list[Erased]:
    """Replace the tokens at the start of a restricted model's ids, in the given rows (load_id,
    file_line). The next build of the model derives its ids from the new texts.
    """
    renamed = []
    for column in [c[2] for c in text_columns(connection, keeper[0]) if c[:2] == keeper]:
        update = sql.SQL(
            "update {0} set {1} = %(new)s || substr({1}, %(rest)s)"
            " where starts_with({1}, %(old)s) and (load_id, file_line) in"
            " (select * from unnest(%(loads)s::bigint[], %(lines)s::bigint[]))"
        ).format(sql.Identifier(*keeper), sql.Identifier(column))
        lists = {"loads": [load for load, _ in rows], "lines": [line for _, line in rows]}
        changed = sum(
            connection.execute(
                update, {"new": new, "old": old, "rest": len(old) + 1, **lists}
            ).rowcount
            for old, new in to.items()
        )
        if changed:
            renamed.append(Erased(".".join(keeper), (column,), changed))
    return renamed


def leave_restricted(
    connection: psycopg.Connection[Any], source: str, ids: Sequence[str], prefix: str
) -> list[Erased]:
    """Delete a customer's rows with a replaced id from the restricted models.

    Those are also built from facts, which have the old id until the next build.
    """
    deleted = []
    columns = {"source_system", "customer_id"}
    for schema, table in tables_of(connection, "restricted", prefix, columns):
        rows = connection.execute(
            sql.SQL("delete from {} where source_system = %s and customer_id = any(%s)").format(
                sql.Identifier(schema, table)
            ),
            (source, list(ids)),
        ).rowcount
        deleted.append(Erased(f"{schema}.{table}", (), rows))
    return deleted


def erase_birth_years(
    connection: psycopg.Connection[Any], source: str, ids: Sequence[str], prefix: str
) -> list[Erased]:
    """Empty a customer's birth year in the tables that builds do not recreate."""
    emptied = []
    for schema, table in _tables_of_customers(connection, "birth_year", prefix):
        rows = connection.execute(
            sql.SQL(
                "update {} set birth_year = null where source_system = %s"
                " and customer_id = any(%s) and birth_year is not null"
            ).format(sql.Identifier(schema, table)),
            (source, list(ids)),
        ).rowcount
        emptied.append(Erased(f"{schema}.{table}", ("birth_year",), rows))
    return emptied


def _tables_of_customers(
    connection: psycopg.Connection[Any], column: str, prefix: str
) -> list[tuple[str, str]]:
    """Tables of these schemas with a row per customer that also have the column."""
    schemas = [prefix + schema for schema in _KEEP_CUSTOMERS]
    return _tables_with(connection, schemas, {"source_system", "customer_id", column})


def _tables_with(
    connection: psycopg.Connection[Any], schemas: Sequence[str], columns: Collection[str]
) -> list[tuple[str, str]]:
    """Tables of the schemas that have all the columns.

    Never views: an update through a view would reach tables that its creator may not write to.
    """
    return connection.execute(
        "select table_schema, table_name from information_schema.columns"
        " inner join information_schema.tables using (table_schema, table_name)"
        " where table_schema = any(%s) and column_name = any(%s) and table_type = 'BASE TABLE'"
        " group by table_schema, table_name having count(*) = %s order by 1, 2",
        (list(schemas), list(columns), len(columns)),
    ).fetchall()
