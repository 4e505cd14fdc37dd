"""A restore that is killed, or finds no room, leaves what was there, or is simply run again."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.backup.club_and_shops import PROGRAM, Warehouse
from tests.conftest import temporary_folder
from tests.platform.waiting import wait_until
from warehouse.server import database, embedded, layout, unfinished_restore

pytestmark = pytest.mark.slow

SALES = "select source_system, orders, amount from marts.sales_by_shop order by 1"
ORDERS = "select count(*)::int from raw_north.sales"
MOMENTS = 12


@pytest.fixture
def other(shops: Warehouse, backup: Path, new_home: Warehouse, tmp_path: Path) -> Warehouse:
    """Another home with another warehouse: one order of the north, which was never built."""
    if unfinished_restore.is_marked(new_home.settings):
        unfinished_restore.unmark(new_home.settings)
    new_home.run("clean", "--yes")
    new_home.run("up")
    new_home.sell("north", "2024-05-05", "X1,hill,1.00", folder=tmp_path)
    return new_home


def start(warehouse: Warehouse, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [PROGRAM, *arguments],
        env=warehouse.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def test_half_replaced_it_is_no_warehouse(other: Warehouse, backup: Path) -> None:
    """As after a kill between the commit and the token key."""
    unfinished_restore.mark(other.settings)
    for command in (("up",), ("build",), ("backup", "/tmp/x.zip"), ("load", "north", "x.csv")):
        assert "A restore into" in other.run(*command, code=3)
    assert "restore has not ended" in other.run("status")
    # Neither --replace nor an answer: whoever was asked has said yes already.
    other.run("restore", str(backup))
    assert other.query(SALES) == [("north", 3, 55), ("south", 2, 20)]
    assert "Nothing new since the build" in other.run("build")


def test_a_restore_killed_at_many_moments(shops: Warehouse, other: Warehouse, backup: Path) -> None:
    arguments = ("restore", str(backup), "--replace", "--yes")
    began = time.monotonic()
    other.run(*arguments)
    seconds = time.monotonic() - began
    expected = other.everything()
    assert expected == shops.everything()
    outcomes = set()
    for moment in range(1, MOMENTS + 1):
        other.run("clean", "--yes")
        other.run("up")
        other.sell("north", "2024-05-05", "X1,hill,1.00", folder=backup.parent)
        process = start(other, *arguments)
        time.sleep(moment * seconds / MOMENTS)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if unfinished_restore.is_marked(other.settings):
            outcomes.add("marked")
            assert "A restore into" in other.run("build", code=3)
        else:
            # Nothing of the backup, or all of it.
            orders = other.query(ORDERS)[0][0]
            assert orders in (1, 3)
            outcomes.add(str(orders))
            if orders == 3:
                assert other.everything() == expected
        other.run(*arguments)
        assert other.everything() == expected
        assert other.query("select 1 from pg_namespace where nspname ~ 'replaced'") == []
    assert "1" in outcomes


def test_a_backup_killed_in_the_middle(shops: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "killed.zip"
    for tenth in range(2, 30, 3):
        process = start(shops, "backup", str(path))
        time.sleep(tenth / 10)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if path.exists():
            break
        assert {file.name for file in tmp_path.iterdir()} <= {".killed.zip.part"}
    shops.run("backup", str(path), "--force")
    assert [file.name for file in tmp_path.iterdir()] == ["killed.zip"]


def test_a_server_killed_under_a_restore(other: Warehouse, backup: Path) -> None:
    process = start(other, "restore", str(backup), "--replace", "--yes")
    makes_tables = (
        "select 1 from pg_locks inner join pg_stat_activity using (pid)"
        " where usename = 'eraser' and mode = 'AccessExclusiveLock'"
    )
    wait_until(lambda: bool(other.query(makes_tables)))
    postmaster = embedded.running(other.settings)
    assert postmaster is not None
    os.kill(postmaster.pid, signal.SIGKILL)
    told, _ = process.communicate()
    assert b"Traceback" not in told
    assert process.returncode == 3, told
    other.run("up")
    assert other.query(ORDERS) == [(1,)]
    other.run("restore", str(backup), "--replace", "--yes")
    assert other.query(SALES) == [("north", 3, 55), ("south", 2, 20)]


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 64 MB."""
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    with temporary_folder() as folder:
        command = [mount, "-t", "tmpfs", "-o", "size=64m,mode=755", "tmpfs", str(folder)]
        if subprocess.run(command, check=False, capture_output=True).returncode != 0:
            pytest.skip("mounting is not allowed here")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


def fill(small_disk: Path) -> None:
    """Leaves 100 kB of room."""
    free = shutil.disk_usage(small_disk).free
    (small_disk / "filled").write_bytes(b"x" * (free - (100 << 10)))


def test_no_room_for_the_backup(shops: Warehouse, small_disk: Path) -> None:
    fill(small_disk)
    path = small_disk / "shops.zip"
    told = shops.run("backup", str(path), code=3)
    assert f"There is no room for {path}. Nothing of the backup is left." in told
    assert [file.name for file in small_disk.iterdir()] == ["filled"]


def test_no_room_behind_a_pipe(shops: Warehouse) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [PROGRAM, "backup", "-"],
            env=shops.environment,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert b"There is no room for stdout" in done.stderr and b"Traceback" not in done.stderr
    assert done.returncode == 3


def administer(warehouse: Warehouse, statement: str) -> None:
    """Runs a statement that needs the database to be free of sessions."""
    conninfo = make_conninfo(database.conninfo(warehouse.settings), dbname="postgres")
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_no_room_in_the_database(other: Warehouse, backup: Path, small_disk: Path) -> None:
    place = small_disk / "space"
    place.mkdir()
    owner = layout.data_dir(other.settings).stat()
    os.chown(place, owner.st_uid, owner.st_gid)
    administer(other, f"create tablespace small_disk location '{place}'")
    administer(other, "alter database warehouse set tablespace small_disk")
    before = other.everything()
    fill(small_disk)
    restore = start(other, "restore", str(backup), "--replace", "--yes")
    told, _ = restore.communicate()
    assert b"The database's disk is full" in told and b"nothing was changed" in told
    assert restore.returncode == 3
    assert other.everything() == before
    (small_disk / "filled").unlink()
    other.run("restore", str(backup), "--replace", "--yes")
    assert other.query(SALES) == [("north", 3, 55), ("south", 2, 20)]
    administer(other, "alter database warehouse set tablespace pg_default")
    administer(other, "drop tablespace small_disk")
