"""What of a table is compared: natural ids for keys, nothing of what belongs to one warehouse."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from ingest.engine.engine import Engine
from warehouse.comparing.definitions import Definition

# Two doubles are equal within either: so much of them, or so far from each other.
RELATIVE, ABSOLUTE = 1e-9, 1e-6
LEFT_OUT = (
    "surrogate keys (ids are compared in their place), numbers of loads, times at which the "
    "warehouse worked (timestamps with a time zone) and marts.data_version"
)
# Whole tables that tell of builds.
LEFT_OUT_TABLES = frozenset({("marts", "data_version")})

_KEY = re.compile(r"(\w+)_key(_[ab])?")
# A key by name, but a number of the source's own.
_NATURAL = frozenset({"household_key"})
_LOAD = re.compile(r"(\w+_)?load_id")
# A cell of a file, which may be anything.
_FOREIGN = frozenset({"rejected_value"})
# Time and hash of a model: the hash is the same where the model is.
_VERSION = "model_version"
_TYPES = {
    "character varying": "text", "text": "text", "character": "text",
    "boolean": "boolean", "double precision": "float", "real": "float",
    "timestamp with time zone": "work",
}  # fmt: skip
_SUM_DIGITS = 15
_LARGE = 10**15

Columns = Mapping[str, str]


@dataclass(frozen=True)
class Column:
    """A column that is compared: its kind (text, boolean, float or exact), whether it is a part of
    the id of a row, and whether nobody may see its values. `dimension` and `of` are the table whose
    ids stand in the place of a key, and their columns.
    """

    name: str
    kind: str
    is_id: bool = False
    is_personal: bool = False
    dimension: str = ""
    of: tuple[tuple[str, str], ...] = ()


def kind_of(data_type: str) -> str:
    """How values of a type of the catalogue are compared."""
    return _TYPES.get(data_type, "exact")


def compared_columns(
    definition: Definition,
    live: Columns,
    known: Mapping[str, tuple[Definition, Columns]],
) -> list[Column]:
    """The columns of a table that are compared, in its order.

    `live`: the types that they have on both sides. `known`: by name, the dimensions that keys may
    refer to, with their live columns.
    """
    ids = _ids(definition, live)
    found = []
    for name, data_type in live.items():
        kind = kind_of(data_type)
        dimension, of = _stands_for(name, definition, live, known)
        if kind == "work" or _LOAD.fullmatch(name) or (_is_key(name) and not of):
            continue
        is_personal = name in definition.personal or name in _FOREIGN
        found.append(Column(name, "text" if of else kind, name in ids, is_personal, dimension, of))
    if not any(column.is_id for column in found):
        # Nothing is unique but the whole row.
        found = [
            Column(c.name, c.kind, c.kind != "float", c.is_personal, c.dimension, c.of)
            for c in found
        ]
    return found


def _ids(definition: Definition, live: Columns) -> set[str]:
    """The columns by which rows of both warehouses are found; those of keys are what stands for
    them. Empty if there are none."""
    candidates = sorted(definition.unique, key=lambda names: sum(map(_is_key, names)))
    for names in candidates:
        ids: set[str] = set()
        for name in names:
            if _LOAD.fullmatch(name):
                ids |= {"table_name", "file_name"} & live.keys()
            elif not _is_key(name):
                ids.add(name)
            elif _id_beside(name) in live:
                ids.add(_id_beside(name))
            elif name in definition.refers_to:
                ids.add(name)
        if ids:
            return (ids | {"source_system"}) & live.keys()
    return set()


def _is_key(name: str) -> bool:
    return _KEY.fullmatch(name) is not None and name not in _NATURAL


def _id_beside(key: str) -> str:
    return _KEY.sub(r"\1_id\2", key)


def _stands_for(
    name: str,
    definition: Definition,
    live: Columns,
    known: Mapping[str, tuple[Definition, Columns]],
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The dimension whose ids stand in the place of a key; its own key, and the ids with their
    kinds. Nothing for other keys: a table's own, and those of facts, which have their ids beside
    them."""
    to = definition.refers_to.get(name, "")
    if not _is_key(name) or to not in known:
        return "", ()
    there, columns = known[to]
    keys = [column for column in columns if _is_key(column)]
    ids = _ids(there, columns) or {
        column
        for column, data_type in columns.items()
        if kind_of(data_type) == "text" and column not in keys
    }
    ordered = [(column, kind_of(columns[column])) for column in columns if column in ids]
    # A dimension's own key is its first: other tables may call it bought_product_key.
    return (to, ((keys[0], "key"), *ordered)) if keys and ordered else ("", ())


class Selection:
    """The statements that read a table of one warehouse.

    `columns` are the same on both sides; each dimension that a key stands for is joined.
    """

    def __init__(
        self, engine: Engine, prefix: str, schema: str, name: str, columns: Sequence[Column]
    ) -> None:
        self._engine = engine
        self._columns = columns
        joins = [
            sql.SQL(" left join {} as {} on {} = {}").format(
                sql.Identifier(f"{prefix}core", column.dimension),
                sql.Identifier(f"of_{number}"),
                sql.Identifier("given", column.name),
                sql.Identifier(f"of_{number}", column.of[0][0]),
            )
            for number, column in enumerate(columns)
            if column.of
        ]
        self._table = sql.Identifier(f"{prefix}{schema}", name)
        self._source = sql.SQL("{} as given{}").format(self._table, sql.SQL("").join(joins))

    def count(self) -> sql.Composable:
        """How many rows there are."""
        return sql.SQL("select count(*) from {}").format(self._table)

    def buckets(self, digits: int) -> sql.Composable:
        """Rows by the first digits of their id's hash: how many, and the sum of their hashes."""
        number = self._engine.hex_number(sql.SQL(f"substring(row_hash, 1, {_SUM_DIGITS})"))
        return sql.SQL(
            "select substring(id_hash, 1, {}), count(*), sum({}) from"
            " (select {} as id_hash, {} as row_hash from {}) as hashed group by 1"
        ).format(sql.Literal(digits), number, self._hash(ids_only=True), self._hash(), self._source)

    def rows(self, digits: int, buckets: Collection[str]) -> sql.Composable:
        """The rows of some buckets: the values of all columns, hashes of personal ones."""
        return sql.SQL("select {} from {} where substring({}, 1, {}) in ({})").format(
            sql.SQL(", ").join(self._shown(n, c) for n, c in enumerate(self._columns)),
            self._source,
            self._hash(ids_only=True),
            sql.Literal(digits),
            sql.SQL(", ").join(map(sql.Literal, buckets)),
        )

    def _hash(self, ids_only: bool = False) -> sql.Composable:
        texts = [
            self._text(number, column)
            for number, column in enumerate(self._columns)
            if column.is_id or not ids_only
        ]
        return sql.SQL("md5({})").format(sql.SQL(" || '|' || ").join(texts))

    def _value(self, number: int, column: Column) -> sql.Composable:
        if not column.of:
            value = sql.Identifier("given", column.name)
            if column.name == _VERSION:
                return sql.SQL("split_part({}, '-', 2)").format(value)
            return value
        alias = f"of_{number}"
        texts = [
            sql.SQL("coalesce({}, '')").format(_as_text(sql.Identifier(alias, name), kind))
            for name, kind in column.of[1:]
        ]
        return sql.SQL("({})").format(sql.SQL(" || '/' || ").join(texts))

    def _shown(self, number: int, column: Column) -> sql.Composable:
        value = self._value(number, column)
        if column.is_personal:
            return sql.SQL("md5({})").format(_as_text(value, column.kind))
        return value

    def _text(self, number: int, column: Column) -> sql.Composable:
        """A text that is equal for equal values, and never null."""
        value = self._value(number, column)
        if column.kind == "float":
            # Numbers that are farther from each other than the tolerance have other texts.
            return sql.SQL(
                "case when {0} is null then 'n' when abs({0}) < {1}"
                " then cast(cast({0} as numeric(38, 6)) as varchar(64)) else 'large' end"
            ).format(value, sql.Literal(_LARGE))
        text = _as_text(value, column.kind)
        if column.kind == "text" or column.is_personal:
            text = sql.SQL("md5({})").format(text)
        return sql.SQL("case when {} is null then 'n' else {} end").format(value, text)


def _as_text(value: sql.Composable, kind: str) -> sql.Composable:
    if kind == "text":
        return value
    if kind == "boolean":
        return sql.SQL("case when {0} then 't' when not {0} then 'f' end").format(value)
    return sql.SQL("cast({} as varchar(64))").format(value)
