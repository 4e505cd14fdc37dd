"""Fixtures that all tests share."""

import os
import random
import re
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from xdist.scheduler import LoadFileScheduling

import ml.model_tables
from ingest.tables import definition_files, raw_schemas
from warehouse.server import bringup, database, layout
from warehouse.server.embedded import stop
from warehouse.server.view_lock import make_lock
from warehouse.settings import Settings

PROJECT_DIR = Path(__file__).resolve().parents[1]


# Each takes a minute to make: the files that use one go to the same worker.
SHARED_FIXTURES = ("real_warehouse", "built", "site")


class ByFixture(LoadFileScheduling):
    """Gives files to workers, those that share a costly fixture to one. (loadgroup does not see
    the marks under pytest 9.2.)
    """

    def _split_scope(self, nodeid: str) -> str:
        return _group_of(super()._split_scope(nodeid))


@cache
def _group_of(file: str) -> str:
    parameters = re.findall(r"\b(\w+): ", (PROJECT_DIR / file).read_text(encoding="utf-8"))
    return next((name for name in SHARED_FIXTURES if name in parameters), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFixture:
    """The scheduler of a run with workers."""
    return ByFixture(config, log)


def free_port() -> int:
    """A TCP port that nobody listens on, outside the range that outgoing connections take."""
    for port in random.sample(range(20000, 32000), 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that other users may pass through, as the server's user must when root tests."""
    folder = Path(tempfile.mkdtemp(prefix="warehouse-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def temporary_settings() -> Iterator[Settings]:
    """Settings with a home and a port of their own; the server is stopped at the end."""
    with temporary_folder() as folder:
        settings = replace(
            Settings.from_environment({"WAREHOUSE_HOME": str(folder / "home")}), port=free_port()
        )
        try:
            yield settings
        finally:
            stop(settings)


@pytest.fixture(scope="session", autouse=True)
def _own_environment() -> Iterator[None]:
    """Keeps the tests away from the user's warehouse and password file."""
    with pytest.MonkeyPatch.context() as patch, temporary_folder() as folder:
        for name in [name for name in os.environ if name.startswith(("WAREHOUSE_", "PG"))]:
            if name != "WAREHOUSE_REAL_DATA":
                patch.delenv(name)
        patch.setenv("PGPASSFILE", str(folder / "pgpass"))
        patch.setenv("WAREHOUSE_HOME", str(folder / "not-to-be-used"))
        patch.setenv("WAREHOUSE_PORT", str(free_port()))
        yield


@pytest.fixture(scope="session")
def project_dir() -> Path:
    """The checkout."""
    return PROJECT_DIR


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real files; tests that need it are skipped where it is not there."""
    folder = Path(os.environ.get("WAREHOUSE_REAL_DATA", PROJECT_DIR.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the real files are not here; set WAREHOUSE_REAL_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def embedded() -> Iterator[Settings]:
    """A running embedded server with raw tables and roles, one for the whole session."""
    with temporary_settings() as settings:
        warnings: list[str] = []
        bringup.bring_up(settings, warnings.append)
        assert warnings == []
        _open_all_databases(settings)
        yield settings


def _open_all_databases(settings: Settings) -> None:
    """Tests make databases beside the warehouse, which only the owner may enter otherwise."""
    with (layout.data_dir(settings) / "pg_hba.conf").open("a") as access:
        access.write("host all all 127.0.0.1/32 scram-sha-256\n")
    with database.connect(settings) as connection:
        connection.execute("select pg_reload_conf()")


@pytest.fixture(scope="session")
def server(embedded: Settings) -> str:
    """Connection string of the session's embedded server."""
    return database.conninfo(embedded)


@pytest.fixture(scope="session")
def dbt_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder for dbt's artifacts; one for the session, so that the project is parsed once."""
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture
def new_database(embedded: Settings) -> Iterator[Callable[[], str]]:
    """Makes databases on the session's server, each with the ledger and empty raw tables.

    Each call returns the connection string of a new one; all are dropped after the test.
    """
    owner = database.conninfo(embedded)
    with ExitStack() as stack:

        def create() -> str:
            name = f"test_{uuid4().hex[:12]}"
            conninfo = make_conninfo(owner, dbname=name)
            with psycopg.connect(owner, autocommit=True) as connection:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
            stack.callback(_drop, owner, name)
            with psycopg.connect(conninfo) as connection:
                raw_schemas.ensure(connection, definition_files.read_definitions(PROJECT_DIR), "")
                ml.model_tables.ensure(connection)
                make_lock(connection, "")
            return conninfo

        yield create


@pytest.fixture
def empty_database(new_database: Callable[[], str]) -> str:
    """Connection string of a database of the test's own, with the ledger and empty raw tables."""
    return new_database()


def _drop(owner: str, name: str) -> None:
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
