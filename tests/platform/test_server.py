import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.conftest import free_port, temporary_settings
from tests.platform.waiting import wait_until
from warehouse.errors import WarehouseError
from warehouse.health.health import read_health
from warehouse.server import bringup, database, embedded, layout
from warehouse.server.postmaster import find_postmaster
from warehouse.server.roles import EMBEDDED_ROLE_NAMES
from warehouse.settings import Settings


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with temporary_settings() as settings:
        database.ensure_running(settings)
        yield settings


@pytest.fixture(autouse=True)
def _running(settings: Settings) -> None:
    database.ensure_running(settings)


def _pid(settings: Settings) -> int:
    postmaster = embedded.running(settings)
    assert postmaster is not None
    return postmaster.pid


def _supervisor(settings: Settings) -> psutil.Process:
    parent = psutil.Process(_pid(settings)).parent()
    assert parent is not None and "supervisor.py" in " ".join(parent.cmdline())
    return parent


def _answers(settings: Settings) -> bool:
    try:
        with database.connect(settings) as connection:
            return connection.execute("select 1").fetchone() == (1,)
    except WarehouseError:
        return False


def test_starting_twice_keeps_the_server(settings: Settings) -> None:
    before = _pid(settings)
    assert database.ensure_running(settings) is False
    assert _pid(settings) == before


def test_starts_at_once_make_one_server(settings: Settings) -> None:
    embedded.stop(settings)
    with ThreadPoolExecutor(4) as pool:
        started = list(pool.map(lambda _: embedded.start(settings), range(4)))
    assert sorted(started) == [False, False, False, True]
    assert _answers(settings)


def test_stopping_twice_says_so_and_data_stay(settings: Settings) -> None:
    with database.connect(settings) as connection:
        connection.execute("create table public.kept as select 42 as answer")
    assert embedded.stop(settings) is True
    assert embedded.stop(settings) is False
    assert embedded.running(settings) is None
    database.ensure_running(settings)
    with database.connect(settings) as connection:
        assert connection.execute("select answer from public.kept").fetchone() == (42,)


def test_listens_on_loopback_alone_and_wants_the_password(settings: Settings) -> None:
    addresses = {
        connection.laddr.ip
        for connection in psutil.Process(_pid(settings)).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(database.conninfo(settings), password="guessed")


def test_secrets_are_for_the_owner_alone(settings: Settings) -> None:
    files = list(settings.secrets_dir.iterdir())
    assert {file.name for file in files} >= {"token_key", "warehouse.password"}
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.secrets_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(layout.data_dir(settings).stat().st_mode) == 0o700
    command = " ".join(psutil.Process(_pid(settings)).cmdline() + _supervisor(settings).cmdline())
    assert database.parameters(settings)["password"] not in command


def test_the_log_never_quotes_a_row(settings: Settings) -> None:
    name = "Ada Lovelace of 12 Example Street"
    with database.connect(settings) as connection:
        connection.autocommit = True
        connection.execute("create table public.people (id integer primary key, born date)")
        connection.execute("insert into public.people values (7, null)")
        faults = [
            f"insert into public.people values ('{name}')",
            f"insert into public.people values (1, '{name}')",
            f"select '{name}'::numeric",
            f"do $$ begin raise warning '{name}'; end $$",
            "insert into public.people values (7, null)",
        ]
        for fault in faults[:3] + faults[4:]:
            with pytest.raises(psycopg.Error):
                connection.execute(fault)
        connection.execute(faults[3])
        with (
            pytest.raises(psycopg.errors.InvalidTextRepresentation),
            connection.cursor().copy("copy public.people from stdin") as copy,
        ):
            copy.write(f"{name}\t\\N\n")
    log = settings.log_file.read_text()
    assert name not in log
    assert "ERROR" not in log


def test_the_log_stays_small_while_the_server_runs(settings: Settings) -> None:
    """80 MB are logged in some seconds, as a loop of notices can; 20 MB and 20 MB more are kept."""
    before = _pid(settings)
    with database.connect(settings) as connection:
        for number in range(4):
            connection.execute(
                "do $$ begin"
                " for i in 1..20000 loop raise log '%', repeat('x', 1000); end loop; end $$"
            )
            wait_until(lambda: settings.log_file.stat().st_size < embedded.LOG_LIMIT_BYTES)
            connection.execute(f"do $$ begin raise log 'after loop {number}'; end $$")
    wait_until(lambda: settings.log_file.stat().st_size < embedded.LOG_LIMIT_BYTES)
    files = list(settings.log_dir.glob("postgres.log*"))
    assert {file.name for file in files} == {"postgres.log", "postgres.log.1"}
    assert sum(file.stat().st_size for file in files) <= 2 * embedded.LOG_LIMIT_BYTES
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert "after loop 3" in settings.log_file.read_text()
    assert _pid(settings) == before


def test_a_failed_start_is_told_after_the_log_was_shortened(settings: Settings) -> None:
    embedded.stop(settings)
    with settings.log_file.open("ab") as log:
        log.truncate(embedded.LOG_LIMIT_BYTES + 1)
    fault = layout.data_dir(settings) / "postgresql.auto.conf"
    kept = fault.read_text()
    fault.write_text("work_mem = 'a lot'\n")
    try:
        with pytest.raises(WarehouseError, match=r"did not start: .* FATAL: .*auto\.conf"):
            embedded.start(settings)
        assert settings.log_file.stat().st_size < 10_000
    finally:
        fault.write_text(kept)


def test_a_killed_backend_does_not_bring_the_server_down(settings: Settings) -> None:
    before = _pid(settings)
    with database.connect(settings) as connection:
        backend = connection.info.backend_pid
    with database.connect(settings) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    assert backend
    wait_until(lambda: _answers(settings))
    assert _pid(settings) == before


def test_comes_back_by_itself_and_keeps_what_was_committed(settings: Settings) -> None:
    with database.connect(settings) as connection:
        connection.execute("create table public.numbers (n integer primary key)")
    committed: list[int] = []

    def write() -> None:
        number = 0
        try:
            with psycopg.connect(database.conninfo(settings)) as connection:
                while True:
                    number += 1
                    connection.execute("insert into public.numbers values (%s)", [number])
                    connection.commit()
                    committed.append(number)
        except psycopg.OperationalError:
            return

    writer = threading.Thread(target=write)
    writer.start()
    wait_until(lambda: len(committed) > 200)
    killed = _pid(settings)
    os.kill(killed, signal.SIGKILL)
    writer.join(30)
    wait_until(lambda: _answers(settings))
    assert _pid(settings) != killed
    with database.connect(settings) as connection:
        stored = {row[0] for row in connection.execute("select n from public.numbers")}
    assert set(committed) <= stored
    # The last commit may have been made without the news reaching the writer.
    assert len(stored - set(committed)) <= 1


def test_comes_back_when_asked_after_everything_was_killed(settings: Settings) -> None:
    supervisor, postmaster = _supervisor(settings), psutil.Process(_pid(settings))
    supervisor.kill()
    postmaster.kill()
    psutil.wait_procs([supervisor, postmaster], timeout=10)
    assert (layout.data_dir(settings) / "postmaster.pid").exists()
    database.ensure_running(settings)
    assert _answers(settings)


def test_a_stale_pid_file_that_names_another_program_is_no_hindrance(settings: Settings) -> None:
    embedded.stop(settings)
    pid_file = layout.data_dir(settings) / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{layout.data_dir(settings)}\n1\n{settings.port}\n")
    assert find_postmaster(layout.data_dir(settings)) is None
    database.ensure_running(settings)
    assert _answers(settings)


def test_a_port_taken_by_another_program_is_named(settings: Settings) -> None:
    with temporary_settings() as other, socket.socket() as squatter:
        squatter.bind(("127.0.0.1", other.port))
        squatter.listen()
        with pytest.raises(WarehouseError) as caught:
            embedded.start(other)
    assert f"Port {other.port} is taken" in str(caught.value)
    assert "WAREHOUSE_PORT" in str(caught.value)


def test_a_port_taken_by_another_home_is_named(settings: Settings) -> None:
    with temporary_settings() as other:
        intruder = replace(other, port=settings.port)
        with pytest.raises(WarehouseError) as caught:
            embedded.start(intruder)
        assert embedded.running(intruder) is None
    message = str(caught.value)
    assert "WAREHOUSE_PORT" in message and str(settings.home) in message
    assert _answers(settings)


def test_another_port_than_the_running_one_is_refused(settings: Settings) -> None:
    moved = replace(settings, port=free_port())
    with pytest.raises(WarehouseError, match=f"WAREHOUSE_PORT={settings.port}"):
        database.ensure_running(moved)
    embedded.stop(moved)
    try:
        database.ensure_running(moved)
        assert _answers(moved)
    finally:
        embedded.stop(moved)


def test_up_moves_a_server_from_the_default_port_of_earlier_versions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    password_file = tmp_path / "pgpass"
    monkeypatch.setenv("PGPASSFILE", str(password_file))
    with temporary_settings() as old:
        bringup.bring_up(old, print)
        now = replace(old, port=free_port())
        monkeypatch.setattr("warehouse.settings.FORMER_PORT", old.port)
        monkeypatch.setattr("warehouse.settings.DEFAULT_PORT", now.port)
        told = f"runs on port {old.port}, the port of earlier versions. `warehouse up` moves it"
        with pytest.raises(WarehouseError, match=told):
            bringup.ensure_ready(now, print)
        assert told in read_health(now).notes[0]
        with socket.socket() as squatter:
            squatter.bind(("127.0.0.1", now.port))
            squatter.listen()
            with pytest.raises(WarehouseError, match=f"Port {now.port} is taken"):
                bringup.bring_up(now, print)
        with database.connect(old) as connection:
            connection.execute("create table public.kept ()")
        assert bringup.bring_up(now, print)
        with database.connect(now) as connection:
            connection.execute("select from public.kept")
        lines = password_file.read_text().splitlines()
        assert [line.split(":")[1] for line in lines] == [str(now.port)] * len(EMBEDDED_ROLE_NAMES)
        bringup.ensure_ready(now, print)


def test_two_homes_never_touch_each_other(settings: Settings) -> None:
    with temporary_settings() as other:
        database.ensure_running(other)
        with database.connect(other) as connection:
            connection.execute("create table public.only_there ()")
        assert database.parameters(other)["password"] != database.parameters(settings)["password"]
        embedded.stop(other)
    with database.connect(settings) as connection:
        assert connection.execute("select to_regclass('public.only_there')").fetchone() == (None,)


def test_a_creation_that_was_killed_is_done_again() -> None:
    with temporary_settings() as settings:
        layout.prepare(settings)
        half = layout.data_dir(settings).with_name("postgres.new")
        (half / "data").mkdir(parents=True)
        (half / "data" / "PG_VERSION").write_text("18\n")
        database.ensure_running(settings)
        assert _answers(settings)
        assert not half.exists()


def test_data_of_another_version_are_refused() -> None:
    with temporary_settings() as settings:
        layout.prepare(settings)
        data_dir = layout.data_dir(settings)
        data_dir.mkdir()
        (data_dir / "PG_VERSION").write_text("15\n")
        with pytest.raises(WarehouseError, match="created by PostgreSQL 15"):
            embedded.start(settings)


def test_starting_leaves_no_open_pipe_behind() -> None:
    """Or `warehouse up | tee log` would never end."""
    with temporary_settings() as settings:
        environment = {
            **os.environ,
            "WAREHOUSE_HOME": str(settings.home),
            "WAREHOUSE_PORT": str(settings.port),
        }
        command = [str(Path(sys.executable).with_name("warehouse")), "up"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert _answers(settings)
