"""A restored warehouse is the one that was backed up, and work goes on in it."""

import json
import re
import stat
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.backup.club_and_shops import PROGRAM, Warehouse
from tests.platform.checksums import checksums
from warehouse.server import database

SALES = "select source_system, orders, amount from marts.sales_by_shop order by 1"
NORTH_AND_SOUTH = [("north", 3, 55), ("south", 2, 20)]


def test_a_backup_says_what_is_in_it(shops: Warehouse, backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with zipfile.ZipFile(backup) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        assert {"database.dump", "token_key", "built/manifest.json"} <= {*archive.namelist()}
    rows = {(one["schema"], one["name"]): one["rows"] for one in manifest["relations"]}
    assert (rows["raw_north", "sales"], rows["build_core", "fct_orders"]) == (3, 5)
    assert rows["core", "fct_orders"] is None  # a view
    assert (manifest["format"], manifest["prefix"]) == (1, "")
    # Nothing of what is in the file is readable beside the dump and the key; a hash may spell ada.
    assert "ada" not in re.sub("[0-9a-f]{32,}", "", json.dumps(manifest))
    assert [path.name for path in backup.parent.iterdir()] == [backup.name]


def test_a_backup_replaces_no_file_unless_asked(shops: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "mine.zip"
    path.write_text("mine")
    assert "--force" in shops.run("backup", str(path), code=1)
    assert path.read_text() == "mine"
    shops.run("backup", str(path), "--force")
    assert zipfile.is_zipfile(path)
    inside = shops.settings.home / "inside.zip"
    assert "warehouse clean" in shops.run("backup", str(inside), code=1)
    assert not inside.exists()
    assert "does not exist" in shops.run("backup", str(tmp_path / "no" / "x.zip"), code=1)


@pytest.fixture(scope="module")
def restored(shops: Warehouse, backup: Path, new_home: Warehouse) -> Warehouse:
    told = new_home.run("restore", str(backup))
    assert "Restored the backup" in told and "counted again" in told
    return new_home


def test_a_restored_warehouse_is_the_same(shops: Warehouse, restored: Warehouse) -> None:
    assert restored.everything() == shops.everything()
    both = [checksums(database.conninfo(one.settings), with_memory=True)
            for one in (shops, restored)]  # fmt: skip
    assert both[0] == both[1]
    assert restored.query(SALES) == NORTH_AND_SOUTH
    keys = [(one.settings.secrets_dir / "token_key").read_text() for one in (shops, restored)]
    assert keys[0] == keys[1]
    passwords = [(one.settings.secrets_dir / "reporter.password").read_text()
                 for one in (shops, restored)]  # fmt: skip
    assert passwords[0] != passwords[1]


def test_roles_read_what_they_may(restored: Warehouse) -> None:
    assert restored.as_role("reporter", SALES) == NORTH_AND_SOUTH
    for hidden in ("raw_club.members", "build_marts.sales_by_shop", "ops.load_files"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            restored.as_role("reporter", f"select * from {hidden}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        restored.as_role("transformer", "do $$ begin end $$")
    owners = "select distinct tableowner::text from pg_tables where schemaname = %s"
    with database.connect(restored.settings) as connection:
        found = {
            schema: connection.execute(owners, [schema]).fetchall()
            for schema in ("raw_north", "ops", "published", "build_core", "ml")
        }
    assert found == {
        "raw_north": [("loader",)],
        "ops": [("loader",)],
        "published": [("transformer",)],
        "build_core": [("transformer",)],
        "ml": [("transformer",)],
    }


def test_a_build_finds_nothing_to_do(restored: Warehouse) -> None:
    before = restored.published()
    assert "Nothing new since the build" in restored.run("build")
    assert restored.published() == before


def test_files_are_known_and_tokens_are_the_same(
    shops: Warehouse, restored: Warehouse, tmp_path: Path
) -> None:
    told = restored.sell("north", "2024-01-02", "N3,hill,25.00", folder=tmp_path)
    assert "known" in told
    query = "select card, count(*)::int from raw_club.members group by 1 order by 2"
    for one in (shops, restored):
        one.enrol("new", "4411,ada@example.org", folder=tmp_path)
        assert [count for _, count in one.query(query)] == [1, 2]
    assert restored.query(query) == shops.query(query)


@pytest.mark.slow
def test_the_next_build_takes_in_only_what_is_new(
    shops: Warehouse, restored: Warehouse, tmp_path: Path
) -> None:
    tables = restored.published()
    for one in (shops, restored):
        one.sell("south", "2024-01-03", "S3,dale,30.00", folder=tmp_path)
        assert "what depends on new files in club.members, south.sales" in one.run("build")
    assert shops.query(SALES) == [("north", 3, 55), ("south", 3, 50)]
    assert checksums(database.conninfo(restored.settings)) == checksums(
        database.conninfo(shops.settings)
    )
    # The copy of the incremental fact stayed: only the new order went into it.
    kept = [name for name in restored.published() if name.startswith("fct_orders__")]
    assert len(kept) == 1 and restored.published()[kept[0]] == tables[kept[0]]
    for one in (shops, restored):
        one.run("publish", "--back")
        assert one.query(SALES) == NORTH_AND_SOUTH
        one.run("publish")


class Reader(threading.Thread):
    """Reads two marts again and again, each time in one transaction."""

    def __init__(self, warehouse: Warehouse) -> None:
        super().__init__()
        self._warehouse = warehouse
        self._is_over = threading.Event()
        self.seen: list[tuple[int, int]] = []
        self.errors: list[str] = []

    def run(self) -> None:
        with psycopg.connect(
            database.conninfo(self._warehouse.settings, "reporter"), autocommit=True
        ) as connection:
            while not self._is_over.is_set():
                try:
                    with connection.transaction():
                        connection.execute("set transaction isolation level repeatable read")
                        orders = connection.execute(
                            "select sum(orders)::int from marts.sales_by_shop"
                        ).fetchall()
                        builds = connection.execute(
                            "select count(*)::int from marts.data_version"
                        ).fetchall()
                    self.seen.append((orders[0][0], builds[0][0]))
                except psycopg.Error as error:
                    self.errors.append(str(error))

    def stop(self) -> None:
        self._is_over.set()
        self.join()


@pytest.fixture
def reader(restored: Warehouse) -> Iterator[Reader]:
    reader = Reader(restored)
    reader.start()
    try:
        yield reader
    finally:
        reader.stop()


def test_readers_go_on_while_a_warehouse_is_replaced(
    restored: Warehouse, backup: Path, reader: Reader
) -> None:
    assert "--replace" in restored.run("restore", str(backup), code=1)
    assert "pass --replace" in restored.run("restore", str(backup), code=1)
    refused = restored.run("restore", str(backup), "--replace", code=1, given=b"n\n")
    assert "Replace the whole warehouse" in refused
    restored.run("restore", str(backup), "--replace", "--yes")
    reader.stop()
    assert reader.errors == []
    # Six orders before, five afterwards, and never anything else.
    orders = [number for number, _ in reader.seen]
    assert {*orders} <= {5, 6} and orders == sorted(orders, reverse=True)
    assert restored.query(SALES) == NORTH_AND_SOUTH
    assert restored.query("select 1 from pg_namespace where nspname ~ 'replaced'") == []
    assert "Nothing new since the build" in restored.run("build")


def test_a_backup_goes_through_a_pipe(shops: Warehouse, restored: Warehouse) -> None:
    written = subprocess.run(
        [PROGRAM, "backup", "-"], env=shops.environment, capture_output=True, check=True
    )
    assert b"stdout: " in written.stderr
    assert "pass --yes" in restored.run("restore", "-", "--replace", code=2)
    restored.run("restore", "-", "--replace", "--yes", given=written.stdout)
    assert restored.everything() == shops.everything()
    assert not list(restored.settings.home.glob("tmp*"))
