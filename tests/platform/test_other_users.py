"""Another user of the machine, and the server's own user, against a warehouse that root runs."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.conftest import free_port, temporary_folder, temporary_settings
from tests.platform.mini_project import write_mini_project
from warehouse.errors import WarehouseError
from warehouse.server import bringup, database, embedded, layout, pgpass
from warehouse.server.postmaster import find_postmaster, remove_stale_pid_file
from warehouse.settings import Settings

PROGRAM = str(Path(sys.executable).with_name("warehouse"))
SECRET = "root's own words\n"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make another user")


def _as(user: str, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    entry = pwd.getpwnam(user)
    return subprocess.run(
        command, cwd="/", capture_output=True, text=True, check=check, umask=0o022,
        user=entry.pw_uid, group=entry.pw_gid, extra_groups=[], env={"PATH": os.environ["PATH"]},
    )  # fmt: skip


@pytest.fixture(scope="module")
def stranger() -> Iterator[str]:
    """Name of an ordinary user made for these tests."""
    name = f"stranger{os.getpid()}"
    if shutil.which("useradd") is None:
        pytest.skip("there is no useradd here")
    subprocess.run(["useradd", "--no-create-home", name], check=True, capture_output=True)
    yield name
    subprocess.run(["userdel", name], check=True, capture_output=True)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder of root's where everybody may make files, as in /tmp."""
    with temporary_folder() as folder:
        folder.chmod(0o1777)
        yield folder


@pytest.fixture
def precious() -> Iterator[Path]:
    """A file of root's that nobody else may read or change."""
    with temporary_folder() as folder:
        file = folder / "precious"
        file.write_text(SECRET)
        file.chmod(0o640)
        yield file


def _is_untouched(precious: Path) -> bool:
    status = precious.stat()
    return (precious.read_text(), status.st_uid, stat.S_IMODE(status.st_mode)) == (SECRET, 0, 0o640)


def _warehouse(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"WAREHOUSE_HOME": str(home)} | more
    return subprocess.run(
        [PROGRAM, *arguments], env=environment, capture_output=True, text=True, umask=0o022
    )


def _assert_refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ") and all(word in line for word in words), line


@pytest.mark.parametrize("name", [".lock", "supervisor.lock", "logs/postgres.log", "secrets", "."])
def test_a_home_of_another_user_is_refused(
    name: str, stranger: str, place: Path, precious: Path
) -> None:
    home = place / "home"
    link = place / "home" / name
    _as(stranger, "mkdir", "-p", str(home if name == "." else link.parent))
    if name != ".":
        _as(stranger, "ln", "-s", str(precious), str(link))
    _assert_refused(_warehouse(home, "up"), str(home), stranger, "WAREHOUSE_HOME")
    assert _is_untouched(precious)
    assert sorted(path.name for path in home.iterdir()) == (
        [] if name == "." else [Path(name).parts[0]]
    )


def test_a_home_in_a_folder_of_another_user_is_refused(stranger: str, place: Path) -> None:
    _as(stranger, "mkdir", str(place / "his"))
    _assert_refused(_warehouse(place / "his" / "home", "up"), str(place / "his"), stranger)
    assert list((place / "his").iterdir()) == []


def test_a_link_of_another_user_is_not_followed_to_a_home(stranger: str, place: Path) -> None:
    with temporary_folder() as aim:
        _as(stranger, "ln", "-s", str(aim), str(place / "home"))
        _assert_refused(_warehouse(place / "home", "up"), str(place / "home"), "link", stranger)
        assert list(aim.iterdir()) == []


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o775])
def test_a_home_that_others_may_write_is_refused(mode: int, place: Path) -> None:
    home = place / "home"
    home.mkdir()
    home.chmod(mode)
    _assert_refused(_warehouse(home, "up"), "others may write", str(home))
    assert list(home.iterdir()) == []


def test_what_another_user_left_in_the_home_is_refused(stranger: str, place: Path) -> None:
    home = place / "home"
    (home / "logs").mkdir(parents=True)
    # Whatever the umask: commands that ran in this process before may have narrowed it.
    home.chmod(0o755)
    (home / "logs").chmod(0o777)
    _as(stranger, "ln", "-s", "/etc/passwd", str(home / "logs" / "postgres.log"))
    _assert_refused(_warehouse(home, "up"), "others may write", str(home / "logs"))
    (home / "logs").chmod(0o755)
    (home / "logs").rename(home / "target")
    _assert_refused(_warehouse(home, "up"), str(home / "target" / "postgres.log"), stranger)


def test_output_does_not_go_where_another_user_may_redirect_it(
    stranger: str, place: Path, precious: Path
) -> None:
    out = place / "out"
    _as(stranger, "mkdir", str(out))
    _as(stranger, "ln", "-s", str(precious), str(out / "index.html"))
    home = place / "home"
    home.mkdir()
    _assert_refused(_warehouse(home, "sample", "--scale", "0.1", "--out", str(out)), stranger)
    _assert_refused(_warehouse(home, "docs", "--out", str(out)), stranger)
    from warehouse.build.risk_step import open_workshop  # scikit-learn takes seconds

    models = replace(Settings.from_environment(), given_models=str(out / "models"))
    with pytest.raises(WarehouseError, match="WAREHOUSE_MODELS") as caught:
        open_workshop(models)
    assert stranger in str(caught.value)
    assert [path.name for path in out.iterdir()] == ["index.html"]
    assert _is_untouched(precious)


def test_a_password_file_in_another_users_hand_is_left_alone(
    stranger: str, place: Path, precious: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _as(stranger, "mkdir", str(place / "his"))
    _as(stranger, "ln", "-s", str(precious), str(place / "his" / ".pgpass"))
    monkeypatch.delenv("PGPASSFILE")
    monkeypatch.setenv("HOME", str(place / "his"))
    with pytest.raises(WarehouseError, match=stranger):
        pgpass.remember(15329, "warehouse", "secret")
    assert _is_untouched(precious)


def test_shared_state_that_others_may_write_is_refused(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "SHARED_STATE", place)
    with temporary_settings() as settings:
        settings.home.mkdir(mode=0o700)
        settings.home.parent.chmod(0o700)
        with pytest.raises(WarehouseError, match=f"others may write to {place}"):
            layout.prepare(settings)


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with temporary_settings() as settings:
        database.ensure_running(settings)
        yield settings


@pytest.fixture
def stopped(settings: Settings) -> Settings:
    """A home with data whose server does not run."""
    embedded.stop(settings)
    return settings


@pytest.mark.parametrize("name", ["postgresql.conf", "pg_hba.conf"])
def test_configuration_is_not_written_through_a_link(
    name: str, stopped: Settings, precious: Path
) -> None:
    file = layout.data_dir(stopped) / name
    _as("pgserver", "ln", "-sf", str(precious), str(file))
    database.ensure_running(stopped)
    assert _is_untouched(precious)
    assert not file.is_symlink() and file.owner() == "pgserver"


@pytest.mark.parametrize("name", ["postmaster.pid", "PG_VERSION"])
def test_what_the_server_left_is_not_read_through_a_link(
    name: str, stopped: Settings, precious: Path
) -> None:
    file = layout.data_dir(stopped) / name
    kept = file.read_text() if file.exists() else None
    _as("pgserver", "ln", "-sf", str(precious), str(file))
    try:
        with pytest.raises(WarehouseError, match=f"{file} is a link") as caught:
            embedded.start(stopped)
        assert SECRET.strip() not in str(caught.value)
        _as("pgserver", "ln", "-sfn", "/proc/self", str(file))
        with pytest.raises(WarehouseError, match=f"{file} is a link"):
            embedded.start(stopped)
        _as("pgserver", "rm", str(file))
        _as("pgserver", "mkfifo", str(file))
        with pytest.raises(WarehouseError, match=f"{file} is not a plain file"):
            embedded.start(stopped)
    finally:
        file.unlink()
        if kept is not None:
            file.write_text(kept)
            shutil.chown(file, "pgserver", "pgserver")
    database.ensure_running(stopped)


@pytest.mark.parametrize("first", ["0", "-1", "²", "99999999999999999999", "\udc80", "1"])
def test_a_process_file_may_hold_anything(first: str, stopped: Settings) -> None:
    data_dir = layout.data_dir(stopped)
    file = data_dir / "postmaster.pid"
    lines = [first, str(data_dir), "1", str(stopped.port), "", "127.0.0.1", "1", "ready"]
    file.write_bytes("\n".join(lines).encode(errors="surrogateescape"))
    shutil.chown(file, "pgserver", "pgserver")
    try:
        assert find_postmaster(data_dir) is None
        remove_stale_pid_file(data_dir)
        assert embedded.stop(stopped) is False
    finally:
        file.unlink(missing_ok=True)


def test_the_servers_user_cannot_have_root_stop_another_process(stopped: Settings) -> None:
    """The process file names a process of root's that looks like the server."""
    data_dir = layout.data_dir(stopped)
    sleeper = "import time; print(flush=True); time.sleep(120)"
    victim = subprocess.Popen(
        ["postgres", "-c", sleeper, "-D", str(data_dir)],
        executable=sys.executable, stdout=subprocess.PIPE,
    )  # fmt: skip
    file = data_dir / "postmaster.pid"
    try:
        assert victim.stdout is not None and victim.stdout.readline() == b"\n"
        lines = [str(victim.pid), str(data_dir), "1", str(stopped.port), "", "", "1", "ready"]
        _as("pgserver", "sh", "-c", f'printf "%s\\n" "$@" > {file}', "sh", *lines)
        assert embedded.stop(stopped) is False
        assert victim.poll() is None
        # Nor with a number that changes hands between look and signal: its rights do not suffice.
        assert embedded.server_user(data_dir).interrupt(victim.pid) is False
        assert victim.poll() is None
        database.ensure_running(stopped)
        assert psutil.pid_exists(victim.pid)
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.wait()


def test_data_that_are_a_link_are_refused(stopped: Settings) -> None:
    data_dir = layout.data_dir(stopped)
    with temporary_folder() as elsewhere:
        moved = data_dir.rename(elsewhere / "moved")
        data_dir.symlink_to(moved)
        try:
            with pytest.raises(WarehouseError, match=f"{data_dir} is a link"):
                embedded.start(stopped)
        finally:
            data_dir.unlink()
            moved.rename(data_dir)


def test_clean_follows_no_link_out_of_the_home(precious: Path) -> None:
    with temporary_settings() as settings:
        home = settings.home
        up = _warehouse(home, "up", WAREHOUSE_PORT=str(settings.port))
        assert up.returncode == 0, up.stderr
        _as("pgserver", "ln", "-s", str(precious.parent), str(home / "postgres" / "pg_wal" / "x"))
        (home / "linked").symlink_to(precious.parent)
        done = _warehouse(home, "clean", "--yes")
        assert done.returncode == 0, done.stderr
        assert not home.exists() and _is_untouched(precious)


def test_what_dbt_writes_by_hand_is_closed_to_others(stranger: str, project_dir: Path) -> None:
    with temporary_folder() as checkout, temporary_settings() as settings:
        write_mini_project(project_dir, checkout)
        (checkout / "target").mkdir(mode=0o755)
        bringup.bring_up(replace(settings, project_dir=checkout), print)
        dbt = str(Path(sys.executable).with_name("dbt"))
        environment = os.environ | {"WAREHOUSE_PORT": str(settings.port), "PWD": str(checkout)}
        subprocess.run(
            [dbt, "parse"], cwd=checkout, env=environment, umask=0o022, capture_output=True
        )
        script = 'for path; do if test -r "$path"; then echo "$path"; fi; done'
        written = [checkout / "logs" / "dbt.log", checkout / "target" / "manifest.json"]
        assert [path.exists() for path in written] == [True, True]
        assert _as(stranger, "sh", "-c", script, "sh", *map(str, written)).stdout == ""


@pytest.fixture
def lax_home(place: Path) -> Path:
    """A home as it was made before: folders and files that everybody may read."""
    home = place / "home"
    for folder in ("models", "prefix_models", "site", "target", "sample/electronics"):
        (home / folder).mkdir(parents=True)
        (home / folder / "file").write_text("age,income\n")
    (home / "sample.made").touch()
    for path in (home, *home.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return home


def test_another_user_reads_nothing_of_the_home(stranger: str, lax_home: Path) -> None:
    found = _as(stranger, "find", str(lax_home), "-type", "f", "-readable").stdout.splitlines()
    assert len(found) == 6
    port = str(free_port())
    try:
        for command in (
            ["up"],
            ["sample", "--scale", "0.1", "--out", str(lax_home / "new sample")],
        ):
            done = _warehouse(lax_home, *command, WAREHOUSE_PORT=port)
            assert done.returncode == 0, done.stderr
        everything = [lax_home, *lax_home.rglob("*")]
        assert any(path.name == "risk_observations.csv" for path in everything)
        wide = {
            str(path.relative_to(lax_home)): oct(path.stat().st_mode & 0o077)
            for path in everything
            if path.stat().st_mode & 0o077
            # What is older than this lies behind folders that are closed now.
            and path.name != "file" and path.relative_to(lax_home) != Path("sample/electronics")
        }  # fmt: skip
        assert wide == {".": "0o11"}
        # By name, too: the home lets its names be tried.
        script = 'for path; do if test -r "$path"; then echo "$path"; fi; done'
        tried = [str(path) for path in everything if "/postgres/" not in str(path)]
        assert _as(stranger, "sh", "-c", script, "sh", *tried).stdout == ""
        found = _as(stranger, "find", str(lax_home), "-readable", check=False).stdout.split()
        assert found == []
    finally:
        _warehouse(lax_home, "down", WAREHOUSE_PORT=port)
