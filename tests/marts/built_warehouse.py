"""A database of raw tables, and dbt to build the models in it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import ml.model_tables
from ingest.loads import loader
from ingest.loads.load_options import Options
from ingest.tables import definition_files, raw_schemas
from warehouse.server.view_lock import make_lock

TOKEN_KEY = "5f" * 32
# What each database is called while dbt runs in it: for a new name dbt reads the project anew.
NAME_FOR_DBT = "built_by_dbt"
# Seeds, snapshots and models, as `dbt build` does, without the tests.
WITHOUT_TESTS = ("build", "--exclude-resource-types", "test", "unit_test")


@dataclass(frozen=True)
class BuiltWarehouse:
    """One database: load files into it, build models in it, read from it."""

    conninfo: str
    project_dir: Path
    folder: Path
    server: str

    def load(self, source: str, *paths: Path, **options: Any) -> None:
        """Loads files or folders of a source. Fails the test when one is refused."""
        report = loader.load(
            self.conninfo,
            self.project_dir,
            source,
            paths,
            Options(token_key=TOKEN_KEY, **options),
        )
        refused = [f"{r.file}: {r.message}" for r in report.files if r.status == "refused"]
        assert refused == []

    def unload(self, load_id: int) -> None:
        """Takes one load out of the raw tables."""
        loader.unload(self.conninfo, load_id)

    def dbt(self, *arguments: str) -> None:
        """Runs dbt in this database. Fails the test, with the end of the output, when dbt does."""
        own_name = str(conninfo_to_dict(self.conninfo)["dbname"])
        with _called(self.server, own_name) as name:
            process = self._start(name, *arguments)
            told, _ = process.communicate()
        assert process.returncode == 0, told[-8000:]

    def start_dbt(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts dbt in this database and does not wait for it."""
        return self._start(str(conninfo_to_dict(self.conninfo)["dbname"]), *arguments)

    def compiled(self, kind: str, name: str) -> str:
        """What dbt last made of an analysis or a test (`kind`: analyses, tests), to be run here."""
        path = self.folder / "target" / "compiled" / "retail" / kind / f"{name}.sql"
        return path.read_text().replace(f'"{NAME_FOR_DBT}".', "")

    def _start(self, database: str, *arguments: str) -> subprocess.Popen[str]:
        given = conninfo_to_dict(self.conninfo)
        environment = os.environ | {
            "PGHOST": str(given["host"]),
            "PGPORT": str(given["port"]),
            "PGUSER": str(given["user"]),
            "PGPASSWORD": str(given["password"]),
            "PGDATABASE": database,
            # Tests read what they built, whole or not.
            "WAREHOUSE_PUBLISH": os.environ.get("WAREHOUSE_PUBLISH", "always"),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_PROFILES_DIR": str(self.project_dir),
        }
        return subprocess.Popen(
            [Path(sys.executable).with_name("dbt"), "--quiet", *arguments, "--target", "postgres"],
            cwd=self.project_dir,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def frame(self, query: str) -> pd.DataFrame:
        """The rows of a query; numeric columns hold Decimal, dates datetime.date."""
        with psycopg.connect(self.conninfo) as connection:
            cursor = connection.execute(query.encode())
            names = [column.name for column in cursor.description or ()]
            return pd.DataFrame(cursor.fetchall(), columns=names, dtype=object)

    def value(self, query: str) -> Any:
        """The one value of a query's one row."""
        return self.frame(query).iloc[0, 0]

    def execute(self, statement: str) -> None:
        """Runs a statement."""
        with psycopg.connect(self.conninfo) as connection:
            connection.execute(statement.encode())

    def relation(self, name: str) -> str:
        """The table or view of a mart or an aggregate, with its schema."""
        schema = self.value(
            "select table_schema from information_schema.tables"
            f" where table_name = '{name}' and table_schema in ('marts', 'aggregates')"
        )
        return f"{schema}.{name}"

    def impersonal(self) -> list[str]:
        """Tables and views of all schemas but raw ones and those of restricted models."""
        found = self.frame(
            "select format('%I.%I', table_schema, table_name) from information_schema.tables"
            " where table_schema not like 'raw%' and table_schema not in"
            " ('pg_catalog', 'information_schema', 'restricted', 'build_restricted')"
            " and not (table_schema = 'published' and split_part(table_name, '__', 1) in"
            " (select viewname from pg_views where schemaname = 'restricted'))"
        )
        return list(found.iloc[:, 0])

    def checksum(self, relation: str) -> tuple[int, int]:
        """Number of rows of a table and a hash of them that does not depend on their order."""
        row = self.frame(
            f"select count(*), coalesce(sum(hashtextextended(rows::text, 0)), 0)"
            f" from {relation} as rows"
        ).iloc[0]
        return int(row.iloc[0]), int(row.iloc[1])


@contextmanager
def database_on(
    server: str, project_dir: Path, folder: Path, copy_of: str = ""
) -> Iterator[BuiltWarehouse]:
    """A new database on the server that `server` connects to: empty raw tables, or a copy.

    It is dropped at the end. Nobody may be connected to the database that is copied.
    """
    name = f"test_{uuid4().hex[:12]}"
    template = conninfo_to_dict(copy_of)["dbname"] if copy_of else "template1"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(name), sql.Identifier(str(template))
            )
        )
    warehouse = BuiltWarehouse(make_conninfo(server, dbname=name), project_dir, folder, server)
    try:
        if not copy_of:
            with psycopg.connect(warehouse.conninfo) as connection:
                raw_schemas.ensure(connection, definition_files.read_definitions(project_dir), "")
                ml.model_tables.ensure(connection)
                make_lock(connection, "")
        yield warehouse
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


@contextmanager
def _called(server: str, own_name: str) -> Iterator[str]:
    """NAME_FOR_DBT for as long as the block runs; its own name where somebody is connected."""
    try:
        _rename(server, own_name, NAME_FOR_DBT)
    except psycopg.errors.ObjectInUse:
        yield own_name
        return
    try:
        yield NAME_FOR_DBT
    finally:
        _rename(server, NAME_FOR_DBT, own_name)


def _rename(server: str, old: str, new: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("alter database {} rename to {}").format(
                sql.Identifier(old), sql.Identifier(new)
            )
        )
