"""A server of one's own, whose administrator may make roles and is no superuser."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.conftest import temporary_settings
from tests.ingest.conftest import ticket
from warehouse.server import database, layout
from warehouse.server.roles import ROLE_NAMES
from warehouse.settings import Settings

WAREHOUSE = str(Path(sys.executable).with_name("warehouse"))


@pytest.fixture
def settings() -> Iterator[Settings]:
    """A new server with a database that belongs to its administrator."""
    with temporary_settings() as settings:
        database.ensure_running(settings)
        with psycopg.connect(database.conninfo(settings), autocommit=True) as connection:
            connection.execute("create role admin login createrole password 'secret'")
            connection.execute("create database shop owner admin")
            # The embedded server lets nobody but its owner into other databases.
            with (layout.data_dir(settings) / "pg_hba.conf").open("a") as access:
                access.write("host shop all 127.0.0.1/32 scram-sha-256\n")
            connection.execute("select pg_reload_conf()")
        yield settings


def run(settings: Settings, user: str, folder: Path, *arguments: str) -> str:
    environment = os.environ | {
        "WAREHOUSE_TARGET": "postgres",
        "WAREHOUSE_HOME": str(folder / "home"),
        "WAREHOUSE_TOKEN_KEY": "ab" * 32,
        "PGHOST": "127.0.0.1",
        "PGPORT": str(settings.port),
        "PGDATABASE": "shop",
        "PGUSER": user,
        "PGPASSWORD": "secret",
    }
    done = subprocess.run(
        [WAREHOUSE, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr.strip() == ""
    return done.stdout


def test_administrator_and_loader_share_the_work(settings: Settings, tmp_path: Path) -> None:
    run(settings, "admin", tmp_path, "up")
    run(settings, "admin", tmp_path, "up")
    assert all(name in run(settings, "admin", tmp_path, "roles") for name in ROLE_NAMES)
    shop = make_conninfo(database.conninfo(settings), dbname="shop")
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute("alter role loader password 'secret'")
    # The second file of a table makes its indexes, which only the table's owner may.
    for day in ("01", "02"):
        file = tmp_path / f"leeds_{day}-01-2020_09-00-00.csv"
        file.write_text(ticket(date_time=f"{day}/01/2020 09:15") + "\n")
        assert "loaded" in run(settings, "loader", tmp_path, "load", "cafe", str(file))
    assert "1 row of" in run(settings, "admin", tmp_path, "unload", "1")
    run(settings, "loader", tmp_path, "purge")
    with psycopg.connect(shop) as connection:
        owners = connection.execute(
            "select distinct tableowner from pg_tables where schemaname ~ '^(raw_.*|ops)$'"
        ).fetchall()
        rows = connection.execute("select count(*) from raw_cafe.transactions").fetchall()
    assert (owners, rows) == ([("loader",)], [(1,)])
