"""Forgotten persons whose personal values are in the raw tables again, as after a restore."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.session import Session
from ingest.erasure.erasing import holds_any
from ingest.tables.raw_schemas import table_name
from ingest.tables.table_definitions import CustomerLink, Source, Table
from ingest.tokens.forgotten_list import hash_of, may_name, read_forgotten
from ingest.tokens.token_keys import TokenKey


def returned_persons(
    connection: Session,
    definitions: Mapping[str, Source],
    key: TokenKey,
    prefix: str,
) -> list[tuple[str, str]]:
    """Source and value, as `forget` takes it, of each person on the list of the forgotten who still
    has personal values in a raw table. The value may be personal: it is not for messages.
    """
    found: dict[tuple[str, str], None] = {}
    for source in definitions.values():
        for table in source.tables.values():
            listed = read_forgotten(connection, table, prefix).hashes
            for link in table.customer:
                hashes = listed[link.column]
                values = _values(connection, table, link, prefix) if hashes else []
                for plain in map(link.plain, values):
                    if hash_of(key, source.name, link.identifier, plain) in hashes:
                        found[source.name, plain] = None
    return list(found)


def _values(connection: Session, table: Table, link: CustomerLink, prefix: str) -> list[str]:
    """Values of the link's column in rows that forgetting would change."""
    column = table.column(link.column)
    rows = connection.execute(
        sql.SQL(
            "select {3}, max(case when {1} then 1 else 0 end) from {2} where {0} is not null"
            " group by 1"
        ).format(
            sql.Identifier(link.column),
            holds_any(table.erasable_columns),
            table_name(table, prefix),
            engine_of(connection).as_text(sql.Identifier(link.column)),
        )
    )
    is_token = link.to is None and column.pii == "token"
    may_be_token = link.to is None and column.tokenises_personal
    return [
        value
        for value, holds_values in rows
        if holds_values or is_token or (may_be_token and may_name(value))
    ]
