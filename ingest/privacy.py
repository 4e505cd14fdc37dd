"""Keyed tokens in place of personal values."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

import pyarrow as pa

from ingest.definitions import Table
from ingest.errors import UsageError

_FINGERPRINT_OF = b"warehouse token key"


@dataclass(frozen=True, repr=False)
class TokenKey:
    """The secret under which tokens are made; never printed."""

    secret: bytes

    @property
    def fingerprint(self) -> str:
        """64 hex digits that tell keys apart and do not reveal them."""
        return hmac.new(self.secret, _FINGERPRINT_OF, hashlib.sha256).hexdigest()

    def token(self, value: str) -> str:
        """HMAC-SHA256 of the value's UTF-8 bytes, as 64 hex digits (RFC 2104)."""
        return hmac.new(self.secret, value.encode(), hashlib.sha256).hexdigest()


def parse_token_key(text: str | None) -> TokenKey | None:
    """Read a key of 64 hex digits; UsageError, without the text, for anything else."""
    if text is None:
        return None
    if re.fullmatch(r"[0-9a-fA-F]{64}", text.strip()) is None:
        raise UsageError("the token key (WAREHOUSE_TOKEN_KEY) must be 64 hex digits")
    return TokenKey(bytes.fromhex(text.strip()))


def tokenise(rows: pa.Table, table: Table, key: TokenKey | None) -> pa.Table:
    """Replace the values of the table's token columns by their tokens; nulls stay null."""
    for column in table.stored_columns:
        if column.pii != "token":
            continue
        assert key is not None
        encoded = rows.column(column.name).combine_chunks().dictionary_encode()
        tokens = pa.array([key.token(v) for v in encoded.dictionary.to_pylist()], pa.string())
        index = rows.column_names.index(column.name)
        rows = rows.set_column(index, column.name, tokens.take(encoded.indices))
    return rows
