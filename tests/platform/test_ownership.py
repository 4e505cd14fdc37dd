"""A warehouse is of one home and one project, and its owner does no daily work."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.platform.mini_project import write_mini_project
from warehouse.errors import WarehouseError
from warehouse.server import bringup, database, layout, ownership
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
    known = json.dumps({"home": home, "project_dir": project_dir})
    (settings.home / "project.json").write_text(known)


def test_another_project_is_told_whose_it_is(embedded: Settings, other_project: Settings) -> None:
    for attempt in (ownership.require_own, ownership.require_free):
        with pytest.raises(WarehouseError) as caught:
            attempt(other_project)
        told = str(caught.value)
        assert f"belongs to project {embedded.project_dir} with home {embedded.home}" in told
        assert "WAREHOUSE_HOME" in told and "WAREHOUSE_PORT" in told
    with pytest.raises(WarehouseError, match="belongs to project"):
        bringup.bring_up(other_project, print)
    ownership.require_own(embedded)


@pytest.mark.parametrize("command", [("url",), ("status",), ("down",), ("clean", "--yes")])
def test_commands_leave_another_projects_home_alone(
    embedded: Settings, other_project: Settings, command: tuple[str, ...]
) -> None:
    environment = {
        **os.environ,
        "WAREHOUSE_HOME": str(embedded.home),
        "WAREHOUSE_PORT": str(embedded.port),
        "WAREHOUSE_PROJECT_DIR": str(other_project.project_dir),
    }
    done = subprocess.run([PROGRAM, *command], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"belongs to project {embedded.project_dir} with home {embedded.home}" in done.stderr
    ownership.require_own(embedded)
    database.connect(embedded).close()


@pytest.mark.parametrize("is_own", [False, True])
@pytest.mark.parametrize("command", [("down",), ("clean", "--yes")])
def test_a_copied_home_is_left_alone_until_it_is_brought_up(
    embedded: Settings,
    other_project: Settings,
    tmp_path: Path,
    command: tuple[str, ...],
    is_own: bool,
) -> None:
    """It leads to the original: here by a link to its data, and by the same passwords."""
    copy = tmp_path / ".warehouse"
    shutil.copytree(embedded.secrets_dir, copy / "secrets")
    shutil.copy(embedded.home / "project.json", copy)
    (copy / layout.DATA).symlink_to(layout.data_dir(embedded))
    done = subprocess.run(
        [PROGRAM, *command],
        env={
            **os.environ,
            "WAREHOUSE_HOME": str(copy) if is_own else ".warehouse",
            "WAREHOUSE_PORT": str(embedded.port),
            "WAREHOUSE_PROJECT_DIR": str((embedded if is_own else other_project).project_dir),
        },
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    told = f"belongs to project {embedded.project_dir} with home {embedded.home}"
    assert (f"is a copy of {embedded.home} and" if is_own else told) in done.stderr
    assert (copy / "secrets").is_dir()
    database.connect(embedded).close()


@pytest.fixture
def other_dbt(embedded: Settings, tmp_path: Path) -> Callable[..., str]:
    """Runs dbt by hand in another project whose settings lead to this warehouse; what it says."""
    project = write_mini_project(embedded.project_dir, tmp_path / "other")
    (project / "macros" / "take.sql").write_text(
        "{% macro take() %}{% do run_query('drop table marts.customer_rfm') %}{% endmacro %}"
    )
    for name in ("dbt_packages", "state"):
        (project / name).mkdir()

    def run(*arguments: str, **more: str) -> str:
        done = subprocess.run(
            [str(Path(PROGRAM).with_name("dbt")), *arguments],
            cwd=project,
            env={
                **os.environ,
                "PWD": str(project),
                "WAREHOUSE_PORT": str(embedded.port),
                "PGHOST": "127.0.0.1",
                "PGPORT": str(embedded.port),
                **more,
            },
            capture_output=True,
            text=True,
        )
        assert done.returncode != 0, done.stdout
        return done.stdout

    environment = {**os.environ, "WAREHOUSE_PORT": "1"}
    for name in ("WAREHOUSE_HOME", "DBT_TARGET_PATH"):
        environment.pop(name, None)
    dbt = [str(Path(PROGRAM).with_name("dbt")), "parse"]
    subprocess.run(dbt, cwd=project, env=environment, check=True, capture_output=True)
    shutil.copy(project / "target" / "manifest.json", project / "state")
    return run


@pytest.mark.slow
def test_dbt_leaves_another_projects_warehouse_alone(
    embedded: Settings, other_dbt: Callable[..., str]
) -> None:
    with database.connect(embedded, "transformer") as connection:
        connection.execute("create table marts.customer_rfm as select 1 as precious")
    try:
        for command in (
            ("run",),
            ("clone", "--state", "state", "--full-refresh"),
            ("clone", "--state", "state", "--full-refresh", "--no-populate-cache"),
            ("show", "--inline", "select * from marts.customer_rfm"),
            ("run-operation", "take"),
        ):
            told = other_dbt(*command)
            assert f"belongs to project {embedded.project_dir}" in told, (command, told)
        # Nor has the password file a superuser for it.
        told = other_dbt("run", "--target", "postgres", PGUSER="transformer")
        assert f"belongs to project {embedded.project_dir}" in told
        told = other_dbt("run", "--target", "postgres")
        assert "no password supplied" in told
        with database.connect(embedded, "transformer") as connection:
            assert connection.execute("select precious from marts.customer_rfm").fetchall() == [
                (1,)
            ]
    finally:
        with database.connect(embedded, "transformer") as connection:
            connection.execute("drop table marts.customer_rfm")


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
            "create table ops.warehouse (home text); alter table ops.warehouse owner to loader; "
            "alter table ops.load_files owner to warehouse; "
            "create table marts.old as select 1 as one; "
            "create view marts.older as select * from marts.old; "
            "alter schema staging owner to warehouse"
        )
    (embedded.home / "project.json").unlink()
    with pytest.raises(WarehouseError, match="an earlier version"):
        bringup.ensure_ready(embedded, print)
    bringup.bring_up(embedded, print)
    with database.connect(embedded) as owner:
        owners = owner.execute(
            "select relname, relowner::regrole::text from pg_class "
            "where relname in ('old', 'older', 'load_files') "
            "union all select nspname, nspowner::regrole::text from pg_namespace "
            "where nspname = 'staging' union all select 'ops.warehouse', tablename::text "
            "from pg_tables where schemaname = 'ops' and tablename = 'warehouse' order by 1"
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
            assert "removed" in run("unload", str(number[0]))
        finally:
            owner.execute("alter role warehouse login")
