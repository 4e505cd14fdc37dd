"""A full disk under the database refuses the file in one line and leaves nothing of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import temporary_folder
from tests.ingest.conftest import Shop, good_lines, grocery_file


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 6 MB that the server may write to."""
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    with temporary_folder() as folder:
        command = [mount, "-t", "tmpfs", "-o", "size=6m,mode=777", "tmpfs", str(folder)]
        if subprocess.run(command, check=False, capture_output=True).returncode != 0:
            pytest.skip("mounting is not allowed here")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


@pytest.mark.slow
def test_a_full_disk_refuses_the_file(shop: Shop, small_disk: Path) -> None:
    place = small_disk / "space"
    place.mkdir()
    with psycopg.connect(shop.conninfo) as connection:
        directory = connection.execute("show data_directory").fetchone()
    assert directory is not None
    owner = Path(directory[0]).stat()
    os.chown(place, owner.st_uid, owner.st_gid)
    table = "raw_grocery.transaction_data"
    with psycopg.connect(shop.conninfo, autocommit=True) as connection:
        connection.execute(f"create tablespace small_disk location '{place}'".encode())
        try:
            connection.execute(f"alter table {table} set tablespace small_disk".encode())
            path = shop.write("transaction_data.csv", grocery_file(good_lines(100_000)))
            report = shop.load("grocery", path)
            (result,) = report.files
            assert (result.status, result.message) == (
                "refused",
                "the database's disk is full; nothing was loaded from the file",
            )
            assert (result.may_pass, report.exit_code) == (True, 3)
            assert shop.is_untouched()
        finally:
            connection.execute(f"truncate {table}".encode())
            connection.execute(f"alter table {table} set tablespace pg_default".encode())
            for name in ("transaction_data_load_id_idx", "transaction_data_order_id_idx"):
                connection.execute(f"drop index if exists raw_grocery.{name}".encode())
            connection.execute("drop tablespace small_disk")
    (result,) = shop.load("grocery", path).files
    assert result.rows_loaded == 100_000
