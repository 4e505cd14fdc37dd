"""Backups of a server of one's own, whose administrator is no superuser."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.conftest import temporary_settings
from tests.ingest.conftest import ticket
from warehouse.server import database, layout
from warehouse.settings import Settings

pytestmark = pytest.mark.slow

WAREHOUSE = str(Path(sys.executable).with_name("warehouse"))
KEY = "ab" * 32
TICKETS = "select count(*)::int from raw_cafe.transactions"


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """A server with three databases that belong to its administrator."""
    with temporary_settings() as settings:
        database.ensure_running(settings)
        with psycopg.connect(database.conninfo(settings), autocommit=True) as connection:
            connection.execute("create role admin login createrole password 'secret'")
            connection.execute("create database shop owner admin")
            connection.execute("create database copy owner admin")
            connection.execute("create database keyless owner admin")
            # The embedded server lets nobody but its owner into other databases.
            with (layout.data_dir(settings) / "pg_hba.conf").open("a") as access:
                access.write("host shop,copy,keyless all 127.0.0.1/32 scram-sha-256\n")
            connection.execute("select pg_reload_conf()")
        yield settings


class Server:
    """The command on a database of the server, with a home of its own for each database."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self.folder = folder

    def run(
        self, name: str, *arguments: str, code: int = 0, user: str = "admin", **more: str
    ) -> str:
        environment = os.environ | {
            "WAREHOUSE_TARGET": "postgres",
            "WAREHOUSE_HOME": str(self.folder / name),
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self._settings.port),
            "PGDATABASE": name,
            "PGUSER": user,
            "PGPASSWORD": "secret",
        }
        done = subprocess.run(
            [WAREHOUSE, *arguments],
            env=environment | more,
            capture_output=True,
            text=True,
            check=False,
        )
        told = " ".join((done.stdout + done.stderr).split())
        assert "Traceback" not in told
        assert done.returncode == code, told
        return told

    def query(self, name: str, query: str) -> list[tuple]:
        conninfo = make_conninfo(database.conninfo(self._settings), dbname=name)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def sell(self, name: str, day: str) -> str:
        file = self.folder / f"leeds_{day}-01-2020_09-00-00.csv"
        file.write_text(ticket(date_time=f"{day}/01/2020 09:15") + "\n")
        return self.run(name, "load", "cafe", str(file))


@pytest.fixture(scope="module")
def server(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Server:
    server = Server(settings, tmp_path_factory.mktemp("server"))
    server.run("shop", "up")
    server.sell("shop", "01")
    return server


@pytest.fixture(scope="module")
def file(server: Server) -> Path:
    path = server.folder / "shop.zip"
    assert "personal data" in server.run("shop", "backup", str(path))
    return path


def test_a_backup_is_restored_in_another_database(server: Server, file: Path) -> None:
    told = server.run("copy", "restore", str(file))
    assert "Restored the backup" in told
    assert server.query("copy", TICKETS) == [(1,)]
    owners = "select distinct tableowner::text from pg_tables where schemaname ~ '^(raw_.*|ops)$'"
    assert server.query("copy", owners) == [("loader",)]
    keys = [(server.folder / name / "secrets" / "token_key").read_text() for name in
            ("shop", "copy")]  # fmt: skip
    assert keys[0] == keys[1]
    # The function that publishing needs is there, too.
    assert server.query("copy", "select count(*)::int from pg_proc where proname = 'lock_all'") == [
        (1,)
    ]
    assert "known" in server.sell("copy", "01")
    assert "loaded" in server.sell("copy", "02")
    server.query("copy", "alter role loader password 'secret'")
    file = server.folder / "leeds_03-01-2020_09-00-00.csv"
    file.write_text(ticket(date_time="03/01/2020 09:15") + "\n")
    assert "loaded" in server.run("copy", "load", "cafe", str(file), user="loader")
    assert server.query("copy", TICKETS) == [(3,)]


def test_what_others_have_in_the_database_stays(server: Server, file: Path) -> None:
    server.query("copy", "create schema accounts authorization admin")
    server.query("copy", "create table accounts.book as select 1 as entry")
    server.query("copy", "create view accounts.tickets as select * from raw_cafe.transactions")
    assert "pass --replace" in server.run("copy", "restore", str(file), code=1)
    told = server.run("copy", "restore", str(file), "--replace", "--yes", code=1)
    assert "accounts.tickets in other schemas read what would be replaced" in told
    told = server.run("copy", "backup", str(server.folder / "copy.zip"))
    assert "Not in the backup" in told and "'accounts'" in told
    server.query("copy", "drop view accounts.tickets")
    server.run("copy", "restore", str(file), "--replace", "--yes")
    assert server.query("copy", TICKETS) == [(1,)]
    assert server.query("copy", "select entry from accounts.book") == [(1,)]


def test_who_has_rights_must_be_there(server: Server, file: Path, tmp_path: Path) -> None:
    server.query("shop", 'create role "Ann B"')
    server.query("shop", 'grant select on raw_cafe.transactions to "Ann B"')
    path = tmp_path / "with_ann.zip"
    server.run("shop", "backup", str(path))
    server.query("shop", 'revoke all on raw_cafe.transactions from "Ann B"')
    server.query("shop", 'drop role "Ann B"')
    told = server.run("copy", "restore", str(path), "--replace", "--yes", code=1)
    assert 'create role "Ann B"' in told and "nothing was changed" in told


def test_a_given_key_stays_outside(server: Server, tmp_path: Path) -> None:
    key = {"WAREHOUSE_TOKEN_KEY": KEY}
    server.run("keyless", "up", **key)
    file = tmp_path / "leeds_04-01-2020_09-00-00.csv"
    file.write_text(ticket(date_time="04/01/2020 09:15") + "\n")  # paid by card
    server.run("keyless", "load", "cafe", str(file), **key)
    path = tmp_path / "keyless.zip"
    told = server.run("keyless", "backup", str(path), code=1)
    assert "The token key of this warehouse is not here" in told
    told = server.run("keyless", "backup", str(path), code=1, WAREHOUSE_TOKEN_KEY="cd" * 32)
    assert "made with another key" in told and not path.exists()
    server.run("keyless", "backup", str(path), **key)
    with zipfile.ZipFile(path) as archive:
        assert "token_key" not in archive.namelist()
        assert KEY.encode() not in archive.read("manifest.json")
    told = server.run("copy", "restore", str(path), "--replace", "--yes", code=1)
    assert "Set that first" in told
    server.run("copy", "restore", str(path), "--replace", "--yes", **key)


def test_who_may_not_read_everything_backs_up_nothing(server: Server, tmp_path: Path) -> None:
    server.query("shop", "create role nobody login password 'secret'")
    server.query("shop", "grant connect on database shop to nobody")
    path = tmp_path / "nobody.zip"
    told = server.run("shop", "backup", str(path), code=1, user="nobody")
    assert "insufficient privilege" in told or "may not" in told
    assert not path.exists()
