"""Erases a person's ids, birth years and quoted values in tables that builds do not recreate."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from psycopg import sql

from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.erasure.built_tables import tables_of, tables_with
from ingest.erasure.erasing import Erased
from ingest.erasure.given import LINE, given_changes, given_lines, given_texts
from ingest.erasure.remaining_texts import text_columns
from ingest.erasure.words import cells_with_words

# Schemas of built tables that keep customer ids across builds.
_KEEP_CUSTOMERS = ("snapshots", "ml")


def erase_rejects(connection: Session, values: Collection[str], prefix: str) -> list[Erased]:
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
        relation = Relation(schema, table)
        cells = cells_with_words(connection, relation, column, values, prefix)
        rows = 0
        if cells:
            given = given_texts(connection, cells, prefix)
            rows = connection.execute(
                sql.SQL("update {0} set {1} = null where {2}").format(
                    relation.quoted, sql.Identifier(column), given.has(sql.Identifier(column))
                ),
                given.parameters,
            ).rowcount
        emptied.append(Erased(f"{schema}.{table}", (column,), rows))
    return emptied


def rename_customers(
    connection: Session, source: str, to: Mapping[str, str], prefix: str
) -> list[Erased]:
    """Replace customer ids in the tables that builds do not recreate."""
    renamed = []
    changes = given_changes(connection, to, prefix)
    for schema, table in _tables_of_customers(connection, "customer_id", prefix):
        update = sql.SQL(
            "update {} set customer_id = new_value from {}"
            " where source_system = %(source)s and customer_id = old_value"
        ).format(sql.Identifier(schema, table), changes.source)
        rows = connection.execute(update, changes.parameters | {"source": source}).rowcount
        renamed.append(Erased(f"{schema}.{table}", ("customer_id",), rows))
    return renamed


def rename_kept(
    connection: Session,
    keeper: Relation,
    rows: Sequence[tuple[int, int]],
    to: Mapping[str, str],
    prefix: str,
) -> list[Erased]:
    """Replace the tokens at the start of a restricted model's ids, in the given rows (load_id,
    file_line). The next build of the model derives its ids from the new texts.
    """
    renamed = []
    changes = given_changes(connection, to, prefix)
    lines = given_lines(connection, rows, prefix)
    for column in [c[2] for c in text_columns(connection, keeper.schema) if c[:2] == keeper]:
        changed = connection.execute(
            sql.SQL(
                "update {0} set {1} = new_value || substring({1}, length(old_value) + 1, 1024)"
                " from {2}"
                " where substring({1}, 1, length(old_value)) = old_value and {3}"
            ).format(keeper.quoted, sql.Identifier(column), changes.source, lines.has(*LINE)),
            changes.parameters | lines.parameters,
        ).rowcount
        if changed:
            renamed.append(Erased(".".join(keeper), (column,), changed))
    return renamed


def leave_restricted(
    connection: Session, source: str, ids: Sequence[str], prefix: str
) -> list[Erased]:
    """Delete a customer's rows with a replaced id from the restricted models.

    Those are also built from facts, which have the old id until the next build.
    """
    deleted = []
    given = given_texts(connection, ids, prefix)
    columns = {"source_system", "customer_id"}
    for schema, table in tables_of(connection, "restricted", prefix, columns):
        rows = connection.execute(
            sql.SQL("delete from {} where source_system = %(source)s and {}").format(
                sql.Identifier(schema, table), given.has(sql.Identifier("customer_id"))
            ),
            given.parameters | {"source": source},
        ).rowcount
        deleted.append(Erased(f"{schema}.{table}", (), rows))
    return deleted


def erase_birth_years(
    connection: Session, source: str, ids: Sequence[str], prefix: str
) -> list[Erased]:
    """Empty a customer's birth year in the tables that builds do not recreate."""
    emptied = []
    given = given_texts(connection, ids, prefix)
    for schema, table in _tables_of_customers(connection, "birth_year", prefix):
        rows = connection.execute(
            sql.SQL(
                "update {} set birth_year = null where source_system = %(source)s"
                " and birth_year is not null and {}"
            ).format(sql.Identifier(schema, table), given.has(sql.Identifier("customer_id"))),
            given.parameters | {"source": source},
        ).rowcount
        emptied.append(Erased(f"{schema}.{table}", ("birth_year",), rows))
    return emptied


def _tables_of_customers(connection: Session, column: str, prefix: str) -> list[tuple[str, str]]:
    """Tables of these schemas with a row per customer that also have the column."""
    schemas = [prefix + schema for schema in _KEEP_CUSTOMERS]
    return tables_with(connection, schemas, {"source_system", "customer_id", column})
