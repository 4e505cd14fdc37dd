"""A warehouse is of one home and one project, and its owner does no daily work."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from warehouse import bringup, database, ownership
from warehouse.errors import WarehouseError
from warehouse.settings import Settings

PROGRAM = str(Path(sys.executable).with_name("warehouse"))


@pytest.fixture
def other_project(embedded: Settings, tmp_path: Path) -> Settings:
    """The same home, named by another checkout."""
    shutil.copy(embedded.project_dir / "dbt_project.yml", tmp_path)
    return replace(embedded, project_dir=tmp_path)


@pytest.fixture
def given_back(embedded: Settings) -> Iterator[None]:
    """Brings the session's warehouse up again when a test has taken it away."""
    yield
    bringup.bring_up(embedded, print)


def write_owner(settings: Settings, home: str, project_dir: str) -> None:
    with database.connect(settings, "loader") as connection:
        connection.execute(
            "update ops.warehouse set home = %s, project_dir = %s", [home, project_dir]
        )


def test_another_project_is_told_whose_it_is(embedded: Settings, other_project: Settings) -> None:
    for attempt in (ownership.require_own, ownership.require_free):
        with pytest.raises(WarehouseError) as caught:
            attempt(other_project)
        told = str(caught.value)
        assert f"is that of project {embedded.project_dir} with home {embedded.home}" in told
        assert "WAREHOUSE_HOME" in told and "WAREHOUSE_PORT" in told
    with pytest.raises(WarehouseError, match="is that of project"):
        bringup.bring_up(other_project, print)
    ownership.require_own(embedded)


@pytest.mark.usefixtures("given_back")
@pytest.mark.parametrize("what", ["home", "project"])
def test_what_was_moved_is_taken_over_by_up_alone(
    embedded: Settings, tmp_path: Path, what: str
) -> None:
    before = str(tmp_path / "before")
    home = before if what == "home" else str(embedded.home)
    write_owner(embedded, home, before if what == "project" else str(embedded.project_dir))
    with pytest.raises(WarehouseError, match="`warehouse up` takes it over"):
        bringup.ensure_ready(embedded, print)
    bringup.bring_up(embedded, print)
    bringup.ensure_ready(embedded, print)


@pytest.mark.usefixtures("given_back")
def test_a_warehouse_that_the_owner_built_is_carried_over(embedded: Settings) -> None:
    with database.connect(embedded) as owner:
        owner.execute(
            "drop table ops.warehouse; alter table ops.load_files owner to warehouse; "
            "create table marts.old as select 1 as one; "
            "create view marts.older as select * from marts.old; "
            "alter schema staging owner to warehouse"
        )
    with pytest.raises(WarehouseError, match="an earlier version"):
        bringup.ensure_ready(embedded, print)
    bringup.bring_up(embedded, print)
    with database.connect(embedded) as owner:
        owners = owner.execute(
            "select relname, relowner::regrole::text from pg_class "
            "where relname in ('old', 'older', 'load_files') "
            "union all select nspname, nspowner::regrole::text from pg_namespace "
            "where nspname = 'staging' order by 1"
        ).fetchall()
    assert owners == [
        ("load_files", "loader"), ("old", "transformer"), ("older", "transformer"),
        ("staging", "transformer"),
    ]  # fmt: skip
    with database.connect(embedded, "transformer") as connection:
        connection.execute("drop table marts.old cascade")


def test_the_owner_does_no_daily_work(embedded: Settings, tmp_path: Path) -> None:
    """With the superuser shut out everything goes on: loads, erasing, a look around."""
    file = tmp_path / "leeds_01-01-2020_09-00-00.csv"
    file.write_text('01/01/2020 09:15,Leeds,Winifred Quill,"Regular Latte - 2.15",2.15,CASH,\n')

    def run(*arguments: str) -> str:
        environment = {
            **os.environ,
            "WAREHOUSE_HOME": str(embedded.home),
            "WAREHOUSE_PORT": str(embedded.port),
        }
        command = [PROGRAM, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    with database.connect(embedded) as owner:
        owner.autocommit = True
        owner.execute("alter role warehouse nologin")
        try:
            with pytest.raises(WarehouseError, match="not permitted to log in"):
                database.connect(embedded)
            assert "loaded" in run("load", "cafe", str(file))
            assert "last load" in run("status")
            assert run("psql", "-Atc", "select current_user") == "reporter\n"
            assert "Nothing was changed" in run("purge", "--dry-run")
            assert "no model yet" in run("models") or "version" in run("models")
            number = owner.execute("select max(load_id) from ops.load_files").fetchone()
            assert number is not None
            assert "is out" in run("unload", str(number[0]))
        finally:
            owner.execute("alter role warehouse login")
