"""The one key for a warehouse's tokens and hashes."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from dataclasses import dataclass

from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.loader_errors import Refusal, UsageError
from ingest.personal.personal_values import canonical

_FINGERPRINT_OF = b"warehouse token key"


@dataclass(frozen=True, repr=False)
class TokenKey:
    """The secret key for tokens; never printed."""

    secret: bytes

    @property
    def fingerprint(self) -> str:
        """64 hex digits that distinguish keys without revealing them."""
        return hmac.new(self.secret, _FINGERPRINT_OF, hashlib.sha256).hexdigest()

    def token(self, value: str) -> str:
        """HMAC-SHA256 of the value's UTF-8 bytes, as 64 hex digits (RFC 2104).

        E-mail addresses are compared without case and surrounding blanks, telephone and card
        numbers without characters between the digits, so that different spellings match.
        """
        return self.token_of_row(canonical(value))

    def token_of_row(self, text: str) -> str:
        """Like `token`, for a text that is used as it is."""
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()


def parse_token_key(text: str | None) -> TokenKey | None:
    """Read a key of 64 hex digits; raises UsageError, without the text, for anything else."""
    if text is None:
        return None
    if re.fullmatch(r"[0-9a-fA-F]{64}", text.strip()) is None:
        raise UsageError("the token key (WAREHOUSE_TOKEN_KEY) must be 64 hex digits")
    return TokenKey(bytes.fromhex(text.strip()))


def check_key(connection: Session, key: TokenKey | None, prefix: str, *, remember: bool) -> None:
    """Raise Refusal unless this is the warehouse's key, which is the first one ever used.

    `remember` stores the fingerprint of that first key.
    """
    if key is None:
        raise Refusal("this table needs the token key; set WAREHOUSE_TOKEN_KEY")
    engine, keys = engine_of(connection), Relation(f"{prefix}ops", "token_keys")
    if not engine.exists(connection, keys):
        return
    query = sql.SQL("select fingerprint from {}").format(keys.quoted)
    known = [row[0] for row in connection.execute(query)]
    if known and key.fingerprint not in known:
        raise Refusal(
            f"the tokens in this warehouse were made with another key (fingerprint "
            f"{known[0][:12]}…, not {key.fingerprint[:12]}…); set WAREHOUSE_TOKEN_KEY to "
            "that key"
        )
    if not known and remember:
        insert = sql.SQL("insert into {} values (%s, %s) {}")
        now = dt.datetime.now(dt.UTC)
        connection.execute(insert.format(keys.quoted, engine.unless_known), (key.fingerprint, now))
