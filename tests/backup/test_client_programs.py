"""Which pg_dump is used: one that can read the server, of the server's version if there is one."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from warehouse.errors import WarehouseError
from warehouse.server import client_programs, layout
from warehouse.server.client_programs import client_environment, client_program
from warehouse.settings import Settings

Install = Callable[[str], Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a pg_dump of a version on the path, alone."""

    def install(version: str) -> Path:
        program = tmp_path / "pg_dump"
        program.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}'\n")
        program.chmod(0o755)
        return program

    monkeypatch.setenv("PATH", str(tmp_path))
    return install


@pytest.fixture
def without_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise WarehouseError("not installed")

    monkeypatch.setattr(layout, "packaged_programs", missing)


@pytest.fixture
def own_server(tmp_path: Path) -> Settings:
    return Settings.from_environment(
        {"WAREHOUSE_HOME": str(tmp_path / "home"), "WAREHOUSE_TARGET": "postgres"}
    )


def test_the_embedded_server_has_its_own(install: Install) -> None:
    install("99.1")
    program = client_program(Settings.from_environment({}), "pg_dump", 18)
    assert program == layout.program("pg_dump")


def test_the_version_of_the_server_comes_first(install: Install, own_server: Settings) -> None:
    on_path = install("16.4 (Debian 16.4-1.pgdg120+1)")
    assert client_program(own_server, "pg_dump", 16) == on_path
    # The packaged one is 18.
    assert client_program(own_server, "pg_dump", 17) == layout.program("pg_dump")
    assert client_program(own_server, "pg_dump", 18) == layout.program("pg_dump")
    install("14.2")
    with pytest.raises(WarehouseError, match=r"of PostgreSQL 18, but the server is .* 16"):
        client_program(own_server, "pg_dump", 16)
    on_path = install("19beta1")
    assert client_program(own_server, "pg_dump", 19) == on_path


@pytest.mark.usefixtures("without_package")
def test_missing_or_older_programs_are_told(install: Install, own_server: Settings) -> None:
    with pytest.raises(WarehouseError) as error:
        client_program(own_server, "pg_dump", 17)
    assert str(error.value) == (
        "There is no pg_dump, and the server is PostgreSQL 17. Install its client programs, such "
        "as the package postgresql-client-17, and put them on the PATH."
    )
    install("15.3")
    with pytest.raises(WarehouseError, match=r"of PostgreSQL 15, but the server is .*17"):
        client_program(own_server, "pg_dump", 17)
    on_path = install("18.0")
    assert client_program(own_server, "pg_dump", 17) == on_path


def test_the_users_settings_do_not_lead_to_another_server(
    monkeypatch: pytest.MonkeyPatch, own_server: Settings
) -> None:
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    monkeypatch.setenv("PGHOST", "db.example.org")
    monkeypatch.setenv("PGPASSWORD", "secret")
    monkeypatch.setenv("PGUSER", "admin")
    given = client_environment(own_server, "eraser")
    assert (given["PGHOST"], given["PGHOSTADDR"]) == ("db.example.org", "192.0.2.1")
    assert (given["PGUSER"], given["PGPASSWORD"]) == ("admin", "secret")
    embedded = Settings.from_environment({"WAREHOUSE_HOME": str(own_server.home)})
    embedded.secrets_dir.mkdir(parents=True)
    (embedded.secrets_dir / "eraser.password").write_text("generated\n")
    given = client_environment(embedded, "eraser")
    assert "PGHOSTADDR" not in given
    assert (given["PGHOST"], given["PGUSER"], given["PGPASSWORD"]) == (
        "127.0.0.1", "eraser", "generated",
    )  # fmt: skip


def test_a_program_that_cannot_say_its_version_is_none(install: Install) -> None:
    program = install("x")
    assert client_programs._major_version(program) == 0
    assert subprocess.run([program], check=False).returncode == 0 and os.access(program, os.X_OK)
