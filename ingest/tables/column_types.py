"""The SQL types a raw table may have, and what each means for Arrow and for a value's range."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

_NAMES = {
    "bigint": "bigint",
    "integer": "integer",
    "int": "integer",
    "smallint": "smallint",
    "boolean": "boolean",
    "double precision": "double precision",
    "date": "date",
    "timestamp": "timestamp",
    "timestamp without time zone": "timestamp",
    "varchar": "varchar",
    "character varying": "varchar",
    "numeric": "numeric",
    "decimal": "numeric",
}
_ARROW = {
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "smallint": pa.int16(),
    "boolean": pa.bool_(),
    "double precision": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "varchar": pa.string(),
}
_INTEGER_BITS = {"bigint": 63, "integer": 31, "smallint": 15}


@dataclass(frozen=True)
class ColumnType:
    """A column's SQL type: its kind, and length (varchar) or precision and scale (numeric)."""

    kind: str
    length: int = 0
    precision: int = 0
    scale: int = 0

    @property
    def is_integer(self) -> bool:
        """Whether the column holds whole numbers."""
        return self.kind in _INTEGER_BITS

    @property
    def is_number(self) -> bool:
        """Whether the column holds exact numbers."""
        return self.is_integer or self.kind == "numeric"

    @property
    def largest_integer(self) -> int:
        """Largest value of an integer type."""
        return (1 << _INTEGER_BITS[self.kind]) - 1

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type that holds every value of the column exactly."""
        if self.kind == "numeric":
            return pa.decimal128(self.precision, self.scale)
        return _ARROW[self.kind]

    @property
    def sql(self) -> str:
        """The type as PostgreSQL and Redshift spell it in a create table statement."""
        if self.kind == "varchar":
            return f"varchar({self.length})"
        if self.kind == "numeric":
            return f"numeric({self.precision},{self.scale})"
        return self.kind


def parse_type(text: str) -> ColumnType:
    """Read a SQL type such as `bigint`, `varchar(64)` or `numeric(18,4)`.

    Raises ValueError for a type that a raw table cannot have, bare varchar and numeric included.
    """
    match = re.fullmatch(r"\s*([a-z ]+?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?", text.lower())
    kind = _NAMES.get(match[1]) if match else None
    if match is None or kind is None:
        raise ValueError(f"unknown type {text!r}; known: {', '.join(sorted(set(_NAMES.values())))}")
    if kind == "varchar":
        if match[2] is None:
            raise ValueError("varchar needs a length, as in varchar(256)")
        return ColumnType(kind, length=int(match[2]))
    if kind == "numeric":
        if match[2] is None:
            raise ValueError("numeric needs precision and scale, as in numeric(18,4)")
        precision, scale = int(match[2]), int(match[3] or 0)
        if not 0 <= scale <= precision <= 18:
            raise ValueError("numeric goes up to 18 digits here, as in numeric(18,4)")
        return ColumnType(kind, precision=precision, scale=scale)
    if match[2] is not None:
        raise ValueError(f"{kind} takes no length")
    return ColumnType(kind)
