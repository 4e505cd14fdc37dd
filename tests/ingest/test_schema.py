"""Raw tables follow their definitions, and differences are refused with the statement to run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from ingest.loader_errors import SchemaMismatch
from ingest.loads.load_options import Options
from ingest.loads.loader import load, unload
from ingest.tables import raw_schemas
from ingest.tables.column_types import parse_type
from ingest.tables.definition_files import read_definitions
from ingest.tables.table_definitions import Column, Source


@pytest.fixture
def cafe(project_dir: Path) -> Source:
    return read_definitions(project_dir)["cafe"]


def with_columns(source: Source, *columns: Column) -> dict[str, Source]:
    table = source.tables["transactions"]
    table = replace(table, columns=(*table.columns, *columns))
    return {source.name: replace(source, tables={"transactions": table})}


def columns_of(connection: psycopg.Connection, name: str) -> list[str]:
    query = "select column_name from information_schema.columns where table_name = %s order by 1"
    return [row[0] for row in connection.execute(query, [name])]


def test_a_second_call_changes_nothing(empty_database: str, project_dir: Path) -> None:
    query = "select count(*), max(oid), max(xmin::text::bigint) from pg_class"
    with psycopg.connect(empty_database, autocommit=True) as connection:
        before = connection.execute(query).fetchall()
        raw_schemas.ensure(connection, read_definitions(project_dir))
        assert connection.execute(query).fetchall() == before


def test_a_new_nullable_column_is_added(empty_database: str, cafe: Source) -> None:
    added = Column("till", parse_type("varchar(16)"))
    with psycopg.connect(empty_database) as connection:
        raw_schemas.ensure(connection, with_columns(cafe, added))
        assert "till" in columns_of(connection, "transactions")


@pytest.mark.parametrize(
    ("change", "statement"),
    [
        ("drop column products", "add column products varchar(65535) not null;"),
        ("add column colour integer", "drop column colour;"),
        ("alter column card_number type text", "alter column card_number type varchar(64);"),
        ("alter column total_price drop not null", "alter column total_price set not null;"),
    ],
)
def test_any_other_difference_is_refused_with_the_statement(
    empty_database: str, cafe: Source, change: str, statement: str
) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(f"alter table raw_cafe.transactions {change}".encode())
        with pytest.raises(SchemaMismatch) as caught:
            raw_schemas.ensure(connection, {"cafe": cafe})
        assert f"run: alter table raw_cafe.transactions {statement}" in str(caught.value)
        # The statement that the message names is the cure.
        connection.execute(str(caught.value).split("run: ")[1].encode())
        raw_schemas.ensure(connection, {"cafe": cafe})


def test_a_ledger_of_an_earlier_version_gets_what_it_lacks(
    empty_database: str, project_dir: Path
) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        before = columns_of(connection, "build_runs")
        connection.execute("alter table ops.build_runs drop column failure")
        connection.execute("drop table ops.build_steps")
        raw_schemas.ensure(connection, read_definitions(project_dir))
        assert columns_of(connection, "build_runs") == before
        assert "seconds" in columns_of(connection, "build_steps")


def test_two_prefixes_live_side_by_side(
    new_database: Callable[[], str], project_dir: Path, tmp_path: Path
) -> None:
    conninfo = new_database()
    path = tmp_path / "campaign_desc.csv"
    path.write_text("description,campaign,start_day,end_day\nTypeA,1,2,3\n", encoding="utf-8")
    for prefix in ("", "test_", "test_"):
        report = load(conninfo, project_dir, "grocery", [path], Options(prefix=prefix))
        assert report.exit_code == 0
    with psycopg.connect(conninfo) as connection:
        for name in ("raw_grocery.campaign_desc", "test_raw_grocery.campaign_desc"):
            count = connection.execute(f"select count(*) from {name}".encode()).fetchone()
            assert count == (1,)
        assert connection.execute("select count(*) from test_ops.load_files").fetchone() == (1,)
    unload(conninfo, 1, "test_")
    with psycopg.connect(conninfo) as connection:
        query = "select count(*) from test_raw_grocery.campaign_desc"
        assert connection.execute(query).fetchone() == (0,)
