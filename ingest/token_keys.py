"""The one key under which a warehouse's tokens and hashes are made."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from ingest.errors import Refusal
from ingest.privacy import TokenKey


def check_key(
    connection: psycopg.Connection[Any], key: TokenKey | None, prefix: str, *, remember: bool
) -> None:
    """Raise Refusal unless this is the warehouse's key; the first one ever used becomes it.

    `remember` writes down the fingerprint of that first one.
    """
    if key is None:
        raise Refusal("this table needs the token key; set WAREHOUSE_TOKEN_KEY")
    keys = sql.Identifier(f"{prefix}ops", "token_keys")
    exists = connection.execute(
        "select to_regclass(%s) is not null", (f'"{prefix}ops".token_keys',)
    ).fetchone()
    if exists is None or not exists[0]:
        return
    known = [
        row[0] for row in connection.execute(sql.SQL("select fingerprint from {}").format(keys))
    ]
    if known and key.fingerprint not in known:
        raise Refusal(
            f"the tokens in this warehouse were made under another key (fingerprint "
            f"{known[0][:12]}…, this one {key.fingerprint[:12]}…); set WAREHOUSE_TOKEN_KEY to "
            "that key"
        )
    if not known and remember:
        insert = sql.SQL("insert into {} values (%s, now()) on conflict do nothing")
        connection.execute(insert.format(keys), (key.fingerprint,))
