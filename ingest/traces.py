"""Where values of one person still stand in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from ingest.definitions import Table
from ingest.erasing import Erased
from ingest.schema import table_name

# Shorter ones, such as a first name, may well be a word of something else.
SHORTEST_VALUE = 6
# Where what was built keeps the id of a customer over builds.
_KEEP_CUSTOMERS = ("snapshots", "ml")


@dataclass(frozen=True)
class Trace:
    """Rows of a table that still hold something of the person; `column` is empty for the row."""

    table: str
    column: str
    rows: int


def personal_values(
    connection: psycopg.Connection[Any],
    table: Table,
    condition: sql.Composable,
    prefix: str,
    parameters: Mapping[str, Any],
) -> set[str]:
    """Texts in the personal columns of the rows that meet the condition and of no other row."""
    found: set[str] = set()
    for column in table.erasable_columns:
        if column.type.kind != "varchar":
            continue
        query = sql.SQL(
            "select {0} from {1} where {2} and length({0}) >= {3}"
            " except select {0} from {1} where not {2}"
        ).format(
            sql.Identifier(column.name),
            table_name(table, prefix),
            condition,
            sql.Literal(SHORTEST_VALUE),
        )
        found |= {row[0] for row in connection.execute(query, parameters)}
    return found


def erase_rejects(
    connection: psycopg.Connection[Any], values: Collection[str], prefix: str
) -> list[Erased]:
    """Empty the value of rejected rows that quote one of the texts, in the ledger and its mart."""
    emptied = []
    for schema, table, column in (
        ("ops", "rejected_rows", "value"),
        ("marts", "rejected_rows", "rejected_value"),
    ):
        name = sql.Identifier(prefix + schema, table)
        if not values or not _exists(connection, name):
            continue
        rows = connection.execute(
            sql.SQL(
                "update {0} set {1} = null where exists (select 1 from unnest(%s::text[]) as v"
                " where position(v in {1}) > 0)"
            ).format(name, sql.Identifier(column)),
            (list(values),),
        ).rowcount
        emptied.append(Erased(f"{prefix}{schema}.{table}", (column,), rows))
    return emptied


def rename_customers(
    connection: psycopg.Connection[Any], source: str, to: Mapping[str, str], prefix: str
) -> list[Erased]:
    """Put other ids in the place of customers' in the tables that outlive builds."""
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


def leave_restricted(
    connection: psycopg.Connection[Any], source: str, ids: Sequence[str], prefix: str
) -> None:
    """Delete a customer's rows under an id that gave way from the restricted models.

    These are built from facts, too, which have the old id until the next build.
    """
    schema = f"{prefix}restricted"
    for (table,) in connection.execute(
        "select table_name from information_schema.columns where table_schema = %s"
        " and column_name in ('source_system', 'customer_id') group by 1 having count(*) = 2",
        (schema,),
    ).fetchall():
        connection.execute(
            sql.SQL("delete from {} where source_system = %s and customer_id = any(%s)").format(
                sql.Identifier(schema, table)
            ),
            (source, list(ids)),
        )


def erase_birth_years(
    connection: psycopg.Connection[Any], source: str, ids: Sequence[str], prefix: str
) -> list[Erased]:
    """Empty the year of birth of a customer in the tables that outlive builds."""
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
    """Tables of these schemas with a row per customer that have the column, too."""
    names = ["source_system", "customer_id", column]
    return connection.execute(
        "select table_schema, table_name from information_schema.columns"
        " where table_schema = any(%s) and column_name = any(%s)"
        " group by table_schema, table_name having count(*) = %s order by 1, 2",
        ([prefix + schema for schema in _KEEP_CUSTOMERS], names, len(set(names))),
    ).fetchall()


def count_traces(
    connection: psycopg.Connection[Any], values: Collection[str], prefix: str
) -> tuple[list[Trace], int]:
    """Look for the texts in every text column of every table of the warehouse.

    Returns where they stand as whole values, and how many columns were searched. Facts and marts
    that the next build makes anew are not searched: they hold no personal columns.
    """
    columns = connection.execute(
        """
        select n.nspname, c.relname, a.attname
        from pg_attribute as a
        inner join pg_class as c on a.attrelid = c.oid
        inner join pg_namespace as n on c.relnamespace = n.oid
        where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
            and a.atttypid in ('varchar'::regtype, 'text'::regtype)
            and (starts_with(n.nspname, %s) or n.nspname = any(%s))
        order by 1, 2, 3
        """,
        (
            f"{prefix}raw_",
            [prefix + schema for schema in ("ops", "restricted", "snapshots", "ml", "reference")],
        ),
    ).fetchall()
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
    return found + _in_statistics(connection, values, prefix), len(columns)


def _in_statistics(
    connection: psycopg.Connection[Any], values: Collection[str], prefix: str
) -> list[Trace]:
    """Statistics of the warehouse's columns that quote one of the texts."""
    rows = connection.execute(
        "select schemaname, tablename, attname from pg_stats"
        " where starts_with(schemaname, %s) and exists ("
        " select 1 from unnest(%s::text[]) as v where position(v in"
        " coalesce(most_common_vals::text, '') || coalesce(histogram_bounds::text, '')) > 0)"
        " order by 1, 2, 3",
        (prefix, list(values)),
    ).fetchall()
    return [Trace(f"pg_stats of {schema}.{table}", column, 1) for schema, table, column in rows]


def _exists(connection: psycopg.Connection[Any], name: sql.Identifier) -> bool:
    row = connection.execute(
        "select to_regclass(%s) is not null", (name.as_string(connection),)
    ).fetchone()
    return bool(row and row[0])
