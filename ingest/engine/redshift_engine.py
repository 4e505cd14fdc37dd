"""Redshift: files reach it by way of S3, a locked table is the lock, nothing has an index."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from itertools import chain, count, islice
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from ingest.engine import redshift_ddl
from ingest.engine.engine import Engine, Lock, Part
from ingest.engine.few_rows import insert_statement
from ingest.engine.given_rows import GivenRows
from ingest.engine.redshift_errors import RedshiftFailure
from ingest.engine.redshift_session import RedshiftSession
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.engine.staging_area import StagingArea
from ingest.engine.table_lock import brief_lock, table_lock
from ingest.engine.unloading import unloaded
from ingest.loader_errors import DatabaseFailure, Refusal

# The driver sends at most 32,767 parameters with a statement.
MOST_VALUES = 30_000
_ROWS_AT_ONCE = 50_000
_NUMBERS = count(1)


class RedshiftEngine(Engine):
    """A cluster or a serverless workgroup. Sessions are RedshiftSession."""

    # Writers of one table wait for each other there, and all files write the ledger.
    workers = 1
    with_given_id = sql.SQL("")
    unless_known = sql.SQL("")
    has_foreign_code = False
    shows_statistics = False
    matches_columns = False
    replaces_rows = True

    def warehouse_lock(
        self, session: Session, what: str, prefix: str
    ) -> AbstractContextManager[Lock]:
        """A locked table, in a session of its own."""
        return table_lock(_own(session), what, prefix)

    def lock_table(self, session: Session, table: str, prefix: str) -> None:
        """Nothing: each file locks the ledger."""

    def lock_loads(self, session: Session, prefix: str) -> bool:
        """Locks the ledger before the transaction sees anything, so that it sees all of it."""
        session.execute(sql.SQL("lock {}").format(sql.Identifier(f"{prefix}ops", "load_files")))
        return True

    def lock_schemas(self, session: Session, prefix: str) -> None:
        """Locks a table that is there for it."""
        schema, lock = f"{prefix}ops", "schema_lock"
        if not self.exists(session, Relation(schema, lock)):
            create = sql.SQL("create schema if not exists {}").format(sql.Identifier(schema))
            session.execute(create)
            session.execute(_filled(redshift_ddl.LOCKS[lock], schema))
        session.execute(sql.SQL("lock {}").format(sql.Identifier(schema, lock)))

    def brief_lock(
        self, session: Session, name: str, prefix: str, seconds: int
    ) -> AbstractContextManager[bool]:
        """A locked table, in a session of its own."""
        return brief_lock(_own(session), Relation(f"{prefix}ops", f"{name}_lock"), seconds)

    def lock_for_writing(self, session: Session, relation: Relation) -> None:
        """Locks the table, before the transaction sees anything of it."""
        session.execute(sql.SQL("lock {}").format(relation.quoted))

    def insert_numbered(
        self, session: Session, relation: Relation, number: str, row: Mapping[str, Any]
    ) -> int:
        """One more than the highest: identity columns there do not count in order."""
        given = self.new_number(session, relation, number)
        columns = [number, *row]
        session.execute(insert_statement(relation, columns), [given, *row.values()])
        return given

    def new_number(self, session: Session, relation: Relation, column: str) -> int:
        """One more than the highest: identity columns there do not count in order."""
        row = session.execute(
            sql.SQL("select coalesce(max({}), 0) + 1 from {}").format(
                sql.Identifier(column), relation.quoted
            )
        ).fetchone()
        return int(row[0])

    def new_load_id(self, session: Session, prefix: str) -> int:
        """One more than the highest: loads are never deleted from the ledger."""
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
        """Stages all rows as Parquet, then copies them with one statement."""
        tables = (part.typed() for part in parts)
        folder = f"{load_id}/{relation.name}"
        self._copy(_own(session), relation, schema, tables, prefix, folder)

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
        """As `copy_parts`: an insert would put rejected values into the log of statements."""
        tables = _tables(schema, iter(rows))
        first = next(tables, None)
        if first is not None:
            chained, folder = chain([first], tables), f"{load_id}/{relation.name}"
            self._copy(_own(session), relation, schema, chained, prefix, folder)

    def copy_tables(
        self,
        session: Session,
        relation: Relation,
        schema: pa.Schema,
        tables: Iterable[pa.Table],
        *,
        prefix: str,
    ) -> None:
        """As `copy_parts`."""
        folder = f"written/{uuid4().hex}"
        self._copy(_own(session), relation, schema, tables, prefix, folder)

    def unload(
        self, session: Session, query: sql.Composable, *, prefix: str, rows: int
    ) -> Generator[pa.RecordBatch, None, None]:
        """The rows of a query, at most so many at a time, by way of S3; `rows` also bounds what is
        kept in memory, but for one part. What is staged is deleted at the end, or when the
        generator is closed. Raises DatabaseFailure."""
        own = _own(session)
        return unloaded(own, query, self._area(own, prefix), f"unloaded/{uuid4().hex}", rows)

    def see_one_state(self, session: Session) -> None:
        """Nothing: transactions there see a snapshot."""

    def hash_of_rows(self, columns: Sequence[str]) -> sql.Composable:
        """Of the values as texts, in which a double has 15 digits."""
        texts = [
            sql.SQL("coalesce({}, '~')").format(self.as_text(sql.Identifier(name)))
            for name in columns
        ]
        return sql.SQL("sum(cast(farmfingerprint64({}) as numeric(38, 0)))").format(
            sql.SQL(" || '|' || ").join(texts)
        )

    def give_rows(
        self,
        session: Session,
        schema: pa.Schema,
        rows: Iterable[tuple[Any, ...]],
        *,
        prefix: str,
    ) -> GivenRows:
        """A temporary table, filled by COPY: parameters may be in the log of statements, which
        cannot be erased."""
        relation = Relation("", f"given_{next(_NUMBERS)}")
        tables = list(_tables(schema, iter(rows)))
        columns = [
            sql.SQL("{} {}").format(sql.Identifier(field.name), sql.SQL(_type_of(field, tables)))
            for field in schema
        ]
        create = sql.SQL("create temp table {} ({})")
        session.execute(create.format(relation.quoted, sql.SQL(", ").join(columns)))
        if tables:
            folder = f"given/{uuid4().hex}"
            self._stage_and_copy(_own(session), relation, schema, tables, prefix, folder)
        return GivenRows(relation.quoted, relation.name, tuple(schema.names), {})

    def remove_leftovers(self, session: Session, prefix: str) -> None:
        """Deletes all staged files of this warehouse."""
        self._area(_own(session), prefix).remove()

    def exists(self, session: Session, relation: Relation) -> bool:
        """Whether there is such a table or view."""
        row = session.execute(
            "select count(*) from pg_class as c inner join pg_namespace as n"
            " on c.relnamespace = n.oid where n.nspname = %s and c.relname = %s",
            (relation.schema, relation.name),
        ).fetchone()
        return bool(row and row[0])

    def live_columns(
        self, session: Session, schemas: Sequence[str]
    ) -> Iterator[tuple[str, str, str, str, bool]]:
        """From the catalogue."""
        among, values = self.among(schemas)
        yield from session.execute(
            sql.SQL(
                """
                select
                    n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                    a.attnotnull
                from pg_class as c
                inner join pg_namespace as n on c.relnamespace = n.oid
                inner join pg_attribute as a on c.oid = a.attrelid
                where n.nspname {} and c.relkind = 'r'
                  and a.attnum > 0 and not a.attisdropped
                order by n.nspname, c.relname, a.attnum
                """
            ).format(among),
            values,
        )

    def create_tables(self, session: Session, schema: str, definition: str) -> None:
        """Creates each table that is missing, and each column that one lacks."""
        live = {(table, column) for _, table, column, *_ in self.live_columns(session, [schema])}
        known = {table for table, _ in live}
        wanted = redshift_ddl.create_statements(definition)
        if schema.endswith("ops"):
            wanted |= redshift_ddl.LOCKS
        if not known:
            create = sql.SQL("create schema if not exists {}").format(sql.Identifier(schema))
            session.execute(create)
        for name, statement in wanted.items():
            if name not in known:
                session.execute(_filled(statement, schema))
        for table, column, statement in redshift_ddl.added_columns(definition):
            if table in known and (table, column) not in live:
                session.execute(_filled(statement, schema))

    def column_type(self, defined: str) -> str:
        """With room for the bytes of as many characters."""
        return redshift_ddl.wide_enough(defined)

    def storage(self, order_id: str | None) -> sql.Composable:
        """The lines of an order together, the rows of a load one after another."""
        if order_id is None:
            return sql.SQL(" diststyle even sortkey (load_id)")
        return sql.SQL(" distkey ({}) sortkey (load_id)").format(sql.Identifier(order_id))

    def not_null_change(self, table: str, column: str, is_required: bool) -> str:
        """Redshift cannot change that of a table that is there."""
        return (
            f"unload its loads, run: drop table {table}; and load the files again "
            f"(Redshift cannot make a column {'required' if is_required else 'optional'})"
        )

    def keep_out_of_statistics(self, session: Session, relation: Relation, column: str) -> None:
        """Nothing: Redshift shows no values of its statistics."""

    def index_loads(self, session: Session, relation: Relation, order_id: str | None) -> None:
        """Nothing: there are no indexes, and rows are sorted by load."""

    def as_text(self, column: sql.Composable) -> sql.Composable:
        """With a length, because a bare varchar has 256 bytes and a cast cuts silently."""
        return sql.SQL("{}::varchar(1024)").format(column)

    def hex_number(self, digits: sql.Composable) -> sql.Composable:
        """A function of its own."""
        return sql.SQL("strtol({}, 16)").format(digits)

    def grantee(self, role: str) -> sql.Composable:
        """Its name, with the word that says that it is no user."""
        return sql.SQL("role {}").format(sql.Identifier(role))

    def among(self, values: Sequence[Any]) -> tuple[sql.Composable, tuple[Any, ...]]:
        """One parameter for each value."""
        if not values:
            return sql.SQL("in (null)"), ()
        return sql.SQL("in ({})").format(_places(values)), tuple(values)

    def not_among(self, values: Sequence[Any]) -> tuple[sql.Composable, tuple[Any, ...]]:
        """One parameter for each value."""
        if not values:
            return sql.SQL("is not null"), ()
        return sql.SQL("not in ({})").format(_places(values)), tuple(values)

    def _area(self, session: RedshiftSession, prefix: str) -> StagingArea:
        address = session.address
        return StagingArea(address.require_staging(), f"{address.database}/{prefix}loads")

    def try_copy(self, session: RedshiftSession, prefix: str) -> None:
        """Stage a row, copy it, and take that back: what S3 and the role allow. Raises
        DatabaseFailure."""
        schema = pa.schema([("load_id", pa.int64())])
        trial = Relation(f"{prefix}ops", "copy_trial")
        with session.transaction(force_rollback=True):
            session.execute(sql.SQL("create table {} (load_id bigint)").format(trial.quoted))
            self.write_rows(session, trial, schema, [(1,)], load_id=0, prefix=prefix)

    def try_unload(self, session: RedshiftSession, prefix: str) -> None:
        """Unload a row and read it: what S3 and the role allow beside `try_copy`. Raises
        DatabaseFailure."""
        query = sql.SQL("select count(*) as loads from {}").format(
            sql.Identifier(f"{prefix}ops", "load_files")
        )
        with session.transaction(force_rollback=True):
            for _ in self.unload(session, query, prefix=prefix, rows=1):
                pass

    def _copy(
        self,
        session: RedshiftSession,
        relation: Relation,
        schema: pa.Schema,
        tables: Iterable[pa.Table],
        prefix: str,
        folder: str,
    ) -> None:
        """Stage, copy, count, and delete what was staged: a COPY that ended needs it no more.

        Columns go by position, so they are staged in the order of the live table. Raises
        DatabaseFailure, also if not every row arrived.
        """
        found = self.live_columns(session, [relation.schema])
        order = [column for _, table, column, *_ in found if table == relation.name]
        ordered = pa.schema([schema.field(name) for name in order])
        whole = (_in_order(table, ordered) for table in tables)
        self._stage_and_copy(session, relation, ordered, whole, prefix, folder)

    def _stage_and_copy(
        self,
        session: RedshiftSession,
        relation: Relation,
        schema: pa.Schema,
        tables: Iterable[pa.Table],
        prefix: str,
        folder: str,
    ) -> None:
        area = self._area(session, prefix)
        try:
            manifest, sent = area.stage(folder, schema, tables)
            if sent:
                run_copy(session, relation, manifest, sent)
        finally:
            with suppress(DatabaseFailure):  # the next load deletes it
                area.remove(folder)


REDSHIFT = RedshiftEngine()


def run_copy(session: RedshiftSession, relation: Relation, manifest: str, sent: int) -> None:
    """Copy the files of a manifest into a table. Raises DatabaseFailure, which names the error's
    code and the column and nothing of a row; also if other than `sent` rows arrived."""
    role = session.address.require_staging().quoted_role
    statement = sql.SQL("copy {} from {} iam_role {} format as parquet manifest").format(
        relation.quoted, sql.SQL(f"'{manifest}'"), sql.SQL(role)
    )
    try:
        session.execute(statement)
    except RedshiftFailure as failure:
        if failure.may_pass or not failure.code:
            raise
        raise _load_error(session, relation, failure) from None
    (loaded,) = session.execute("select pg_last_copy_count()").fetchone() or (0,)
    if loaded != sent:
        raise DatabaseFailure(f"{sent:,} rows were staged for {relation.name}, {loaded:,} arrived")


def _load_error(
    session: RedshiftSession, relation: Relation, failure: RedshiftFailure
) -> DatabaseFailure:
    """Why a COPY failed, as the error table says. Ends the transaction."""
    try:
        session.rollback()
        session_id = session.execute("select pg_backend_pid()").fetchone()
        row = session.execute(
            "select error_code, trim(column_name) from sys_load_error_detail"
            " where session_id = %s order by start_time desc limit 1",
            session_id,
        ).fetchone()
    except RedshiftFailure:
        return failure
    if row is None:
        return failure
    column = f", column {row[1]}" if row[1] else ""
    return RedshiftFailure(
        f"the database refused the staged rows of {relation.name}{column} (load error {row[0]})",
        failure.code,
    )


def _own(session: Session) -> RedshiftSession:
    assert isinstance(session, RedshiftSession)
    return session


def _filled(statement: str, schema: str) -> bytes:
    quoted = sql.Identifier(schema).as_string(None)
    return re.sub(r"{\w+}", lambda _: quoted, statement).encode()


def _places(values: Sequence[Any]) -> sql.Composable:
    if len(values) > MOST_VALUES:
        raise Refusal(
            f"more than {MOST_VALUES:,} orders with rejected rows are too many to compare"
        )
    return sql.SQL(", ").join([sql.Placeholder()] * len(values))


def _tables(schema: pa.Schema, rows: Iterator[tuple[Any, ...]]) -> Iterator[pa.Table]:
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        columns = zip(*some, strict=True)
        yield pa.table(
            [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)],
            schema=schema,
        )


def _type_of(field: pa.Field, tables: Sequence[pa.Table]) -> str:
    """The type of a temporary table's column, with room for its texts."""
    if not pa.types.is_string(field.type):
        return "bigint"
    lengths = [pc.max(pc.binary_length(table.column(field.name))).as_py() or 0 for table in tables]
    return f"varchar({max(1, *lengths)})" if lengths else "varchar(1)"


def _in_order(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns as in the schema, those that a file lacks without values."""
    return pa.table(
        [
            table.column(field.name).combine_chunks()
            if field.name in table.column_names
            else pa.nulls(table.num_rows, field.type)
            for field in schema
        ],
        schema=schema,
    )
