import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import temporary_folder, temporary_settings
from warehouse.cli import cli
from warehouse.server import database, embedded, layout
from warehouse.server.roles import EMBEDDED_ROLE_NAMES
from warehouse.settings import Settings

Run = Callable[..., subprocess.CompletedProcess[str]]
PROGRAM = str(Path(sys.executable).with_name("warehouse"))
COMMANDS = [
    "up", "down", "status", "alerts", "url", "psql", "roles", "sample", "load", "unload", "purge",
    "forget", "build", "publish", "watch", "schedule",
    "train", "score", "value", "models", "docs", "scaffold", "backup", "restore", "compare",
    "clean",
]  # fmt: skip


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with temporary_settings() as settings:
        yield settings


@pytest.fixture
def run(settings: Settings) -> Run:
    def run(
        *arguments: str, answer: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            [PROGRAM, *arguments],
            env={
                **os.environ,
                "WAREHOUSE_HOME": str(settings.home),
                "WAREHOUSE_PORT": str(settings.port),
                **environment,
            },
            input=answer,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "Traceback" not in result.stdout + result.stderr
        return result

    return run


def test_the_commands_are_the_public_ones() -> None:
    assert list(cli.commands) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.returncode == 0
    assert result.stdout.startswith(f"Usage: warehouse {command}")


def test_help_works_with_wrong_settings(run: Run) -> None:
    assert run("--help", WAREHOUSE_PORT="x").returncode == 0
    assert run("load", "--help", WAREHOUSE_PORT="x").returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("load",),
        ("load", "cafe"),
        ("load", "cafe", "--as-of", "31/12/2024", "x.csv"),
        ("load", "cafe", "--corrects", "--adds", "x.csv"),
        ("load", "no_such_source", "x.csv"),
        ("unload", "first"),
        ("url", "--role", "nobody"),
        ("build", "--vars", "[a"),
        ("build", "--vars", "just text"),
        ("sample",),
    ],
)
def test_wrong_usage_is_exit_2(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert result.stderr


def test_a_wrong_setting_is_one_line(run: Run) -> None:
    result = run("up", WAREHOUSE_PORT="x")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1 and "WAREHOUSE_PORT" in result.stderr


def test_a_missing_file_is_exit_1_and_named(run: Run) -> None:
    result = run("load", "cafe", "/no/such/file.csv")
    assert result.returncode == 1
    assert "file.csv" in result.stdout + result.stderr


def test_up_status_url_psql_down(run: Run, settings: Settings) -> None:
    run("down")
    assert run("status").returncode == 1
    assert "warehouse up" in run("url").stderr
    up = run("up")
    assert up.returncode == 0 and str(settings.port) in up.stdout
    assert run("up").returncode == 0
    status = run("status")
    assert status.returncode == 0
    assert "nothing loaded yet" in status.stdout and "nothing built yet" in status.stdout
    url = run("url").stdout.strip()
    address = f"127.0.0.1:{settings.port}/warehouse"
    assert url == f"postgresql://reporter@{address}?require_auth=scram-sha-256"
    owner = run("url", "--role", "warehouse")
    assert "warehouse is a superuser" in owner.stderr
    answer = subprocess.run(
        [str(layout.program("psql")), url, "-Atc", "select 6 * 7"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert answer.stdout == "42\n"
    # The password file has no superuser's password, and none is needed for a backup.
    eraser = run("url", "--role", "eraser").stdout.strip()
    dump = [str(layout.program("pg_dump")), "--no-password"]
    whole = subprocess.run([*dump, eraser], capture_output=True, text=True, check=True).stdout
    assert "CREATE TABLE ops.load_files" in whole and "CREATE TABLE ml.model_runs" in whole
    refused = subprocess.run([*dump, owner.stdout.strip()], capture_output=True, text=True)
    assert refused.returncode != 0 and "no password supplied" in refused.stderr
    assert run("psql", "-Atc", "select current_user").stdout == "reporter\n"
    loader = run("psql", "--role", "loader", "-Atc", "select current_user")
    assert loader.stdout == "loader\n"
    assert run("psql", "--role", "nobody").returncode == 2
    reporter = run("url", "--role", "reporter", "--with-password").stdout.strip()
    password = database.parameters(settings, "reporter")["password"]
    assert reporter == f"postgresql://reporter:{password}@{address}"
    assert run("down").returncode == 0
    assert run("down").returncode == 0


def test_psql_starts_the_server_and_gives_its_exit_code_on(run: Run) -> None:
    run("down")
    assert run("psql", "-Atc", "select 1").stdout == "1\n"
    assert run("psql", "-c", "select nonsense").returncode == 1


def test_up_lets_libpq_in_without_a_password(run: Run, settings: Settings, tmp_path: Path) -> None:
    password_file = tmp_path / "pgpass"
    environment = {"PGPASSFILE": str(password_file)}
    run("up", **environment)
    command = [str(layout.program("psql")), "-h", "127.0.0.1", "-p", str(settings.port)]

    def answer(role: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, "-U", role, "-d", "warehouse", "-w", "-Atc", "select 1"],
            env={**os.environ, **environment}, capture_output=True, text=True,
        )  # fmt: skip

    for role in EMBEDDED_ROLE_NAMES:
        assert answer(role).stdout == "1\n", answer(role).stderr
    # Not the superuser, whom no other program needs.
    assert "no password supplied" in answer("warehouse").stderr


def test_up_says_what_to_do_where_the_password_file_cannot_be_written(run: Run) -> None:
    result = run("up", PGPASSFILE="/proc/pgpass")
    assert result.returncode == 0
    assert "export DBT_ENV_SECRET_WAREHOUSE_PASSWORD" in result.stderr


def test_roles_are_listed_with_their_purpose(run: Run) -> None:
    lines = run("roles").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        "loader", "transformer", "reporter", "logistics", "sales", "pii_reader",
    ]  # fmt: skip


def test_a_server_of_ones_own_that_does_not_answer(run: Run) -> None:
    result = run("up", WAREHOUSE_TARGET="postgres", PGHOST="127.0.0.1", PGPORT="1")
    assert result.returncode == 3
    assert "target postgres" in result.stderr
    assert run("down", WAREHOUSE_TARGET="postgres").returncode == 1
    assert "set REDSHIFT_HOST" in run("build", WAREHOUSE_TARGET="redshift").stderr


def test_a_server_of_ones_own_is_prepared_and_read(run: Run, settings: Settings) -> None:
    run("up")
    given = database.parameters(settings)
    environment = {
        "WAREHOUSE_TARGET": "postgres",
        "PGHOST": given["host"],
        "PGPORT": given["port"],
        "PGPASSWORD": given["password"],
    }
    up = run("up", **environment)
    assert up.returncode == 0 and "Connected to target postgres" in up.stdout
    assert "running" in run("status", **environment).stdout
    assert run("psql", "-Atc", "select 3", **environment).stdout == "3\n"


def test_a_prefix_stands_before_every_schema(run: Run) -> None:
    assert run("up", WAREHOUSE_SCHEMA_PREFIX="dev_").returncode == 0
    query = "select string_agg(nspname, ' ' order by 1) from pg_namespace where nspname like 'dev%'"
    schemas = run("psql", "-Atc", query).stdout.split()
    assert {"dev_ops", "dev_raw_cafe", "dev_raw_grocery"} <= set(schemas)
    assert "nothing loaded yet" in run("status", WAREHOUSE_SCHEMA_PREFIX="dev_").stdout


def test_clean_asks_and_takes_everything_away() -> None:
    with temporary_settings() as settings:
        environment = {
            **os.environ,
            "WAREHOUSE_HOME": str(settings.home),
            "WAREHOUSE_PORT": str(settings.port),
        }

        def warehouse(*arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [PROGRAM, *arguments], env=environment, input=answer, capture_output=True, text=True
            )

        password_file = Path(environment["PGPASSFILE"])
        assert warehouse("up").returncode == 0
        line = f"127.0.0.1:{settings.port}:"
        assert line in password_file.read_text()
        assert warehouse("clean", answer="n\n").returncode == 1
        assert embedded.running(settings) is not None
        assert warehouse("clean", answer="y\n").returncode == 0
        assert not settings.home.exists()
        assert not password_file.exists() or line not in password_file.read_text()
        assert warehouse("clean", "--yes").returncode == 0


def test_clean_keeps_its_hands_off_other_folders(run: Run) -> None:
    with temporary_folder() as folder:
        (folder / "letter.txt").write_text("dear all")
        result = run("clean", "--yes", WAREHOUSE_HOME=str(folder))
        assert result.returncode == 1
        assert (folder / "letter.txt").exists()


def test_clean_does_not_delete_behind_a_link(run: Run) -> None:
    with temporary_folder() as folder:
        (folder / "home" / "secrets").mkdir(parents=True)
        (folder / "link").symlink_to(folder / "home")
        result = run("clean", "--yes", WAREHOUSE_HOME=str(folder / "link"))
        assert result.returncode == 1
        assert f"{folder}/link is a link to {folder}/home" in result.stderr
        assert (folder / "home" / "secrets").is_dir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder out of others' reach")
def test_root_with_a_home_that_others_cannot_reach() -> None:
    with temporary_folder() as folder:
        (folder / "private").mkdir(mode=0o700)
        with temporary_settings() as other:
            environment = {
                **os.environ,
                "WAREHOUSE_HOME": str(folder / "private" / "home"),
                "WAREHOUSE_PORT": str(other.port),
            }

            def warehouse(*arguments: str) -> subprocess.CompletedProcess[str]:
                return subprocess.run(
                    [PROGRAM, *arguments], env=environment, capture_output=True, text=True
                )

            up = warehouse("up")
            assert up.returncode == 0, up.stderr
            status = warehouse("status")
            assert str(layout.SHARED_STATE) in status.stdout
            place = Path(status.stdout.split("The data is in ")[1].split()[0].rstrip("."))
            assert place.stat().st_mode & 0o777 == 0o700
            assert pwd.getpwuid(place.stat().st_uid).pw_name == "pgserver"
            assert warehouse("clean", "--yes").returncode == 0
            assert not place.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_an_ordinary_user_has_a_warehouse_of_its_own() -> None:
    nobody = pwd.getpwnam("nobody")
    try:
        subprocess.run(
            [PROGRAM, "--version"], check=True, capture_output=True, cwd="/",
            user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[],
        )  # fmt: skip
    except (PermissionError, subprocess.CalledProcessError):
        pytest.skip("this Python lies where an ordinary user cannot reach it")
    with temporary_folder() as folder, temporary_settings() as other:
        home = folder / "home"
        home.mkdir()
        shutil.chown(home, nobody.pw_uid, nobody.pw_gid)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "WAREHOUSE_HOME": str(home / "warehouse"),
            "WAREHOUSE_PORT": str(other.port),
        }

        def warehouse(*arguments: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [PROGRAM, *arguments], env=environment, cwd="/", capture_output=True, text=True,
                user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[],
            )  # fmt: skip

        up = warehouse("up")
        assert up.returncode == 0, up.stderr
        assert (home / "warehouse" / "postgres").stat().st_uid == nobody.pw_uid
        assert warehouse("psql", "-Atc", "select 1").stdout == "1\n"
        # Root keeps its hands off a home in which the user could redirect it.
        for command in ("up", "down", "clean"):
            as_root = subprocess.run(
                [PROGRAM, command], env=environment, capture_output=True, text=True
            )
            assert as_root.returncode == 1
            assert as_root.stderr.startswith("error: Root does not write to ")
            assert "belongs to user nobody" in as_root.stderr
            assert len(as_root.stderr.splitlines()) == 1
        again = warehouse("psql", "-Atc", "select 2")
        assert again.stdout == "2\n", again.stderr
        assert warehouse("down").returncode == 0
        assert warehouse("up").returncode == 0
        assert warehouse("down").returncode == 0


def test_the_program_that_others_cannot_reach_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root below /root: the server's user gets a copy of the programs that it can run."""
    if os.geteuid() != 0:
        pytest.skip("only root runs the server as another user")
    from warehouse.server.server_user import server_user

    packaged = layout.packaged_programs()
    hidden = tmp_path / "hidden" / layout.PACKAGE / packaged.parent.name
    shutil.copytree(packaged.parent, hidden, symlinks=True)
    libraries = packaged.parent.parent.with_name(f"{layout.PACKAGE}.libs")
    if libraries.exists():
        shutil.copytree(libraries, hidden.parent.with_name(libraries.name), symlinks=True)
    (tmp_path / "hidden").chmod(0o700)
    monkeypatch.setattr(layout, "packaged_programs", lambda: hidden / "bin")
    with temporary_folder() as folder:
        monkeypatch.setattr(layout, "SHARED_STATE", folder / "shared")
        user = server_user(folder / "none")
        programs = layout.server_programs(user)
        assert programs.is_relative_to(folder / "shared")
        told = user.run([str(programs / "postgres"), "--version"])
        assert told.stdout.startswith("postgres (PostgreSQL) 18")
        assert layout.server_programs(user) == programs


def test_forget_asks_first_and_names_what_cannot_be(run: Run) -> None:
    asked = run("forget", "standard", "C1", answer="n\n")
    assert (asked.returncode, "cannot be undone" in asked.stdout) == (1, True)
    unknown = run("forget", "standard", "C1", "--yes")
    assert (unknown.returncode, "has no customer with this id" in unknown.stderr) == (2, True)
    nothing = run("forget", "grocery", "1", "--yes")
    assert (nothing.returncode, "stores no personal columns" in nothing.stderr) == (2, True)


def test_purge_counts_what_it_would_do(run: Run) -> None:
    result = run("purge", "--dry-run")
    assert result.returncode == 0
    assert "raw_ecommerce.applications" in result.stdout
    assert "Nothing was changed" in result.stdout
