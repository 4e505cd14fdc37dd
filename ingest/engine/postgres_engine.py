"""PostgreSQL: advisory locks, COPY from the client, indexes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.copy import QueuedLibpqWriter

from ingest.engine.advisory_lock import LOCK_CLASS, advisory_lock, lock_key
from ingest.engine.engine import Engine, Lock, Part
from ingest.engine.few_rows import insert_statement
from ingest.engine.given_rows import GivenRows
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.loader_errors import Refusal

_PLACE = re.compile(r"{\w+}")
_TABLE = re.compile(r"create table if not exists {\w+}\.(\w+)")
_ADDED_COLUMN = re.compile(r"alter table {\w+}\.(\w+) add column if not exists (\w+)")
# PostgreSQL's names for the types of a raw table, as psycopg writes them in binary form.
_BINARY_TYPES = {
    "int64": "int8",
    "int32": "int4",
    "int16": "int2",
    "bool": "bool",
    "double": "float8",
    "date32[day]": "date",
    "timestamp[us]": "timestamp",
    "string": "varchar",
}
_NUMBERS = count(1)

if TYPE_CHECKING:  # takes a while to import, and locks need none of it
    import pyarrow as pa


class _Abandoned(Exception):
    """Ends a COPY without giving the server the reason."""


class PostgresEngine(Engine):
    """PostgreSQL, embedded or of one's own. Sessions are psycopg's connections."""

    workers = 2
    with_given_id = sql.SQL("overriding system value")
    unless_known = sql.SQL("on conflict do nothing")
    has_foreign_code = True
    shows_statistics = True
    matches_columns = True
    replaces_rows = False

    def warehouse_lock(
        self, session: Session, what: str, prefix: str
    ) -> AbstractContextManager[Lock]:
        """An advisory lock of the session."""
        return advisory_lock(_own(session), what, prefix)

    def lock_table(self, session: Session, table: str, prefix: str) -> None:
        """An advisory lock of the session."""
        session.execute("select pg_advisory_lock(%s, %s)", (LOCK_CLASS, lock_key(table, prefix)))
        session.commit()

    def lock_loads(self, session: Session, prefix: str) -> bool:
        """Nothing: the session holds the table's lock."""
        return False

    def lock_schemas(self, session: Session, prefix: str) -> None:
        """An advisory lock of the transaction."""
        key = lock_key("schema", prefix)
        session.execute("select pg_advisory_xact_lock(%s, %s)", (LOCK_CLASS, key))

    @contextmanager
    def brief_lock(self, session: Session, name: str, prefix: str, seconds: int) -> Iterator[bool]:
        """An advisory lock of the session."""
        key = [LOCK_CLASS, lock_key(name, prefix)]
        try:
            session.execute(f"set lock_timeout = '{seconds}s'".encode())
            session.execute("select pg_advisory_lock(%s, %s)", key)
        except psycopg.errors.LockNotAvailable:
            yield False
            return
        try:
            yield True
        finally:
            session.execute("select pg_advisory_unlock(%s, %s)", key)

    def lock_for_writing(self, session: Session, relation: Relation) -> None:
        """An advisory lock of the transaction, which keeps no reader waiting."""
        key = lock_key(f"writing {relation.name}", relation.schema)
        session.execute("select pg_advisory_xact_lock(%s, %s)", (LOCK_CLASS, key))

    def insert_numbered(
        self, session: Session, relation: Relation, number: str, row: Mapping[str, Any]
    ) -> int:
        """The identity column counts."""
        insert = sql.SQL("{} returning {}").format(
            insert_statement(relation, list(row)), sql.Identifier(number)
        )
        (given,) = session.execute(insert, list(row.values())).fetchone()
        return int(given)

    def new_number(self, session: Session, relation: Relation, column: str) -> int:
        """The next of the identity column."""
        row = session.execute(
            "select nextval(pg_get_serial_sequence(%s, %s))",
            (relation.quoted.as_string(None), column),
        ).fetchone()
        return int(row[0])

    def new_load_id(self, session: Session, prefix: str) -> int:
        """The next of the ledger's identity column."""
        return self.new_number(session, Relation(f"{prefix}ops", "load_files"), "load_id")

    def copy_parts(
        self,
        session: Session,
        relation: Relation,
        columns: Sequence[str],
        schema: pa.Schema,
        parts: Iterable[Part],
        *,
        load_id: int,
        prefix: str,
        is_personal: bool,
    ) -> None:
        """Copies CSV, or binary rows into personal tables: when PostgreSQL fails on a line of text,
        its error and its log quote the line; for a binary row they name only the column."""
        cursor = _own(session).cursor()
        statement = sql.SQL("copy {} ({}) from stdin (format {})").format(
            relation.quoted,
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL("binary" if is_personal else "csv"),
        )
        refusal: Refusal | None = None
        with suppress(_Abandoned), cursor.copy(statement, writer=QueuedLibpqWriter(cursor)) as copy:
            if is_personal:
                copy.set_types([_binary_type(schema.field(name).type) for name in columns])
            try:
                for part in parts:
                    if not is_personal:
                        copy.write(part.csv())
                        continue
                    for row in _tuples(part.typed()):
                        copy.write_row(row)
            except Refusal as error:
                # The reason may quote a cell, and psycopg sends it to the server.
                refusal = error
                raise _Abandoned("the file was refused") from None
        if refusal is not None:
            raise refusal

    def write_rows(
        self,
        session: Session,
        relation: Relation,
        schema: pa.Schema,
        rows: Iterable[tuple[Any, ...]],
        *,
        load_id: int,
        prefix: str,
    ) -> None:
        """Copies the rows."""
        with (
            _own(session)
            .cursor()
            .copy(sql.SQL("copy {} from stdin").format(relation.quoted)) as copy
        ):
            for row in rows:
                copy.write_row(row)

    def copy_tables(
        self,
        session: Session,
        relation: Relation,
        schema: pa.Schema,
        tables: Iterable[pa.Table],
        *,
        prefix: str,
    ) -> None:
        """Copies CSV."""
        import pyarrow as pa
        from pyarrow.csv import WriteOptions, write_csv

        options = WriteOptions(include_header=False)
        statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
            relation.quoted, sql.SQL(", ").join(map(sql.Identifier, schema.names))
        )
        with _own(session).cursor().copy(statement) as copy:
            for table in tables:
                sink = pa.BufferOutputStream()
                write_csv(table, sink, options)
                copy.write(sink.getvalue().to_pybytes())

    def see_one_state(self, session: Session) -> None:
        """Repeatable read."""
        _own(session).isolation_level = psycopg.IsolationLevel.REPEATABLE_READ

    def hash_of_rows(self, columns: Sequence[str]) -> sql.Composable:
        """Of the values as the server stores them."""
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        return sql.SQL("sum(hash_record_extended(row({}), 0))").format(names)

    def give_rows(
        self,
        session: Session,
        schema: pa.Schema,
        rows: Iterable[tuple[Any, ...]],
        *,
        prefix: str,
    ) -> GivenRows:
        """Arrays as parameters: the text of a statement, which other sessions of the role can read
        while it runs, has none of their values."""
        name = f"given_{next(_NUMBERS)}"
        listed = list(rows)
        parameters = {
            f"{name}_{column}": [row[place] for row in listed]
            for place, column in enumerate(schema.names)
        }
        arrays = [
            sql.SQL("{}::{}[]").format(
                sql.Placeholder(f"{name}_{field.name}"),
                sql.SQL("bigint" if str(field.type) == "int64" else "text"),
            )
            for field in schema
        ]
        source = sql.SQL("unnest({}) as {} ({})").format(
            sql.SQL(", ").join(arrays),
            sql.Identifier(name),
            sql.SQL(", ").join(map(sql.Identifier, schema.names)),
        )
        return GivenRows(source, name, tuple(schema.names), parameters)

    def remove_leftovers(self, session: Session, prefix: str) -> None:
        """Nothing: a killed loader leaves nothing outside its transaction."""

    def exists(self, session: Session, relation: Relation) -> bool:
        """Whether there is such a table or view."""
        name = relation.quoted.as_string(None)
        row = session.execute("select to_regclass(%s) is not null", (name,)).fetchone()
        return bool(row and row[0])

    def live_columns(
        self, session: Session, schemas: Sequence[str]
    ) -> Iterator[tuple[str, str, str, str, bool]]:
        """From the catalogue, partitioned tables included."""
        yield from session.execute(
            """
            select
                n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
            from pg_class as c
            inner join pg_namespace as n on c.relnamespace = n.oid
            inner join pg_attribute as a on c.oid = a.attrelid
            where n.nspname = any(%s) and c.relkind in ('r', 'p')
              and a.attnum > 0 and not a.attisdropped
            order by 1, 2, a.attnum
            """,
            (list(schemas),),
        )

    def create_tables(self, session: Session, schema: str, definition: str) -> None:
        """Runs all statements unless everything is there."""
        if _all_exist(session, schema, definition):
            return
        session.execute("set local client_min_messages = warning")
        quoted = '"' + schema.replace('"', '""') + '"'
        session.execute(_PLACE.sub(lambda _: quoted, definition).encode())

    def column_type(self, defined: str) -> str:
        """As defined: varchar counts characters."""
        return defined

    def storage(self, order_id: str | None) -> sql.Composable:
        """Nothing to say."""
        return sql.SQL("")

    def not_null_change(self, table: str, column: str, is_required: bool) -> str:
        """One statement."""
        change = "set" if is_required else "drop"
        return f"run: alter table {table} alter column {column} {change} not null;"

    def keep_out_of_statistics(self, session: Session, relation: Relation, column: str) -> None:
        """The server then samples nothing of the column."""
        session.execute(
            sql.SQL("alter table {} alter column {} set statistics 0").format(
                relation.quoted, sql.Identifier(column)
            )
        )

    def index_loads(self, session: Session, relation: Relation, order_id: str | None) -> None:
        """On load_id, and on the order id as text."""
        create = "create index if not exists {} on {} using brin (load_id)"
        name = sql.Identifier(f"{relation.name}_load_id_idx")
        session.execute(sql.SQL(create).format(name, relation.quoted))
        if order_id is not None:
            create = "create index if not exists {} on {} (({}))"
            name = sql.Identifier(f"{relation.name}_order_id_idx")
            order = self.as_text(sql.Identifier(order_id))
            session.execute(sql.SQL(create).format(name, relation.quoted, order))

    def as_text(self, column: sql.Composable) -> sql.Composable:
        """As varchar, which the index on orders is made of."""
        return sql.SQL("{}::varchar").format(column)

    def hex_number(self, digits: sql.Composable) -> sql.Composable:
        """By way of bits."""
        return sql.SQL("cast(cast('x' || {} as bit(60)) as bigint)").format(digits)

    def grantee(self, role: str) -> sql.Composable:
        """Its name."""
        return sql.Identifier(role)

    def among(self, values: Sequence[Any]) -> tuple[sql.Composable, tuple[Any, ...]]:
        """One parameter, a list."""
        return sql.SQL("= any(%s)"), (list(values),)

    def not_among(self, values: Sequence[Any]) -> tuple[sql.Composable, tuple[Any, ...]]:
        """One parameter, a list."""
        return sql.SQL("<> all(%s)"), (list(values),)


def _own(session: Session) -> psycopg.Connection[Any]:
    assert isinstance(session, psycopg.Connection)
    return session


def _binary_type(kind: pa.DataType) -> str:
    return _BINARY_TYPES.get(str(kind), "numeric")


def _tuples(rows: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in rows.columns), strict=True)


def _all_exist(session: Session, schema: str, definition: str) -> bool:
    tables = _TABLE.findall(definition)
    columns = [f"{table}.{column}" for table, column in _ADDED_COLUMN.findall(definition)]
    row = session.execute(
        """
        select count(distinct relname) filter (where relname = any(%(tables)s)),
            count(*) filter (where relname || '.' || attname = any(%(columns)s)),
            count(*) filter (where relname in ('pending_changes', 'warehouse'))
        from pg_class as c
        inner join pg_namespace as n on c.relnamespace = n.oid
        inner join pg_attribute as a on c.oid = a.attrelid
        where n.nspname = %(schema)s and c.relkind = 'r' and not a.attisdropped
        """,
        {"schema": schema, "tables": tables, "columns": columns},
    ).fetchone()
    return bool(row == (len(tables), len(columns), 0))
