"""The list of forgotten customers, and how it erases their rows in later files."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.personal.personal_values import personal_id
from ingest.tables.table_definitions import Table
from ingest.tokens.token_keys import TokenKey
from ingest.tokens.tokenising import is_token


def hash_of(key: TokenKey, source: str, identifier: str, value: str) -> str:
    """What the list stores for an id: 64 hex digits that reveal nothing without the token key."""
    text = f"forgotten|{source}|{identifier}|{value}"
    return hmac.new(key.secret, text.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Forgotten:
    """The forgotten customers of one table: hashes by the column that identifies them."""

    hashes: dict[str, frozenset[str]]

    def __bool__(self) -> bool:
        return any(self.hashes.values())

    def erase(self, rows: pa.Table, table: Table, key: TokenKey) -> pa.Table:
        """The rows, already tokenised, without the personal values of forgotten customers.

        An id that is a token is also removed, so that the sale is anonymous; if the column is
        required, the hash in the list replaces it. Tokens of whole rows stay.
        """
        hit = pa.repeat(pa.scalar(False), rows.num_rows)
        replaced: dict[str, pa.Array] = {}
        for link in table.customer:
            known = self.hashes.get(link.column, frozenset())
            if not known or link.column not in rows.column_names:
                continue
            values = rows.column(link.column).combine_chunks().cast(pa.string())
            encoded = values.dictionary_encode()
            found = {
                value: digest
                for value in encoded.dictionary.to_pylist()
                if (table.erasable_columns or may_name(value))
                and (digest := hash_of(key, table.source, link.identifier, link.plain(value)))
                in known
            }
            mask = pc.is_in(values, value_set=pa.array(list(found), pa.string()))
            hit = pc.or_(hit, mask)
            column = table.column(link.column)
            if link.to is None and column.tokenises_personal:
                # An id that identifies nobody by itself stays, as other ids do.
                found = {v: h for v, h in found.items() if may_name(v)}
                mask = pc.is_in(values, value_set=pa.array(list(found), pa.string()))
            if link.to is None and (column.pii == "token" or column.tokenises_personal):
                instead = [found.get(v) if column.required else None for v in values.to_pylist()]
                replaced[link.column] = pc.if_else(mask, pa.array(instead, pa.string()), values)
        if not pc.any(hit).as_py():
            return rows
        for column in table.erasable_columns:
            if column.name in rows.column_names and column.is_in_files:
                kept = rows.column(column.name).combine_chunks()
                replaced[column.name] = pc.if_else(hit, pa.scalar(None, kept.type), kept)
        for name, values in replaced.items():
            rows = rows.set_column(rows.column_names.index(name), name, values)
        return rows


def may_name(customer_id: str) -> bool:
    """Whether an id in a column of plain ids identifies a person: it is personal, or the token of a
    personal id."""
    return is_token(customer_id) or personal_id(customer_id) is not None


def read_forgotten(connection: Session, table: Table, prefix: str) -> Forgotten:
    """The part of ops.forgotten for a table; empty if there is no list yet."""
    listing = Relation(f"{prefix}ops", "forgotten")
    if not table.customer or not engine_of(connection).exists(connection, listing):
        return Forgotten({})
    query = sql.SQL("select value_hash from {} where source_system = %s and identifier = %s")
    listed = query.format(listing.quoted)
    hashes = {}
    for link in table.customer:
        rows = connection.execute(listed, (table.source, link.identifier))
        hashes[link.column] = frozenset(row[0] for row in rows)
    return Forgotten(hashes)
