"""Keyed tokens in place of personal values."""

from __future__ import annotations

import json
import re

import pyarrow as pa
import pyarrow.compute as pc

from ingest.personal.personal_values import personal_ids
from ingest.tables.table_definitions import Table
from ingest.tokens.token_keys import TokenKey


def tokenise_ids(rows: pa.Table, table: Table, key: TokenKey | None) -> tuple[pa.Table, int]:
    """Replace ids with a personal form by their tokens, in columns defined so.

    Returns the rows, and the number of rows with a replaced id. Each id is judged by itself, so
    that a customer has the same id in all files.
    """
    replaced = 0
    for column in table.stored_columns:
        if not column.tokenises_personal or column.name not in rows.column_names:
            continue
        values = rows.column(column.name).combine_chunks()
        found = personal_ids(values)
        if not found:
            continue
        assert key is not None
        mask = pc.is_in(values, value_set=pa.array(found, pa.string()))
        replaced += pc.sum(mask).as_py()
        tokens = {text: key.token(text) for text in found}
        encoded = values.dictionary_encode()
        stored = pa.array([tokens.get(v, v) for v in encoded.dictionary.to_pylist()], pa.string())
        index = rows.column_names.index(column.name)
        rows = rows.set_column(index, column.name, stored.take(encoded.indices))
    return rows, replaced


def is_token(text: str) -> bool:
    """Whether a text looks like a token."""
    return re.fullmatch("[0-9a-f]{64}", text) is not None


def tokenise(rows: pa.Table, table: Table, key: TokenKey | None) -> pa.Table:
    """Replace the values of the table's token columns by their tokens; nulls stay null.

    A column that is the token of others gets the token of their values, including null and missing
    ones.
    """
    made = {
        column.name: _tokens_of_rows(rows, column.token_of, key)
        for column in table.stored_columns
        if column.token_of
    }
    for column in table.stored_columns:
        # Files may omit an optional column.
        if column.pii != "token" or column.name not in rows.column_names:
            continue
        assert key is not None
        if column.name in made:
            index = rows.column_names.index(column.name)
            rows = rows.set_column(index, column.name, made[column.name])
            continue
        encoded = rows.column(column.name).combine_chunks().dictionary_encode()
        tokens = pa.array([key.token(v) for v in encoded.dictionary.to_pylist()], pa.string())
        index = rows.column_names.index(column.name)
        rows = rows.set_column(index, column.name, tokens.take(encoded.indices))
    return rows


def _tokens_of_rows(rows: pa.Table, columns: tuple[str, ...], key: TokenKey | None) -> pa.Array:
    """One token per row: of its values in these columns, written as a JSON list."""
    assert key is not None
    absent = [None] * rows.num_rows
    values = [
        rows.column(name).to_pylist() if name in rows.column_names else absent for name in columns
    ]
    written = (
        json.dumps(row, ensure_ascii=False, default=str) for row in zip(*values, strict=True)
    )
    return pa.array([key.token_of_row(text) for text in written], pa.string())
