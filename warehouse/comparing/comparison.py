"""Compares two warehouses, table by table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.session import Session
from ingest.loader_errors import UsageError
from ingest.sessions import connect
from warehouse.comparing.columns import (
    LEFT_OUT_TABLES,
    Column,
    Columns,
    Selection,
    compared_columns,
    kind_of,
)
from warehouse.comparing.definitions import SCHEMAS, Definition
from warehouse.comparing.rows import Rows
from warehouse.comparing.warehouse_addresses import Place
from warehouse.errors import TryAgainLater

# How many rows a bucket should have, and how many are fetched at once, on each side.
_BUCKET_ROWS = 20_000
_FETCHED_ROWS = 50_000
_MOST_DIGITS = 6

Name = tuple[str, str]
Buckets = dict[str, tuple[int, Decimal]]


@dataclass
class Table:
    """What was found of one table: how many rows each side has, on which side it is missing, what
    differs in its columns, and in its rows."""

    name: str
    counts: tuple[int, int] = (0, 0)
    missing_in: str = ""
    columns: list[str] = field(default_factory=list)
    rows: Rows | None = None

    @property
    def differs(self) -> bool:
        """Whether anything differs."""
        rows = self.rows
        return bool(
            self.missing_in
            or self.columns
            or (rows and (rows.changed or any(found.count for found in rows.only.values())))
        )


@dataclass
class Comparison:
    """The tables of both warehouses, and those of the project that neither shows."""

    tables: list[Table]
    absent: list[str]

    @property
    def differs(self) -> bool:
        """Whether anything differs."""
        return any(table.differs for table in self.tables)


class Side:
    """One of the two, with a session."""

    def __init__(self, place: Place, session: Session) -> None:
        self.place = place
        self.engine = engine_of(session)
        self._session = session
        self.engine.see_one_state(session)
        self.live = self._live_columns()

    def select(self, name: Name, columns: Sequence[Column]) -> Selection:
        """The statements that read a table here."""
        return Selection(self.engine, self.place.prefix, *name, columns)

    def rows(self, query: sql.Composable) -> list[Any]:
        """All rows of a query."""
        assert isinstance(query, sql.Composed)
        return self._session.execute(query).fetchall()

    def buckets(self, selection: Selection, digits: int) -> Buckets:
        """Rows and hashes by bucket."""
        found = self.rows(selection.buckets(digits))
        return {str(bucket): (int(count), Decimal(total)) for bucket, count, total in found}

    def end(self) -> None:
        """End the transaction, so that nobody waits for it."""
        self._session.commit()

    def published(self) -> Any:
        """When that was published what readers see; None if nobody says."""
        if "published_at" not in self.live.get(("marts", "data_version"), {}):
            return None
        query = sql.SQL("select max(published_at) from {}").format(
            sql.Identifier(f"{self.place.prefix}marts", "data_version")
        )
        (moment,) = self.rows(query)[0]
        self.end()
        return moment

    def _live_columns(self) -> dict[Name, dict[str, str]]:
        among, values = self.engine.among([self.place.prefix + schema for schema in SCHEMAS])
        found: dict[Name, dict[str, str]] = {}
        query = sql.SQL(
            "select cast(table_schema as varchar(128)), cast(table_name as varchar(128)),"
            " cast(column_name as varchar(128)), cast(data_type as varchar(128))"
            " from information_schema.columns where table_schema {}"
            " order by table_schema, table_name, ordinal_position"
        ).format(among)
        for schema, table, column, data_type in self._session.execute(query, values):
            name = (schema.removeprefix(self.place.prefix), table)
            found.setdefault(name, {})[column] = data_type
        self.end()
        return found


def compare(
    first: Place, second: Place, definitions: Mapping[Name, Definition], only: Iterable[str] = ()
) -> Comparison:
    """Compare the tables of both that `only` names (schemas, or schema.table); all if it is empty.

    Raises UsageError if there is nothing to compare, LoaderError and psycopg.Error if a database
    cannot be read, TryAgainLater if one was published meanwhile.
    """
    with (
        closing(connect(first.address)) as left,
        closing(connect(second.address)) as right,
    ):
        sides = Side(first, left), Side(second, right)
        wanted = _chosen([*sides[0].live, *sides[1].live], set(only))
        if not wanted:
            raise UsageError(
                "there is nothing to compare: neither side has such a table in core, marts or "
                "restricted that this user may read"
            )
        moments = [side.published() for side in sides]
        tables = []
        for name in wanted:
            tables.append(_compare_table(sides, name, definitions))
            for side in sides:
                side.end()
        for side, moment in zip(sides, moments, strict=True):
            if side.published() != moment:
                raise TryAgainLater(
                    f"{side.place.name} was published meanwhile, so two builds were mixed. "
                    "Compare again."
                )
    absent = [".".join(name) for name in _chosen(definitions, set(only)) if name not in wanted]
    return Comparison(tables, absent)


def _chosen(names: Iterable[Name], only: set[str]) -> list[Name]:
    return sorted(
        name
        for name in set(names) - LEFT_OUT_TABLES
        if not only or name[0] in only or ".".join(name) in only
    )


def _compare_table(
    sides: tuple[Side, Side], name: Name, definitions: Mapping[Name, Definition]
) -> Table:
    table = Table(".".join(name))
    for side in sides:
        if name not in side.live:
            table.missing_in = side.place.name
            return table
    live = _common(sides, name, table)
    # Dimensions as both sides have them, so that both join them alike.
    known = {
        to: (definition, _common(sides, (schema, to)))
        for (schema, to), definition in definitions.items()
        if to.startswith("dim_") and all((schema, to) in side.live for side in sides)
    }
    definition = definitions.get(name) or Definition(*name)
    columns = compared_columns(definition, live, known)
    if not columns:
        return table
    selections = [side.select(name, columns) for side in sides]
    pairs = list(zip(sides, selections, strict=True))
    first, second = (int(side.rows(chosen.count())[0][0]) for side, chosen in pairs)
    table.counts = first, second
    digits = _digits(max(first, second))
    buckets = [side.buckets(chosen, digits) for side, chosen in pairs]
    table.rows = Rows(columns, (sides[0].place.name, sides[1].place.name))
    for some in _differing(*buckets):
        table.rows.compare(*(side.rows(chosen.rows(digits, some)) for side, chosen in pairs))
    return table


def _common(sides: tuple[Side, Side], name: Name, table: Table | None = None) -> Columns:
    """The columns that both sides have, with their types; what differs is told of in `table`."""
    told = [] if table is None else table.columns
    left, right = (side.live[name] for side in sides)
    for columns, other, side in ((left, right, sides[1]), (right, left, sides[0])):
        told += [f"column {c} is missing in {side.place.name}" for c in columns if c not in other]
    found = {}
    for column, data_type in left.items():
        if column not in right:
            continue
        if kind_of(data_type) == kind_of(right[column]):
            found[column] = data_type
        else:
            told.append(f"column {column} is {data_type} | {right[column]}")
    return found


def _digits(rows: int) -> int:
    """How many hexadecimal digits make buckets of the right size."""
    return next(d for d in range(_MOST_DIGITS + 1) if rows <= _BUCKET_ROWS * 16**d or d == 6)


def _differing(first: Buckets, second: Buckets) -> Iterator[list[str]]:
    """The buckets that differ, as many at a time as may be fetched at once."""
    some: list[str] = []
    size = 0
    for bucket in sorted({*first, *second}):
        if first.get(bucket) == second.get(bucket):
            continue
        rows = max(side.get(bucket, (0, 0))[0] for side in (first, second))
        if some and size + rows > _FETCHED_ROWS:
            yield some
            some, size = [], 0
        some.append(bucket)
        size += rows
    if some:
        yield some
