"""Where values of one person still stand in the database."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from ingest.definitions import Column, Table
from ingest.erasing import Erased
from ingest.schema import table_name

# Shorter ones, such as a first name, may well be a word of something else.
SHORTEST_VALUE = 6
# Where what was built keeps the id of a customer over builds.
_KEEP_CUSTOMERS = ("snapshots", "ml")
# Schemas, beside those of raw tables, that no build makes anew.
_KEPT = ("ops", "restricted", "snapshots", "ml", "reference")


@dataclass(frozen=True)
class Trace:
    """Rows of a table that still hold something of the person; `column` is empty for the row."""

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
    """Texts of the person alone: in the personal columns of the person's rows, and no word of
    those of any other row of the source. `is_of` is the condition on a table's rows."""
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
            # Most cells hold none of the texts, and strpos finds that out at once.
            query = sql.SQL(
                "select text from unnest(%(texts)s::text[], %(words)s::text[]) as own (text, word)"
                " where exists (select 1 from {1} where strpos({0}, own.text) > 0"
                " and {0} ~ own.word and not {2})"
            ).format(sql.Identifier(column.name), table_name(table, prefix), is_of(table))
            given = {"texts": [*found], "words": [*map(_whole_word, found)], **parameters}
            found -= {row[0] for row in connection.execute(query, given)}
    return found


def _texts(columns: Iterable[Column]) -> list[Column]:
    return [column for column in columns if column.type.kind == "varchar"]


def _whole_word(text: str) -> str:
    """PostgreSQL's regular expression for the text where it is no part of a word or number."""
    escaped = re.sub(r"([^\w\s]|_)", r"\\\1", text)
    return rf"(?<![[:alnum:]_])(?<![0-9][.,]){escaped}(?![[:alnum:]_])(?![.,][0-9])"


def erase_rejects(
    connection: psycopg.Connection[Any], values: Collection[str], prefix: str
) -> list[Erased]:
    """Empty the value of rejected rows that quote one of the texts, in the ledger and its mart."""
    emptied = []
    for schema, table, column in (
        ("ops", "rejected_rows", "value"),
        ("marts", "rejected_rows", "rejected_value"),
    ):
        known = _tables_with(connection, [prefix + schema], {column})
        if not values or (prefix + schema, table) not in known:
            continue
        name = sql.Identifier(prefix + schema, table)
        rows = connection.execute(
            sql.SQL("update {0} set {1} = null where {1} ~ any(%s::text[])").format(
                name, sql.Identifier(column)
            ),
            ([*map(_whole_word, values)],),
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


def rename_kept(
    connection: psycopg.Connection[Any],
    keeper: tuple[str, str],
    rows: Sequence[tuple[int, int]],
    to: Mapping[str, str],
) -> list[Erased]:
    """Put other texts in the place of tokens with which ids of a restricted model begin, in the
    rows (load_id, file_line) given. The next build of the model makes its ids of these.
    """
    renamed = []
    for column in [c[2] for c in _text_columns(connection, keeper[0]) if c[:2] == keeper]:
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
    """Delete a customer's rows under an id that gave way from the restricted models.

    These are built from facts, too, which have the old id until the next build.
    """
    deleted = []
    columns = {"source_system", "customer_id"}
    for schema, table in _tables_with(connection, [f"{prefix}restricted"], columns):
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
    schemas = [prefix + schema for schema in _KEEP_CUSTOMERS]
    return _tables_with(connection, schemas, {"source_system", "customer_id", column})


def _tables_with(
    connection: psycopg.Connection[Any], schemas: Sequence[str], columns: Collection[str]
) -> list[tuple[str, str]]:
    """Tables of the schemas that have all the columns.

    Never a view: writing through one would reach tables that its maker may not write to.
    """
    return connection.execute(
        "select table_schema, table_name from information_schema.columns"
        " inner join information_schema.tables using (table_schema, table_name)"
        " where table_schema = any(%s) and column_name = any(%s) and table_type = 'BASE TABLE'"
        " group by table_schema, table_name having count(*) = %s order by 1, 2",
        (list(schemas), list(columns), len(columns)),
    ).fetchall()


def count_traces(
    connection: psycopg.Connection[Any],
    values: Collection[str],
    replaced: Collection[str],
    prefix: str,
) -> tuple[list[Trace], int]:
    """Look for the texts in every text column of every table of the warehouse.

    Returns where they stand as whole values, and how many columns were searched. Facts and marts
    that the next build makes anew are not searched: they hold no personal columns. Their
    statistics are, but not for the ids that were `replaced`, which they have until then.
    """
    kept = {prefix + schema for schema in _KEPT}
    everywhere = _text_columns(connection, prefix)
    columns = [c for c in everywhere if c[0] in kept or c[0].startswith(f"{prefix}raw_")]
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


def _text_columns(connection: psycopg.Connection[Any], prefix: str) -> list[tuple[str, str, str]]:
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
    """Statistics of text columns that quote one of the texts. A number is no trace of a text."""
    if not columns or not values:
        return []
    rows = connection.execute(
        "select schemaname, tablename, attname from pg_stats"
        " where (schemaname, tablename, attname) in"
        " (select * from unnest(%s::name[], %s::name[], %s::name[])) and exists (select 1 from"
        " unnest(most_common_vals::text::text[] || histogram_bounds::text::text[]) as value"
        " where value ~ any(%s::text[])) order by 1, 2, 3",
        (*map(list, zip(*columns, strict=True)), [*map(_whole_word, values)]),
    ).fetchall()
    return [Trace(f"pg_stats of {schema}.{table}", column, 1) for schema, table, column in rows]
